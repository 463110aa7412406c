"""What headers say about time: Retry-After (RFC 9110 §10.2.3), Cache-Control (RFC 9111 §5.2). Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"(?:^|[,\s])(?:s-maxage|max-age)\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def retry_after(value: str, now: datetime) -> float | None:
    """Return the wait in seconds that a Retry-After header asks for (a number or an HTTP date), or None."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max(0.0, (moment - now).total_seconds())


def max_age(cache_control: str) -> float | None:
    """Return max-age in seconds, None when the header has none or forbids storing."""
    if "no-store" in cache_control.lower() or "no-cache" in cache_control.lower():
        return None
    found = _MAX_AGE.search(cache_control)
    return float(found.group(1)) if found else None
