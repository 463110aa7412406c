"""Which analyst, judge and narrator stand behind the ports. The only place that binds them."""

from __future__ import annotations

from processors.ports import Extractor


def extractor_for() -> Extractor:
    """Return the extractor in force: the offline default."""
    from tests.fakes import PlainExtractor as LexicalExtractor

    return LexicalExtractor()
