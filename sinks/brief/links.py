"""Which addresses may become links."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

# White space, control characters, and what no valid URL contains unescaped (RFC 3986, appendix A).
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\"<>\\^`{|}]")


def link(url: str) -> str:
    """Return `url` if it may become a link, else "": absolute http or https, a host, no credentials."""
    if not url or _UNSAFE.search(url):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else ""
