"""`bellwether dead-letters` on a real folder: with nobody at work, and through the door of a running process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.embedded.commands import BELLWETHER, asked, bellwether
from tests.embedded.test_commands import FEEDS
from tests.embedded.test_replay import news


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A folder with three dead letters: its path, and their ids by stage."""
    news(tmp_path / "news.jsonl", 12)
    data = tmp_path / "data"
    bellwether("ingest", str(tmp_path / "news.jsonl"), "--data", str(data))
    done = subprocess.run(
        [sys.executable, "-m", "tests.embedded.planting", str(data)],
        check=True, timeout=180, capture_output=True, text=True,
    )  # fmt: skip
    made: dict[str, str] = json.loads(done.stdout)
    assert set(made) == {"extract/decode", "ledger/decode", "extract/analyst"}
    return data, made


def became(rows: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """Return (done, the first words of what became of it) by id."""
    return {row["dead_letter_id"]: (row["done"], " ".join(row["became"].split()[:2])) for row in rows}


def test_listed_shown_replayed_once_and_dropped(planted: tuple[Path, dict[str, str]]) -> None:
    data, made = planted
    where = ["--data", str(data)]
    found = asked("dead-letters", "list", *where)
    assert found["letters"] == 3
    assert {(row["stage"], row["letters"]) for row in found["counts"]} == {(stage, 1) for stage in made}
    assert asked("dead-letters", "list", "--stage", "extract", *where)["letters"] == 2
    assert asked("dead-letters", "list", "--reason", "zerodivision", *where)["letters"] == 1
    rubbish = asked("dead-letters", "show", made["ledger/decode"], *where)
    assert bytes.fromhex(rubbish["hex"]).endswith(b"no such schema")
    assert (rubbish["decoded"], rubbish["topic"], rubbish["mark"]) == (None, "bellwether.proposals", None)
    article = asked("dead-letters", "show", made["extract/analyst"], *where)
    assert article["decoded"]["article_id"] == article["key"]

    done = became(asked("dead-letters", "replay", "--all", "--by", "somebody", *where))
    assert done[made["extract/analyst"]] == ("replayed", "outcome accepted")
    anew = asked("dead-letters", "list", *where)["rows"]
    assert {row["stage"] for row in anew} == {"extract/decode", "ledger/decode"}, "the rubbish is buried again"
    assert not {row["dead_letter_id"] for row in anew} & set(made.values())
    assert {done[made[stage]] for stage in ("extract/decode", "ledger/decode")} == {("replayed", "dead letter")}
    shown = asked("dead-letters", "show", made["ledger/decode"], *where)["mark"]
    assert (shown["fate"], shown["by"], shown["times"]) == ("replayed", "somebody", 1)
    assert shown["became"].removeprefix("dead letter ") in {row["dead_letter_id"] for row in anew}

    again = asked("dead-letters", "replay", *made.values(), *where)
    assert {row["done"] for row in again} == {"left"}, "twice does nothing"
    assert asked("dead-letters", "list", "--all", *where)["letters"] == 5

    refused = bellwether("dead-letters", "drop", "--all", *where, check=False)
    assert refused.returncode != 0, "nobody said yes"
    dropped = asked("dead-letters", "drop", "--all", "--yes", "--because", "rubbish", *where)
    assert {row["done"] for row in dropped} == {"dropped"}
    assert asked("dead-letters", "list", *where)["letters"] == 0
    assert asked("status", *where)["dead_letters"] == 0
    mark = asked("dead-letters", "show", dropped[0]["dead_letter_id"], *where)["mark"]
    assert (mark["fate"], mark["reason"]) == ("dropped", "rubbish")
    assert asked("verify", "--decide", *where)["differences"] == []


def test_through_the_door_and_with_bad_words(planted: tuple[Path, dict[str, str]]) -> None:
    data, made = planted
    where = ["--data", str(data)]
    running = subprocess.Popen(
        [BELLWETHER, "run", "--data", str(data), "--port", "0", *FEEDS], stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    try:
        next(line for line in running.stderr if "pages at" in line)
        threading.Thread(target=running.stderr.read, daemon=True).start()
        done = became(asked("dead-letters", "replay", "--stage", "extract", *where))
        assert done == {
            made["extract/decode"]: ("replayed", "dead letter"),
            made["extract/analyst"]: ("replayed", "outcome accepted"),
        }
        more = became(asked("dead-letters", "replay", made["extract/analyst"], "--again", *where))
        assert more == {made["extract/analyst"]: ("replayed", "outcome accepted")}
        shown = asked("dead-letters", "show", made["extract/analyst"], *where)["mark"]
        assert (shown["times"], shown["became"]) == (2, "outcome accepted of revision 2")
        for words in (["replay"], ["replay", "dl-nobody"], ["show", "dl-nobody"], ["drop", "--all", "--stage", "x"]):
            assert bellwether("dead-letters", *words, *where, check=False).returncode == 2, words
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
