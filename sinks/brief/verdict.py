"""What the composer needs to know of a verdict on worthiness."""

from __future__ import annotations

from typing import Protocol


class Verdict(Protocol):
    """Whether a brief is worth saying, why (or why not) in words, and the signals to tell about, in order."""

    @property
    def worth_saying(self) -> bool: ...
    @property
    def score(self) -> float: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...
    @property
    def picked(self) -> tuple[str, ...]: ...
    @property
    def others(self) -> tuple[str, ...]: ...
