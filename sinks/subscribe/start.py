"""Where following begins, as people write it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.errors import BadInput


def start_of(since: str, name: str = "--since") -> datetime | str:
    """Return "" for "now", "beginning", or a time in UTC. Raises BadInput."""
    if since in ("now", ""):
        return ""
    if since == "beginning":
        return since
    try:
        found = datetime.fromisoformat(since)
    except ValueError as error:
        raise BadInput(f"{name} {since!r}: write now, beginning, a day as YYYY-MM-DD or a time (ISO 8601)") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
