"""`bellwether compare` on a real folder: what is the same, what is not, whoever holds the folder, and what it cost."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.embedded.commands import BELLWETHER, answers, asked, bellwether, several
from tests.embedded.test_commands import FEEDS
from tests.embedded.test_llm import archive, environment
from tests.embedded.test_replay import DAYS, content, news
from tests.llm.server import FakeOpenAi


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 120 articles and a live generation, one that is the same, one that joins less, and a short one."""
    made = tmp_path_factory.mktemp("compared")
    news(made / "news.jsonl", 120)
    data = made / "data"
    bellwether("ingest", str(made / "news.jsonl"), "--data", str(data))
    one, other = (row["signal_id"] for row in asked("signals", "--data", str(data), "--all")[:2])
    evidence = asked("signal", one, "--data", str(data))["evidence"][0]["evidence_id"]
    asked_for = [["rename", one, "Named by hand"], ["merge", other, one], ["reject-evidence", one, evidence]]
    assert [done.returncode for done in several(*asked_for, data=data)] == [0, 0, 0]
    strict = ["--set", "policy.join_at=0.97", "--set", "policy.half_life.event=2d"]
    answers(
        data, ["replay", *DAYS, "--name", "same"], ["replay", *DAYS, "--name", "strict", *strict],
        ["replay", "--from", "2026-01-01", "--to", "2026-01-02", "--name", "short"],
    )  # fmt: skip
    return data


def test_what_is_the_same_is_told_so_and_nothing_else(folder: Path) -> None:
    same, strict, back, short = answers(
        folder, *(["compare", *names] for names in (("live", "same"), ("live", "strict"), ("strict", "live"),
                                                     ("live", "short"))),
    )  # fmt: skip
    for name, found in (("same", same), ("strict", strict), ("short", short)):
        assert found["identical"] == (content(folder, name) == content(folder, "live")), name
    assert same["identical"]
    assert (same["pairs"], same["opened"], same["missing"], same["divided"]) == ([], [], [], [])
    assert same["signals"]["matched"] == same["a"]["signals"]
    assert bellwether("compare", "live", "same", "--data", str(folder)).stdout.startswith("identical\n")
    assert not bellwether("compare", "live", "strict", "--data", str(folder)).stdout.startswith("identical")
    assert strict["divided"]
    assert strict["divided"][0]["parts"][0]["shared"] > strict["divided"][0]["parts"][1]["shared"]
    assert all(row["distance"] > 0 for row in strict["pairs"])
    assert strict["evidence"]["kept"] == strict["evidence"]["a"]
    assert strict["evidence"]["moved"] > 0
    assert (short["evidence"]["lost"], short["articles"]["only_a"]) == (short["evidence"]["lost_unread"], 72)
    assert _turned(back) == strict


def _turned(found: dict[str, Any]) -> dict[str, Any]:
    """Return a comparison as if the other generation had been named first."""

    def swapped(name: str) -> str:
        pairs = (("_a", "_b"), ("a", "b"), ("gained", "lost"), ("opened", "missing"), ("divided", "joined"))
        for one, other in pairs:
            if name in (one, other):
                return other if name == one else one
            if name.endswith(("_a", "_b")):
                return name[:-1] + ("b" if name.endswith("a") else "a")
        return name.replace("gained", "\0").replace("lost", "gained").replace("\0", "lost")

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {swapped(key): turned(one) for key, one in value.items()}
        return [turned(one) for one in value] if isinstance(value, list) else value

    made: dict[str, Any] = {}
    for key, value in found.items():
        made[swapped(key)] = value if key in ("a", "b") else turned(value)
    differs = {"gained": "lost", "lost": "gained"}
    order = (
        "signal",
        "title",
        "state",
        "published",
        "events",
        "families",
        "strength",
        "curve",
        "lost",
        "gained",
        "turned",
    )
    for row in made["pairs"]:
        row["differs"] = sorted((differs.get(one, one) for one in row["differs"]), key=order.index)
    made["pairs"].sort(
        key=lambda row: (
            row["published_a"] == row["published_b"],
            -max(row["distance"], abs(row["strength_a"] - row["strength_b"])),
            row["likeness"],
            row["signal_a"],
        )
    )
    return made


def test_one_signal_in_full_and_names_that_are_wrong(folder: Path) -> None:
    whole = asked("compare", "live", "strict", "--data", str(folder))
    pair = next(row for row in whole["pairs"] if row["lost"])
    named, by_other, merged = answers(
        folder,
        ["compare", "live", "strict", "--signal", pair["signal_a"]],
        ["compare", "strict", "live", "--signal", pair["signal_a"]],
        ["compare", "live", "strict", "--signal", whole["divided"][0]["parts"][1]["signal_id"]],
    )
    assert (len(named["lost"]), len(named["gained"]), named["kept"]) == (pair["lost"], pair["gained"], pair["kept"])
    assert named["curve_a"][-1][1] != named["curve_b"][-1][1]
    assert len(by_other["gained"]) == pair["lost"]
    assert merged["signal_b"] or merged["signal_a"]
    wrong = several(
        ["compare", "live", "nobody"], ["compare", "nobody", "live"],
        ["compare", "live", "same", "--signal", "sg-none"],
        data=folder,
    )  # fmt: skip
    assert [done.returncode for done in wrong] == [2, 2, 2]
    assert "nobody: there is no such generation; there are live, same, short, strict" in wrong[0].stderr
    assert "sg-none: there is none with this id in live or in same" in wrong[2].stderr


def test_through_the_door_of_a_run_and_on_its_pages(folder: Path) -> None:
    before = asked("compare", "live", "strict", "--data", str(folder))
    running = subprocess.Popen(
        [BELLWETHER, "run", "--data", str(folder), "--port", "0", *FEEDS], stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    try:
        line = next(line for line in running.stderr if "pages at" in line)
        threading.Thread(target=running.stderr.read, daemon=True).start()
        url = line.split("pages at ")[1].split(";")[0].split()[0].rstrip("/")
        assert asked("compare", "live", "strict", "--data", str(folder))["pairs"] == before["pairs"]
        wrong = bellwether("compare", "live", "nobody", "--data", str(folder), check=False)
        assert (wrong.returncode, "there is no such generation" in wrong.stderr) == (2, True)
        page = httpx2.get(f"{url}/compare?a=live&b=strict", timeout=60)
        assert page.status_code == 200
        assert before["pairs"][0]["title_a"] in page.text
        twin = httpx2.get(f"{url}/compare.json?a=live&b=strict", timeout=60).json()
        assert twin["rows"] == before["pairs"][:25]
        assert httpx2.get(f"{url}/compare?b=nobody", timeout=60).status_code == 404
        assert "strict" in httpx2.get(f"{url}/generations", timeout=60).text
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(60)


def test_what_a_model_cost_each_of_them(tmp_path: Path) -> None:
    with FakeOpenAi() as server:
        given = environment(server)
        data = tmp_path / "data"
        bellwether("ingest", str(archive(tmp_path)), "--data", str(data), environment=given)
        (summary, found) = answers(
            data, ["replay", *DAYS, "--name", "anew"], ["compare", "live", "anew"], environment=given
        )
    cost = found["b"]["cost"]
    assert (cost["recorded"], cost["calls"], cost["from_memory"]) == (True, 0, summary["llm"]["from_memory"])
    assert cost["from_memory"] > 0
    assert found["a"]["cost"]["calls"] > 0
    assert found["a"]["quotes"] == found["b"]["quotes"]
    json.dumps(found)
