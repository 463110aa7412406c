"""A fingerprint of an article's content, so that a change of white space or case of quotes is no revision."""

from __future__ import annotations

import hashlib
import unicodedata

_FOLD = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})


def content_hash(title: str, text: str) -> str:
    """Return 32 hex digits of SHA-256 over title and text; white space, quote marks and dashes are folded."""
    folded = "\x1f".join(_folded(part) for part in (title, text))
    return hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()[:32]


def _folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_FOLD))
    return " ".join(text.split())
