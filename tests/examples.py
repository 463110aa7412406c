"""How much is tried: little by default, everything with `--hypothesis-profile=thorough`, as `make test-all` has it."""

from __future__ import annotations

from typing import Final, TypeVar

from hypothesis import settings

T = TypeVar("T")
THOROUGH: Final = "thorough"


def register() -> None:
    """Make the profile known; it must be before pytest reads its options."""
    settings.register_profile(THOROUGH)


def tried(usually: T, thoroughly: T) -> T:
    """Return the one or the other. For use while a test module is imported."""
    return thoroughly if settings.get_current_profile_name() == THOROUGH else usually
