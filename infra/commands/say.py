"""One line for a person, at once."""

from __future__ import annotations

from infra.logs import tell


def say(line: str) -> None:
    """Write a line to standard error, where it does not mix with a command's output; never a secret in it."""
    tell(line)
