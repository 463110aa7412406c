"""`bellwether verify`: says whether everything that is stored follows from the commits, and what does not."""
