"""Scripted models behind the whole pipe: stories that share a mechanism meet, and a hostile model gets nowhere."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.vocabulary import COUNTRIES, KINDS, LENSES, SECTORS, STANCES
from tests.embedded.commands import answers, bellwether
from tests.llm import hostile_extract
from tests.llm.honest_extract import shown
from tests.llm.replies import ChatRequest, Reply, answer, drop, html, null, raw_content, status, truncated
from tests.llm.server import FakeOpenAi
from tests.llm.shown_data import shown_data

ERODES = "A costly lead wears away once others can obtain the same capability cheaply."
STORIES = {  # marker → (mechanism, what every outlet says of it)
    "weights": (ERODES, "Intruders copied model weights from the Halden laboratory in {n} hours of quiet downloads."),
    "distilled": (ERODES, "Pupils at Orrin distilled a reasoning engine for {n} dollars of rented computing."),
    "clips": (ERODES, "An open generator from Kestrel renders film clips of {n} seconds on an ordinary gaming card."),
    "premium": ("Insurers price a risk that they cannot yet measure by asking more of everyone.",
                "Underwriters raised the premium for computing laboratories by {n} per cent."),
    "visas": ("Entry rules thin the supply of talent that a field lives on.",
              "A faculty told {n} graduate students that visas for their engine course will not be renewed."),
    "actors": ("Those whose work a machine may do bargain over its use before it arrives.",
               "Screen actors asked a film studio for {n} new clauses on recorded voices."),
}  # fmt: skip
OWN_WORDS = {
    "weights": "Prosecutors traced the breach to a contractor's laptop and a forgotten password.",
    "distilled": "Their recipe fits on a page, and hobbyists repeated it at home within a week.",
    "clips": "Game designers and wedding photographers were the first to try it out.",
    "premium": "Brokers expect smaller customers to go without cover in the coming year.",
    "visas": "Professors warned that lectures in autumn may have to be cancelled.",
    "actors": "Negotiations resume in Lisbon after a walkout that lasted four nights.",
}
SHARING = ("weights", "distilled", "clips")


def archive(folder: Path, outlets: int = 2) -> Path:
    """Every story by `outlets` outlets, one after the other."""
    start, path, number = datetime(2026, 4, 1, tzinfo=UTC), folder / "archive.jsonl", 0
    with path.open("w", encoding="utf-8") as out:
        for marker, (_, sentence) in STORIES.items():
            for outlet in range(outlets):
                number += 1
                line = {
                    "id": f"{marker}-{outlet}", "publisher": f"Outlet {marker} {outlet}", "language": "en",
                    "published": (start + timedelta(hours=3 * number)).isoformat(),
                    "title": sentence.format(n=number + 20),
                    "text": f"{sentence.format(n=number + 20)} {OWN_WORDS[marker]}",
                }  # fmt: skip
                out.write(json.dumps(line) + "\n")
    return path


def scripted(request: ChatRequest) -> Reply:
    """Extract the first sentence with its story's mechanism; judge "supports" exactly where mechanisms are the same."""
    if request.stage == "extract":
        _, text = shown(request.user)
        quote = text.split(". ")[0] + "."
        marker = next(m for m in STORIES if STORIES[m][1].split("{n}")[0] in text)
        item = {
            "quote": quote, "anchor": " ".join(quote.split()[:4]), "claim": quote, "event": quote,
            "mechanism": STORIES[marker][0], "generalises": "It holds wherever the same is so.", "stance": "supports",
            "kind": "structural", "lens": "technology", "sectors": ["AI"], "geographies": [], "actors": [],
            "salience": 70,
        }  # fmt: skip
        return answer({"items": [item]})
    data = shown_data(request)
    verdicts = [
        {
            "candidate": one["number"],
            "verdict": "supports" if one.get("mechanism") == data["evidence"]["mechanism"] else "none",
            "reason": "by the mechanism alone",
        }
        for one in data["candidates"]
    ]
    return answer({"answers": verdicts})


@pytest.fixture
def server() -> Iterator[FakeOpenAi]:
    """A model that does as it is told."""
    with FakeOpenAi() as fake:
        yield fake


def environment(server: FakeOpenAi, **given: str) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-of-the-test", "BELLWETHER_LLM__MODEL": "scripted",
        "BELLWETHER_LLM__TOKENS_PER_DAY": "none", "BELLWETHER_LLM__NARRATE_QUIET": "0.2", **given,
    }  # fmt: skip


