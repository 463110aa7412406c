"""Which analyst, judge and narrator stand behind the ports. The only place that binds them."""

from __future__ import annotations

from processors.ports import Extractor


def extractor_for() -> Extractor:
    """Return the extractor in force: the offline default."""
    from processors.analysts.lexical.extractor import LexicalExtractor

    return LexicalExtractor()
