"""The numbered SQL files that make the tables. A file that has been released is never changed."""
