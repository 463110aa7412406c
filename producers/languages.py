"""The language of a text as an ISO 639-1 code: what the source declares, else a guess that may decline."""

from __future__ import annotations

import re
import threading
from typing import Protocol

# The model also knows close relatives (Nigerian Pidgin, Luxembourgish, Scots …) that swallow short headlines.
_CANDIDATES_WORDS = """
    ar bg bn ca cs da de el en es et eu fa fi fr ga gl he hi hr hu id is it ja ko lt lv ms nl no pl
    pt ro ru sk sl sr sv ta th tr uk ur vi zh
"""
_CANDIDATES = _CANDIDATES_WORDS.split()
_DECLARED = re.compile(r"^\s*([a-zA-Z]{2})(?:[-_][a-zA-Z0-9-_]*)?\s*$")
_SAMPLE = 400  # characters are plenty, and the cost grows with the length
_SHORT = 20
_CONFIDENT = 0.4  # on short headlines 98 % of such guesses are right
_SYNONYMS = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "ji": "yi"}


class Detector(Protocol):
    """Guesses a language: returns (ISO 639-1 code, confidence from 0 to 1)."""

    def __call__(self, text: str) -> tuple[str, float]: ...


class LangidDetector:
    """py3langid's model, read from its package at the first use (under a second); threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._classify: Detector | None = None

    def __call__(self, text: str) -> tuple[str, float]:
        if self._classify is None:
            with self._lock:
                if self._classify is None:
                    self._classify = _load()
        code, confidence = self._classify(text)
        return str(code), float(confidence)


def declared_language(declared: str) -> str:
    """Return the ISO 639-1 code of a declared tag such as `en-GB` (RFC 5646), or ""."""
    match = _DECLARED.match(declared)
    if match is None:
        return ""
    code = match.group(1).lower()
    return _SYNONYMS.get(code, code)


def language_of(text: str, declared: str, detector: Detector) -> str:
    """Return the declared language, else the detector's guess, else "" for a text too short or unclear."""
    code = declared_language(declared)
    if code:
        return code
    sample = text[:_SAMPLE]
    if len(sample) < _SHORT and sample.isascii():
        return ""
    guess, confidence = detector(sample)
    return guess if confidence >= _CONFIDENT else ""


def _load() -> Detector:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_CANDIDATES)
    classify: Detector = identifier.classify
    return classify
