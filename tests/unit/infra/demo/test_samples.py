"""The ready-made articles do what their labels promise, read by the default analyst."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from infra.demo.articles import load_library
from infra.llm import Binding
from infra.roles import bound
from tests import builders


@pytest.mark.parametrize(("key", "stance"), [("strengthens", "supports"), ("contradicts", "contradicts")])
def test_a_sample_takes_the_side_it_says(key: str, stance: str) -> None:
    sample = next(sample for sample in load_library().samples if sample.key == key)
    text = sample.body if isinstance(sample.body, str) else "\n\n".join(sample.body)
    article = replace(builders.article(1), title=sample.title, text=text, language="en")
    extraction = asyncio.run(bound(Binding()).extractor().extract(article))
    assert [evidence.stance for evidence in extraction.evidence] == [stance]
