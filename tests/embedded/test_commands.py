"""An analyst's commands on a real stream: by the pages, through the door, and by opening the folder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.analyst_browser import TOKEN, Browser, form, said
from tests.embedded.commands import BELLWETHER, answers, asked, bellwether

ENVIRONMENT = {"BELLWETHER_SITE__ANALYST_TOKEN": TOKEN, "BELLWETHER_SITE__PORT": "0"}
FEEDS = ("--feeds", "http://127.0.0.1:9/feed.xml", "--allow-host", "127.0.0.1")  # nobody answers there
TOPICS = {
    "gallium": "Export controls on gallium squeeze chip makers because licences take months",
    "harbour": "Striking pilots close the harbour of Rotterdam and containers wait for weeks",
}
MORE = {
    "gallium": (
        "Chip makers hoard gallium because licences are late.",
        "Gallium for chip makers doubled in price under the controls.",
        "Without licences gallium exports stay shut, chip makers warn.",
    ),
    "harbour": (
        "The pilots of Rotterdam reject an offer and containers pile up.",
        "Containers are sent past Rotterdam because pilots strike.",
        "Rotterdam's harbour loses containers while pilots strike on.",
    ),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with two published signals of three articles each."""
    with (tmp_path / "news.jsonl").open("w", encoding="utf-8") as out:
        for number in range(6):
            topic, says = list(TOPICS.items())[number % 2]
            text = f"{says}. {MORE[topic][number // 2]}"
            row = {
                "id": f"n{number}", "published": f"2026-04-1{number}T08:00:00Z", "title": f"{says} ({number})",
                "text": text, "publisher": f"Paper {number}",
            }  # fmt: skip
            out.write(json.dumps(row) + "\n")
    bellwether("ingest", str(tmp_path / "news.jsonl"), "--data", str(tmp_path / "data"))
    return tmp_path / "data"


