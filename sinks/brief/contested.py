"""Says in words that more speaks against a signal than for it. It stands with the title, wherever one is shown."""

from __future__ import annotations

from typing import Any, Final

CONTESTED: Final = "contested: more against than for"


def contested(signal: Any) -> str:
    """Return the words for a row or a record of a signal, "" when its support outweighs what contradicts it."""
    found = signal.get("contested") if isinstance(signal, dict) else getattr(signal, "contested", False)
    return CONTESTED if found else ""
