"""Dead letters: shown, put back on their way, dropped."""
