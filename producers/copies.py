"""Syndicated copies: near-duplicate texts are found by MinHash signatures in locality-sensitive bands.

Deterministic: given the same articles in the same order the answers are the same, also when the index was
rebuilt from the store in between. Broder, "On the resemblance and containment of documents" (1997).
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rensa import RMinHash

from schemas.article import Article

_WORDS = re.compile(r"\w+")
_SLOTS = 128
_BANDS, _ROWS = 16, 4  # over the first 64 slots: finds 99 % of pairs with resemblance 0.7
_SEED = 20_260_501
_RESEMBLANCE = 0.68
_LONG = 40  # words from which resemblance means something
_SHORTEST = 8  # words below which even equal texts are no copies ("Markets close higher")
_FIRST_LIMIT = 60_000  # entries held before old ones are let go


@dataclass(frozen=True, slots=True)
class Original:
    """The article that a copy repeats, and its publisher family."""

    article_id: str
    family: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is compared: band keys and signature over triples of words; for a short text one key alone."""

    keys: tuple[int, ...]
    signature: array[int] | None


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int  # in the order of admission
    article_id: str
    published_at: datetime
    original: Original
    print: Fingerprint


def fingerprint(text: str) -> Fingerprint | None:
    """Return the fingerprint of a text, or None when it is too short to be called a copy of anything."""
    words = _WORDS.findall(text.casefold())
    if len(words) < _SHORTEST:
        return None
    if len(words) < _LONG:
        digest = hashlib.blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=8).digest()
        return Fingerprint((int.from_bytes(digest, "big"),), None)
    sketch = RMinHash(num_perm=_SLOTS, seed=_SEED)
    sketch.update([" ".join(shingle) for shingle in zip(words, words[1:], words[2:], strict=False)])
    signature = array("I", sketch.digest())
    keys = tuple(hash((band, *signature[band * _ROWS : (band + 1) * _ROWS])) for band in range(_BANDS))
    return Fingerprint(keys, signature)


class CopyIndex:
    """Finds the original of a text among articles published within `window_days` of it.

    Not safe for threads by itself. Only first revisions belong into it.
    """

    def __init__(self, window_days: int) -> None:
        self._window = timedelta(days=window_days)
        self._limit = _FIRST_LIMIT
        self._last: tuple[str, Fingerprint | None] | None = None
        self.forget()

    def forget(self) -> None:
        """Drop everything; the next `cover` loads anew."""
        self._entries: dict[str, _Entry] = {}
        self._by_key: dict[int, list[str]] = {}
        self._covered_since: datetime | None = None
        self._let_go_before: datetime | None = None
        self._newest: datetime | None = None
        self._entered = 0

    def cover(self, earliest: datetime, load: Callable[[datetime], Iterable[Article]]) -> None:
        """Make sure that everything stored which an article published at `earliest` could copy is in the
        index.

        `load(since)` yields stored first revisions published at or after `since`, in the order of admission.
        """
        since = earliest - self._window
        if self._covered_since is not None and since >= self._covered_since:
            return
        again = self._covered_since is not None
        self.forget()
        if again:  # articles do not come in order of time: reach further back, so that this happens rarely
            self._limit *= 2
            since -= self._window * 8
        for article in load(since):
            self.add(article)
        self._covered_since = max(since, self._let_go_before or since)

    def find(self, article_id: str, text: str, published_at: datetime) -> Original | None:
        """Return the original of `text`, the earliest admitted, or None. No article copies itself."""
        sought = self._fingerprint(text)
        if sought is None:
            return None
        names: dict[str, None] = {}
        for key in sought.keys:
            names.update(dict.fromkeys(self._by_key.get(key, ())))
        alike = [
            entry
            for entry in (self._entries[name] for name in names)
            if article_id not in (entry.article_id, entry.original.article_id)
            and abs(entry.published_at - published_at) <= self._window
            and _alike(entry.print, sought)
        ]
        return min(alike, key=lambda entry: entry.number).original if alike else None

    def add(self, article: Article) -> None:
        """Enter an admitted article; a revision, a known one and one too short are passed over."""
        if article.revision or article.article_id in self._entries:
            return
        made = self._fingerprint(article.text)
        if made is None:
            return
        original = Original(article.copy_of or article.article_id, article.family)
        self._entered += 1
        entry = _Entry(self._entered, article.article_id, article.published_at, original, made)
        self._entries[article.article_id] = entry
        for key in made.keys:
            self._by_key.setdefault(key, []).append(article.article_id)
        if self._newest is None or article.published_at > self._newest:
            self._newest = article.published_at
        if len(self._entries) > self._limit:
            self._let_go()

    def _fingerprint(self, text: str) -> Fingerprint | None:
        if self._last is None or self._last[0] != text:  # an article is sought, then added
            self._last = (text, fingerprint(text))
        return self._last[1]

    def __len__(self) -> int:
        return len(self._entries)

    def _let_go(self) -> None:
        """Drop what is older than twice the window; if that is not the greater part, allow for more."""
        assert self._newest is not None
        horizon = self._newest - 2 * self._window
        kept = {name: entry for name, entry in self._entries.items() if entry.published_at >= horizon}
        if len(kept) > self._limit // 2:
            self._limit *= 2
            return
        self._entries, self._by_key = kept, {}
        for name, entry in kept.items():
            for key in entry.print.keys:
                self._by_key.setdefault(key, []).append(name)
        self._let_go_before = horizon
        if self._covered_since is not None:
            self._covered_since = max(self._covered_since, horizon)


def _alike(one: Fingerprint, other: Fingerprint) -> bool:
    if one.signature is None or other.signature is None:
        return one.signature is other.signature  # both short: the shared key is the whole text's
    same = sum(1 for a, b in zip(one.signature, other.signature, strict=True) if a == b)
    return same >= _RESEMBLANCE * _SLOTS
