"""What an archive is, by its first bytes and not by its name. Pure."""

from __future__ import annotations

import re
import zlib
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["lines", "parquet", "feed"]
HEAD = 65_536  # bytes that are looked at
_JSON_FEED = re.compile(rb'"version"\s*:\s*"https?://(?:www\.)?jsonfeed\.org/')
_ARCHIVES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet")


def is_address(source: str) -> bool:
    """Tell whether a source is a web address rather than a file."""
    return source.lower().startswith(("http://", "https://"))


def is_archive_address(url: str) -> bool:
    """Tell whether an address names a file of JSON lines or Parquet by its ending; any other is read as a feed."""
    return urlsplit(url).path.lower().endswith(_ARCHIVES)


def kind_of(head: bytes) -> Kind:
    """Return the kind of what begins with `head`, its first bytes (HEAD, or all), plain or gzip.

    What is no Parquet, no markup and no JSON Feed is taken for JSON lines: their reader says what is wrong with them.
    """
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:2] == b"\x1f\x8b":
        head = _inflated(head)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"<" or text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "feed"
    first_line = text.split(b"\n", 1)[0].strip()
    whole_object = first_line.startswith(b"{") and first_line.endswith(b"}") and b"\n" in text
    if text[:1] == b"{" and _JSON_FEED.search(text if not whole_object else first_line):
        return "feed"
    return "lines"


def _inflated(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, HEAD)
    except zlib.error:
        return b""
