"""The brief: composed from what moved, rendered as Markdown, HTML and for the terminal, and kept by date."""