def test_stories_of_one_mechanism_end_under_one_thesis_and_look_alikes_stay_apart(
    server: FakeOpenAi, tmp_path: Path
) -> None:
    server.reply = scripted
    here = environment(server, BELLWETHER_LLM__NARRATOR="false")
    bellwether("ingest", str(archive(tmp_path)), "--data", str(tmp_path / "data"), environment=here)
    found = answers(tmp_path / "data", *(["export", kind] for kind in ("outcomes", "signals", "evidence")))
    outcomes = {row["external_id"]: row for row in found[0]}
    signals = {row["signal_id"]: row for row in found[1]}
    assert len(outcomes) == 2 * len(STORIES)
    of = {marker: {outcomes[f"{marker}-{outlet}"]["primary_signal_id"] for outlet in range(2)} for marker in STORIES}
    assert all(len(ids) == 1 for ids in of.values()), of
    thesis = {signal for marker in SHARING for signal in of[marker]}
    assert len(thesis) == 1, of
    head = signals[thesis.pop()]
    assert (head["basis"], len(head["stories"]), head["articles"], len(head["families"])) == ("thesis", 3, 6, 6)
    per_story = {(row["story_id"], row["family"]) for row in found[2] if row["signal_id"] == head["signal_id"]}
    assert len(per_story) == 6, "families are counted apart, story by story"
    apart = [signals[signal] for marker in STORIES if marker not in SHARING for signal in of[marker]]
    assert len({row["signal_id"] for row in (*apart, head)}) == 4
    assert {row["basis"] for row in apart} == {"story"}
    assert all(head["strength"] > row["strength"] for row in apart)


class Hostile:
    """Every stage is answered with malice or breaks; now and then extraction is honest, so that there is something."""

    def __init__(self, seed: int) -> None:
        self.random, self.extract = random.Random(seed), hostile_extract.reply(seed)

    def __call__(self, request: ChatRequest) -> Reply:
        if self.random.random() < 0.2:
            faults = (html(), null(), drop(), status(500), status(429, {"retry-after": "0"}), truncated({"items": []}))
            return self.random.choice(faults)
        if request.stage == "extract":
            return scripted(request) if self.random.random() < 0.3 else self.extract(request)
        poison: Any = (
            "<script>alert(1)</script> see https://evil.example [x](javascript:alert(1)) Zenda made 99 billion"
        )
        if request.stage == "judge":
            wild = [{"candidate": self.random.randint(-3, 9), "verdict": "supports", "reason": poison}] * 4
            return answer({"answers": wild}) if self.random.random() < 0.7 else raw_content("supports them all!")
        return answer(
            {"title": poison, "scope": poison, "mechanism": poison, "sentences": [{"text": poison, "cites": [1, 99]}]}
        )


def test_a_hostile_model_publishes_nothing_that_the_articles_do_not_say(server: FakeOpenAi, tmp_path: Path) -> None:
    server.reply = Hostile(7)
    # Outages are short here: what stays deferred would only be read at a later start.
    here = environment(server, BELLWETHER_LLM__BREAKER_SECONDS="0.1", BELLWETHER_LLM__DEADLINE="20")
    path, data = archive(tmp_path, outlets=12), tmp_path / "data"
    bellwether("ingest", str(path), "--data", str(data), environment=here)
    outcomes, evidence, articles, signals, events = answers(
        data, *(["export", kind] for kind in ("outcomes", "evidence", "articles", "signals", "signal-events"))
    )
    assert len(outcomes) == len({row["article_id"] for row in outcomes}) == 12 * len(STORIES)
    texts = {row["article_id"]: row["text"] for row in articles}
    assert len(evidence) > 10, "a model that is honest now and then must leave something to look at"
    for row in evidence:
        assert texts[row["article_id"]][row["quote_start"] : row["quote_end"]] == row["quote"]
        assert row["anchor"] in row["quote"]
        assert row["kind"] in KINDS
        assert row["lens"] in LENSES
        assert row["stance"] in STANCES
        assert set(row["sectors"]) <= set(SECTORS)
        assert set(row["geographies"]) <= COUNTRIES
    published = json.dumps([evidence, signals, events])
    for forbidden in ("<script", "javascript:", "evil.example", "Zenda"):
        assert forbidden not in published
