"""Sentence vectors of the benches' texts, made once by the extra `embeddings` and kept in a file of one's own.

The file (numpy's .npz) maps the hash of a text to its unit vector, so that whoever has it needs no model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from processors.analysts.sentences import MiniLm, check_installed

_AT_ONCE = 2_048


def key_of(text: str) -> str:
    """Return what a text's vector is filed under."""
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def vectors(texts: Iterable[str], kept: Path) -> dict[str, bytes]:
    """Return the vector (float32, little-endian) of each text, from the file `kept` or else made and added to it."""
    keys = {text: key_of(text) for text in texts}
    found: dict[str, bytes] = {}
    if kept.exists():
        with np.load(kept) as read:
            found = {name: row.tobytes() for name, row in zip(read["keys"].tolist(), read["rows"], strict=True)}
    missing = sorted(text for text, key in keys.items() if key not in found)
    if missing:
        check_installed()
        model = MiniLm()
        for start in range(0, len(missing), _AT_ONCE):
            part = missing[start : start + _AT_ONCE]
            found |= {keys[text]: vector for text, vector in zip(part, model.vectors(part), strict=True)}
            print(f"{min(start + _AT_ONCE, len(missing))} of {len(missing)} vectors made", flush=True)
        names = sorted(found)
        np.savez(kept, keys=np.array(names), rows=np.array([np.frombuffer(found[name], "<f4") for name in names]))
    return {text: found[key] for text, key in keys.items()}
