"""Prose for a brief: sentences of an item rest on that item's own evidence or are dropped."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from processors.analysts.llm.api import LlmConfig
from processors.analysts.llm.client import OpenAiLlm
from processors.analysts.llm.prose import LlmProse, ProseItem, Source
from schemas.errors import Retryable
from tests.llm.server import FakeOpenAi
from tests.unit.processors.analysts.llm.saying import saying

MILLS = ProseItem(
    "g1",
    "Mills leave",
    ("Reinforced once.",),
    (
        Source("e1", "Orrin Mills moved 40 looms to Veldt.", "Tarn Post", "Looms leave", "supports"),
        Source("e2", "Seven mills have stayed, the guild said.", "Guild Letter", "", "contradicts"),
    ),
)
FERRY = ProseItem(
    "g2", "Ferries", (), (Source("e3", "The Lake Tarn ferry resumed on Monday.", "Post", "", "supports"),)
)


def said(*items: tuple[int, list[tuple[str, list[int]]]]) -> dict[str, Any]:
    return {
        "items": [
            {"item": number, "sentences": [{"text": text, "cites": cites} for text, cites in told]}
            for number, told in items
        ]
    }


def written(answer: Any, *items: ProseItem) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    found = asyncio.run(LlmProse(saying(answer)).write(items or (MILLS, FERRY)))
    return {key: [(one.text, one.cites) for one in told] for key, told in found.items()}


def test_each_item_gets_what_its_own_evidence_bears_out() -> None:
    answer = said(
        (2, [("The ferry resumed on Monday.", [3])]),
        (1, [("Orrin Mills moved 40 looms.", [1]), ("Seven mills stayed.", [2, 3, 9])]),
    )
    assert written(answer) == {
        "g2": [("The ferry resumed on Monday.", ("e3",))],
        "g1": [("Orrin Mills moved 40 looms.", ("e1",)), ("Seven mills stayed.", ("e2",))],
    }
    assert LlmProse(saying(answer)).name == "llm/scripted/brief/1"


@pytest.mark.parametrize(
    "answer",
    [
        said(),
        said((1, [("The ferry resumed on Monday.", [3])])),  # true, of another item
        said((1, [("Orrin Mills moved 41 looms.", [1])])),
        said((1, [("Zenda Corporation moved looms.", [1, 2])])),
        said((1, [("The guild said “we are leaving”.", [2])])),
        said((0, [("Seven mills stayed.", [2])]), (3, [("Seven mills stayed.", [2])])),
        said((1, [("Seven mills stayed.", [])])),
    ],
)
def test_what_nothing_bears_out_is_dropped(answer: dict[str, Any]) -> None:
    assert written(answer) == {}


def test_a_second_answer_to_an_item_and_too_many_sentences_are_ignored() -> None:
    many = [(f"Mills have stayed{' so' * n}.", [2]) for n in range(60)]
    told = written(said((1, many), (1, [("Seven mills stayed.", [2])])))
    assert [text for text, _ in told["g1"]] == [text for text, _ in many[:5]]


def test_nothing_to_cite_costs_nothing_and_failures_are_the_callers_matter() -> None:
    model = saying(said())
    assert asyncio.run(LlmProse(model).write([ProseItem("g1", "Bare", (), ())])) == {}
    assert not model.calls
    with pytest.raises(Retryable):
        asyncio.run(LlmProse(saying(Retryable("away"))).write([MILLS]))


def test_the_honest_model_over_http(tmp_path: Any) -> None:
    async def ask(server: FakeOpenAi) -> list[str]:
        llm = OpenAiLlm(LlmConfig(server.base_url, "none", {"brief": "m"}, str(tmp_path / "b.sqlite"), "r"))
        try:
            made = await LlmProse(llm).write([MILLS, FERRY])
        finally:
            await llm.close()
        return [one.text for told in made.values() for one in told]

    with FakeOpenAi() as server:
        told = asyncio.run(ask(server))
    assert told == [source.quote for item in (MILLS, FERRY) for source in item.sources]
