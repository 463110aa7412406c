"""Sentence vectors for the offline analyst: on every evidence, of what it says, and only when the extra is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from infra.llm import Binding
from infra.roles import bound
from processors.analysts import sentences
from processors.analysts.lexical.extractor import LexicalExtractor
from processors.analysts.sentences import WithSentences, said
from schemas.errors import BadSetting
from tests.builders import article


class Counted:
    """Vectors of two numbers: how many characters and how many words."""

    model = "counted/1"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def vectors(self, texts: Sequence[str]) -> list[bytes]:
        self.seen += texts
        return [np.array([len(text), len(text.split())], "<f4").tobytes() for text in texts]


def test_every_evidence_gets_the_vector_of_what_it_says() -> None:
    counted = Counted()
    extraction = asyncio.run(WithSentences(LexicalExtractor(), counted).extract(article(1)))
    plain = asyncio.run(LexicalExtractor().extract(article(1)))
    assert extraction.evidence
    assert counted.seen == [said(each) for each in plain.evidence]
    for each in extraction.evidence:
        assert each.embedding_model == "counted/1"
        assert np.frombuffer(each.embedding, "<f4")[0] == len(said(each))
    bare = [replace(each, embedding=b"", embedding_model="") for each in extraction.evidence]
    assert bare == list(plain.evidence)


def test_an_article_without_evidence_asks_for_no_vector() -> None:
    counted = Counted()
    extraction = asyncio.run(WithSentences(LexicalExtractor(), counted).extract(replace(article(1), title="", text="")))
    assert (extraction.evidence, counted.seen) == ((), [])


def test_what_is_said_is_said_once() -> None:
    (first, *_) = asyncio.run(LexicalExtractor().extract(article(1))).evidence
    assert (
        said(replace(first, claim="Rules widen", quote="Rules widen in China, says the ministry")).count("Rules") == 1
    )
    assert (
        said(replace(first, claim="Rules widen.", quote="The ministry said so."))
        == "Rules widen. The ministry said so."
    )
    assert said(replace(first, claim="Rules widen now", quote="Rules widen")) == "Rules widen now"


def test_a_missing_extra_stops_the_start_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentences, "find_spec", lambda name: None)
    with pytest.raises(BadSetting, match=r"analyst\.embeddings.*pip install"):
        bound(Binding(sentences=True))
