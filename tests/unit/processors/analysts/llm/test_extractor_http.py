"""The extractor through the real client against a server that answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processors.analysts.llm.api import LlmConfig
from processors.analysts.llm.books import Books
from processors.analysts.llm.client import OpenAiLlm
from processors.analysts.llm.extractor import LlmExtractor
from schemas.article import Article
from schemas.errors import Retryable
from schemas.proposal import Extraction
from tests.examples import tried
from tests.llm.hostile_extract import reply as hostile
from tests.llm.server import ChatRequest, FakeOpenAi, Reply, answer, html, null, raw_content, refusal, status, truncated
from tests.unit.processors.analysts.llm.scripted import SECOND, STRAIT, item, report
from tests.unit.processors.analysts.llm.test_extractor_hostile import articles, check

GOOD = {"items": [item()]}


def config(server: FakeOpenAi, folder: Path, embed: str, deadline: float) -> LlmConfig:
    return LlmConfig(
        base_url=server.base_url,
        api_key="secret-of-the-owner",
        models={"extract": "scripted", "embed": embed},
        books=str(folder / "books.sqlite"),
        run="test",
        timeout=deadline,
        deadline=deadline,
    )


async def _extract(given: LlmConfig, *read: Article) -> list[Extraction]:
    llm, books = OpenAiLlm(given), Books(given.books)
    try:
        extractor = LlmExtractor(llm, shared=books)
        return [await extractor.extract(article) for article in read]
    finally:
        await llm.close()
        books.close()


def extract(
    folder: Path, reply: Callable[[ChatRequest], Reply], *read: Article, embed: str = "", deadline: float = 60.0
) -> tuple[list[Extraction], list[ChatRequest]]:
    """Return the extractions and what the server was asked."""
    with FakeOpenAi() as server:
        server.reply = reply
        return asyncio.run(_extract(config(server, folder, embed, deadline), *read)), server.requests


def test_evidence_comes_through_the_wire_with_a_strict_schema_and_without_tools_or_secrets(tmp_path: Path) -> None:
    (found,), (request,) = extract(tmp_path, lambda _: answer(GOOD), report(), embed="vectors")
    (evidence,) = found.evidence
    assert evidence.quote == SECOND
    assert evidence.embedding_model == "vectors"
    assert len(evidence.embedding) == 4 * 64
    assert request.stage == "extract"
    assert request.body["response_format"]["json_schema"]["strict"] is True
    assert "tools" not in request.body
    assert "secret-of-the-owner" not in f"{request.system}{request.user}"
    assert request.user.count(STRAIT) == 1


def test_a_copy_and_a_second_run_ask_nobody(tmp_path: Path) -> None:
    copy = report(f"(Wire) {STRAIT}", copy_of=report().article_id, article_id="c" * 20)
    found, requests = extract(tmp_path, lambda _: answer(GOOD), report(), copy, report())
    assert [each.outcome for each in found] == ["accepted"] * 3
    assert len(requests) == 1
    again, requests = extract(tmp_path, lambda _: status(500), report())
    assert again[0] == found[0]
    assert requests == []


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(lambda: truncated(GOOD), id="cut off"),
        pytest.param(lambda: raw_content("Sure! Here is the JSON you asked for"), id="not JSON"),
        pytest.param(lambda: raw_content('{"items": null}'), id="another shape"),
        pytest.param(lambda: answer({"items": [item(kind="seismic")]}), id="out of the vocabulary"),
        pytest.param(lambda: answer({"items": [item() | {"extra": 1}]}), id="an extra field"),
        pytest.param(lambda: raw_content('{"items": ["\\ud800"]}'), id="half a surrogate pair"),
        pytest.param(lambda: refusal("I would rather not"), id="refused"),
        pytest.param(html, id="a page"),
        pytest.param(null, id="null"),
    ],
)
def test_no_answer_breaks_it(tmp_path: Path, reply: Callable[[], Reply]) -> None:
    try:
        (found,), _ = extract(tmp_path, lambda _: reply(), report(), deadline=2.0)
    except Retryable:
        return  # the article is deferred
    assert found.outcome == "rejected"
    assert found.reason.startswith("the model's answer could not be used: ")


def test_a_service_that_is_down_defers(tmp_path: Path) -> None:
    with pytest.raises(Retryable):
        extract(tmp_path, lambda _: status(500), report(), deadline=2.0)


def test_a_refused_quote_is_asked_about_once(tmp_path: Path) -> None:
    def told(request: ChatRequest) -> Reply:
        wrong: dict[str, Any] = {"items": [item("Arrivals collapsed, everybody said.")]}
        return answer(GOOD) if "everybody said" in request.user else answer(wrong)

    (found,), requests = extract(tmp_path, told, report())
    assert [e.quote for e in found.evidence] == [SECOND]
    assert found.rejected == ()
    assert len(requests) == 2


def test_a_hostile_model_over_the_wire(tmp_path: Path) -> None:
    read = articles(tried(12, 25), seed=7)
    found, _ = extract(tmp_path, hostile(7), *read)
    for article, each in zip(read, found, strict=True):
        check(article, each)
    assert any(each.evidence for each in found)
    assert any(each.rejected for each in found)
