"""The honest scripted model: everything that it says of the demo's press is borne out by the articles."""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from typing import Any

from infra.demo.articles import load_library
from processors.analysts.llm.extractor import LlmExtractor
from schemas.proposal import Extraction
from tests.llm.honest_extract import reply
from tests.llm.replies import ChatRequest
from tests.unit.processors.analysts.llm.scripted import ScriptedLlm, report

_WRAP = re.compile(r"(?<!\n)\n(?!\n)")  # the content files wrap their lines, what the newsroom prints does not


def honest(call: Any) -> Any:
    """Answer a call as the fake server would."""
    request = ChatRequest("extract", "scripted", call.prompt.system, call.user, {}, {}, {}, 1)
    message = reply(request).message
    assert message is not None
    return json.loads(message["content"])["items"]


async def _press() -> list[tuple[str, Extraction]]:
    extractor = LlmExtractor(ScriptedLlm(honest))
    return [
        (
            line.key,
            await extractor.extract(
                report(_WRAP.sub(" ", article.body), article.plain_title, language=article.language)
            ),
        )
        for line in load_library().storylines
        for article in line.articles
    ]


def test_what_an_honest_model_says_of_the_demos_press_holds() -> None:
    found = asyncio.run(_press())
    assert [(key, r.quote, r.reason) for key, each in found for r in each.rejected] == []
    assert all(each.outcome in ("accepted", "nothing") for _, each in found)
    lines: dict[str, set[str]] = defaultdict(set)
    for key, each in found:
        for evidence in each.evidence:
            if evidence.mechanism:
                lines[evidence.mechanism].add(key)
    across = [keys for keys in lines.values() if len({key for key in keys if "round-up" not in key}) > 1]
    assert len(across) >= 2, "no mechanism is told by more than one story"
    assert sum(any(e.mechanism for e in each.evidence) for _, each in found) > len(found) / 2
