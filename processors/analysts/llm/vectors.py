"""Answers of `/embeddings` as vectors that can be compared: finite, of one dimension, of length one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from processors.analysts.llm.budget import Usage
from processors.analysts.llm.faults import Fault

MOST_TEXTS = 64  # in one request
MOST_BYTES = 100_000  # of the texts of one request, unless one text alone is larger
MOST_DIMENSIONS = 16_384


def vector_key(model: str, text: str) -> str:
    """Return the cache key of a text's vector."""
    return sha256(f"{model}\0{text}".encode(errors="replace")).hexdigest()


def batches(texts: Sequence[str]) -> list[list[str]]:
    """Return the texts in their order, in as few requests as the two limits allow."""
    found: list[list[str]] = []
    size = 0
    for text in texts:
        bytes_ = len(text.encode(errors="replace"))
        if not found or len(found[-1]) == MOST_TEXTS or size + bytes_ > MOST_BYTES:
            found.append([])
            size = 0
        found[-1].append(text)
        size += bytes_
    return found


def vectors_of(reply: Mapping[str, Any], count: int, usage: Usage) -> list[bytes]:
    """Return `count` unit vectors (float32, little-endian) in the order of the texts. Raises Fault ("content")."""
    data = reply.get("data")
    if not isinstance(data, list) or len(data) != count or not all(isinstance(one, dict) for one in data):
        raise _bad(f"{len(data) if isinstance(data, list) else 'no'} vectors for {count} texts", usage)
    places = [one.get("index", at) for at, one in enumerate(data)]
    if {place for place in places if isinstance(place, int)} != set(range(count)):
        raise _bad("vectors without an order", usage)
    ordered = [one for _, one in sorted(zip(places, data, strict=True), key=lambda pair: pair[0])]
    found = [_unit(one.get("embedding"), usage) for one in ordered]
    if len({len(one) for one in found}) > 1:
        raise _bad("vectors of different dimensions", usage)
    return found


def _unit(given: object, usage: Usage) -> bytes:
    try:
        if isinstance(given, str):  # base64 of float32, which some servers send whatever is asked for
            raw = np.frombuffer(base64.b64decode(given, validate=True), dtype="<f4").astype(np.float64)
        elif isinstance(given, list) and all(type(value) in (int, float) for value in given):
            raw = np.array(given, dtype=np.float64)
        else:
            raise _bad("something that is no vector", usage)
    except (ValueError, OverflowError, binascii.Error):
        raise _bad("something that is no vector", usage) from None
    if not 0 < raw.size <= MOST_DIMENSIONS:
        raise _bad(f"a vector of {raw.size} dimensions", usage)
    largest = float(np.max(np.abs(raw)))
    if not np.isfinite(largest):
        raise _bad("numbers that are not finite", usage)
    if largest == 0.0:
        raise _bad("a vector of length zero", usage)
    scaled = raw / largest  # so that squares neither overflow nor vanish
    return (scaled / np.linalg.norm(scaled)).astype("<f4").tobytes()


def _bad(what: str, usage: Usage) -> Fault:
    return Fault("content", "vectors", f"the embeddings server sent {what}", usage=usage)
