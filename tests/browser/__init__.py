"""The pages in a real Chromium: what they look like, do, and never do."""
