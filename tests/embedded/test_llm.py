"""The whole pipe with the language-model analyst: real client, real HTTP, an honest scripted model on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.embedded.commands import BELLWETHER, Running, answers, asked, bellwether, exported, wait_for
from tests.llm.server import FakeOpenAi

KEY = "sk-of-the-test"
START, HOURS = datetime(2026, 4, 1, tzinfo=UTC), timedelta(hours=6)
EVENTS = {
    "export controls on AI chips": (
        "The rule widens export controls on advanced AI chips to {n} more firms, because officials fear that rivals "
        "train military models. Chip makers said that the licences take {m} months."
    ),
    "strike at the port of Kotka": (
        "Dockers at the port of Kotka walked out for {n} days, because the operator wants to automate the cranes. "
        "Shippers said that paper exports wait on the quay for {m} days."
    ),
    "lithium drilling at Salar de Tolar": (
        "A provincial court stopped the drilling of {n} brine wells at Salar de Tolar, because the lagoons are "
        "falling. The miner said that output drops by {m} per cent."
    ),
    "frost in the coffee belt": (
        "Arabica coffee rose {n} per cent after two nights of frost in Minas Gerais, because buds froze on the hills. "
        "Traders said that stocks last {m} weeks."
    ),
}
OUTLETS = ("Meridian Wire", "Straits Dispatch", "Silicon Quarter", "Nordlicht", "El Faro")


@pytest.fixture
def server() -> Iterator[FakeOpenAi]:
    """The honest model."""
    with FakeOpenAi() as fake:
        yield fake


def archive(folder: Path, articles: int = 20) -> Path:
    """Four stories, each told by five outlets in words of their own."""
    path = folder / "archive.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number in range(articles):
            (topic, text), outlet = list(EVENTS.items())[number % len(EVENTS)], OUTLETS[number % len(OUTLETS)]
            said = text.format(n=number + 3, m=2 * number + 4)
            line = {
                "id": f"n{number}",
                "url": f"https://{outlet.lower().replace(' ', '-')}.example/{number}",
                "publisher": outlet,
                "language": "en",
                "published": (START + HOURS * number).isoformat(),
                "title": f"{outlet}: {topic} enters day {number + 1}",
                "text": f"{said} {outlet} counted {number + 40} witnesses itself.",
            }
            out.write(json.dumps(line) + "\n")
    return path


def environment(server: FakeOpenAi, **given: str) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_API_KEY": KEY,
        "BELLWETHER_LLM__MODEL": "honest",
        "BELLWETHER_LLM__EMBEDDING_MODEL": "near",
        "BELLWETHER_LLM__PRICES": "{ honest = { input = 1.0, output = 2.0 }, near = { input = 0.1 } }",
        "BELLWETHER_LLM__NARRATE_QUIET": "0.2",
        **given,
    }


def test_an_archive_is_read_judged_narrated_and_accounted_for(server: FakeOpenAi, tmp_path: Path) -> None:
    data, here = str(tmp_path / "data"), environment(server)
    done = bellwether("ingest", str(archive(tmp_path)), "--data", data, environment=here)
    assert "20 articles ≈" in done.stderr
    assert "llm.tokens_per_day" in done.stderr, "a limit holds although nobody set one"
    assert "Unclosed" not in done.stderr
    assert KEY not in done.stdout + done.stderr

    outcomes, articles, evidence, signals, spent = answers(
        tmp_path / "data",
        *(["export", kind] for kind in ("outcomes", "articles", "evidence", "signals")), ["costs"], environment=here,
    )  # fmt: skip
    assert len(outcomes) == len({row["article_id"] for row in outcomes}) == 20
    texts = {row["article_id"]: row["text"] for row in articles}
    assert len(evidence) >= 20
    for row in evidence:
        assert row["analyst"] == "llm/honest/extract/1"
        assert texts[row["article_id"]][row["quote_start"] : row["quote_end"]] == row["quote"]
        assert row["anchor"] in row["quote"]

    stages = {request.stage for request in server.requests}
    assert {"extract", "judge", "narrate"} <= stages
    assert server.embed_requests
    assert all(request.headers["authorization"] == f"Bearer {KEY}" for request in server.requests)
    narrated = [row for row in signals if row["narrator"] == "llm/honest/narrate/1"]
    assert narrated
    ids = {row["evidence_id"] for row in evidence}
    for row in narrated:
        assert row["sentences"]
        assert all(set(sentence["cites"]) <= ids and sentence["cites"] for sentence in row["sentences"])

    found = spent["report"]
    assert found["total"]["calls"] == len(server.requests) + len(server.embed_requests)
    assert found["total"]["spend"] > 0
    assert found["under_way"] == found["lost"] == 0
    assert {row["stage"] for row in found["stages"]} >= {"extract", "embed", "judge", "narrate"}
    shown = bellwether("signal", narrated[0]["signal_id"], "--data", data, environment=here).stdout
    assert "written by llm/honest/narrate/1" in shown
    assert "taken by llm/honest/extract/1" in shown


def test_what_today_does_not_allow_is_deferred_the_oldest_first_and_settled_later(
    server: FakeOpenAi, tmp_path: Path
) -> None:
    folder, path = tmp_path / "data", archive(tmp_path, 12)
    data, off = str(folder), {"BELLWETHER_LLM__NARRATOR": "false", "BELLWETHER_LLM__JUDGE": "false"}
    here = environment(server, BELLWETHER_LLM__TOKENS_PER_DAY="24000", **off)
    done = bellwether("ingest", str(path), "--data", data, environment=here)
    assert "older ones are deferred" in done.stderr
    assert "articles are deferred (" in done.stderr
    rows, status = answers(folder, ["export", "outcomes"], ["status"], environment=here)
    first = {int(row["external_id"][1:]): row["outcome"] for row in rows}
    assert len(first) == 12
    assert status["analyst"] == "llm/honest/extract/1"
    assert status["llm"]["tokens_per_day left"] >= 0
    back_to = datetime.fromisoformat(status["llm"]["reading back to"])
    held = {number for number in first if START + HOURS * number < back_to}
    assert held
    assert all(first[number] == "deferred" for number in held), "what is older than the date waits"
    assert any(outcome == "accepted" for outcome in first.values())
    # With a higher limit the next run settles what waits, by itself.
    more = environment(
        server, BELLWETHER_LLM__TOKENS_PER_DAY="none", BELLWETHER_STREAM__SWEEP_SECONDS="1",
        BELLWETHER_STREAM__DEFERRED_SECONDS="0.5", **off,
    )  # fmt: skip
    running = Running(folder)

    def settled() -> bool:
        now = running.status()
        return now is not None and "deferred" not in now["outcomes"]

    command = [BELLWETHER, "run", "--data", data, "--port", "0", "--feeds", "http://127.0.0.1:9/feed.xml"]
    with subprocess.Popen(command, env={**os.environ, **more}, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for("the settling of what was deferred", settled)
        finally:
            process.send_signal(signal.SIGTERM)
    assert {row["outcome"] for row in exported("outcomes", folder)} == {"accepted"}


def test_without_a_model_the_demo_with_one_says_what_to_set(tmp_path: Path) -> None:
    done = bellwether("demo", "--llm", "--data", str(tmp_path / "demo"), check=False)
    assert done.returncode == 2
    assert "OPENAI_API_KEY" in done.stderr
    assert asked("config")[0]["name"] == "data"
