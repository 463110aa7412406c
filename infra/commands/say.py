"""One line for a person, at once."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Print a line to standard error, where it does not mix with a command's output."""
    print(line, file=sys.stderr, flush=True)
