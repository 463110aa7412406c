"""What a takedown leaves in the place of words."""

from __future__ import annotations

from typing import Final

TAKEDOWN: Final = "takedown"  # the analyst of a revision that says nothing, because the article was taken down
TAKEN: Final = "[taken down]"