@contextmanager
def running(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the stream with its pages; yield the process and where the pages are."""
    command = [BELLWETHER, "run", "--data", str(data), *FEEDS]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, **ENVIRONMENT}
    )
    assert process.stderr is not None
    try:
        said_of_pages = next(found for line in process.stderr if (found := re.search(r"pages at (\S+)", line)))
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield process, said_of_pages[1]
    finally:
        process.kill()
        process.wait()


def browser(url: str) -> Browser:
    one = Browser(httpx2.Client(trust_env=False, timeout=60), url)
    assert one.sign_in(name="Ada").status_code == 303
    return one


def signals(one: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one.client.get(f"{one.origin}/signals.json").json()["signals"]
    return sorted(found, key=lambda row: row["title"])


def heading(page: Any) -> str:
    return str(page.xpath("//h1")[0].text_content()).strip()


def history(page: Any) -> list[str]:
    return [" ".join(item.text_content().split()) for item in page.xpath("//ol[@class='history']/li")]


def test_on_the_pages_and_through_the_door(data: Path) -> None:
    with running(data) as (_, url):
        one = browser(url)
        first, second = signals(one)
        here, before = f"/signals/{first['signal_id']}", first["title"]

        page = one.do(here, "/rename", title="Gallium <is> short", reason="plainer & <shorter>")
        assert heading(page) == "Gallium <is> short"
        assert "applied" in said(page)
        assert "by Ada" in history(page)[0]
        assert "plainer & <shorter>" in history(page)[0]
        event = one.client.get(f"{url}{here}.json").json()["events"][-1]
        assert (event["kind"], event["by"]) == ("renamed", "Ada")
        command_id = one.client.get(f"{url}/commands.json").json()["commands"][0]["command_id"]
        page = one.do(f"{here}?did={command_id}", "/undo")
        assert heading(page) == before
        assert history(page)[0].startswith("undone")

        # A double click: two posts of one form at once, and a third one later.
        sent = form(one.page(here), "/pin")
        with ThreadPoolExecutor(2) as both:
            done = list(both.map(lambda _: one.send(sent, reason="twice"), range(2)))
        done.append(one.send(sent, reason="twice"))
        assert {answer.status_code for answer in done} == {303}
        assert len({answer.headers["location"] for answer in done}) == 1
        given = one.client.get(f"{url}/commands.json").json()["commands"]
        assert [row["action"] for row in given] == ["pin", "undo", "rename"]

        # Another form asks for the same thing: the ledger refuses, in its own words.
        stale = form(one.page(here), "/unpin")
        stale.action = stale.action.replace("/unpin", "/pin")
        refused = one.page(one.send(stale).headers["location"].partition("#")[0])
        assert f"refused: {first['signal_id']} is already pinned: `unpin` lets it go" in said(refused)

        # Through the door.
        named = ["--data", str(data), "--by", "Grace"]
        done_there = asked("dismiss", second["signal_id"], *named, "--reason", "noise")
        assert (done_there["refused"], done_there["by"]) == ("", "Grace")
        assert [row["signal_id"] for row in signals(one)] == [first["signal_id"]]
        again = bellwether("dismiss", second["signal_id"], *named, check=False)
        assert again.returncode == 1
        assert "already dismissed" in again.stderr
        assert "Grace" in one.page("/commands").text_content()

    # Nobody holds the folder: the command does.
    undone = asked("undo", done_there["command_id"], "--data", str(data))
    assert undone["refused"] == ""
    once, twice = (asked("unpin", first["signal_id"], "--data", str(data), "--key", "k") for _ in range(2))
    assert once["command_id"] == twice["command_id"]
    assert (once["repeated"], twice["repeated"]) == (False, True)
    listed, left = answers(data, ["commands"], ["signals"])
    assert [row["action"] for row in listed] == [
        "unpin", "undo", "dismiss", "dismiss", "pin", "pin", "undo", "rename",
    ]  # fmt: skip
    assert len(left) == 2
    assert next(row for row in listed if row["command_id"] == done_there["command_id"])["undone"]
    wrong = bellwether("rename", first["signal_id"], "x" * 111, "--data", str(data), check=False)
    assert (wrong.returncode, "title may have 110" in wrong.stderr) == (2, True)


def test_merge_and_split_and_back(data: Path) -> None:
    with running(data) as (_, url):
        one = browser(url)
        before = signals(one)
        first, second = before

        page = one.do(f"/signals/{first['signal_id']}", "/merge", into=second["title"])
        assert f"merged into {second['signal_id']}: applied" in said(page)
        assert heading(page) == second["title"]
        assert [row["signal_id"] for row in signals(one)] == [second["signal_id"]]
        moved = one.client.get(f"{url}/signals/{first['signal_id']}")
        assert moved.headers["location"] == f"/signals/{second['signal_id']}"
        one.do("/commands", "/undo")
        assert [_core(row) for row in signals(one)] == [_core(row) for row in before]

        here = f"/signals/{first['signal_id']}"
        evidence = one.page(here).xpath("//form[contains(@action, '/split')]//input[@type='checkbox']/@value")
        page = one.do(here, "/split", evidence=evidence[:1], title="A part", rest="The rest", reason="two things")
        assert "divided into" in said(page)
        parts = one.client.get(f"{url}/commands.json").json()["commands"][0]["other_ids"]
        assert [heading(one.page(f"/signals/{part}")) for part in parts] == ["The rest", "A part"]
        one.do("/commands", "/undo")
        assert [_core(row) for row in signals(one)] == [_core(row) for row in before]

        # One quote is rejected and comes back.
        page = one.do(here, "/reject-evidence", reason="not said so")
        assert "not said so" in history(page)[0]
        assert signals(one)[0]["strength"] < first["strength"]
        one.do("/commands", "/undo")
        assert signals(one)[0]["strength"] == pytest.approx(first["strength"], abs=1e-9)


def _core(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["signal_id"], row["title"], row["state"], round(row["strength"], 6), row["articles"], row["evidence"]


def _post(one: Browser, sent: Any, title: str, answered: list[int]) -> None:
    with suppress(httpx2.TransportError):
        answered.append(one.send(sent, title=title).status_code)


def test_killed_between_the_form_and_the_commit(data: Path) -> None:
    titles: list[str] = []
    for number, pause in enumerate((0.0, 0.01, 0.04)):
        with running(data) as (process, url):
            one = browser(url)
            signal_id = signals(one)[0]["signal_id"]
            sent = form(one.page(f"/signals/{signal_id}"), "/rename")
            answered: list[int] = []
            posting = threading.Thread(target=_post, args=(one, sent, f"Title {number}", answered))
            posting.start()
            posting.join(pause)
            process.send_signal(signal.SIGKILL)
            posting.join()
        given, found = answers(data, ["commands"], ["signal", signal_id])
        applied = f"Title {number}" in [row["new_title"] for row in given]
        told = [event["title"] for event in found["events"] if event["kind"] == "renamed"]
        assert (found["title"] == f"Title {number}") is applied
        assert (f"Title {number}" in told) is applied
        assert applied or not answered, "it was answered, and is not committed"
        if applied:
            titles.append(f"Title {number}")
        assert told == titles
    with running(data) as (_, url):  # sent again, it is applied once, whatever became of it before
        one.origin = url
        assert one.send(sent, title="Title 2").status_code == 303
        given = one.client.get(f"{url}/commands.json").json()["commands"]
        assert [row["new_title"] for row in given].count("Title 2") == 1
