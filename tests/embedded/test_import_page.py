"""`bellwether import-page` on the whole pipe: before and after the articles, twice, replayed, through the door."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.demo.newsroom import Newsroom
from schemas.stated import StatedSignal, StatedSource
from tests.embedded.commands import BELLWETHER, Running, answers, asked, several, wait_for
from tests.saved_pages import LOCALE, ZONE, as_html, as_text, stated

FOUND = "nine tenths of the neodymium in each scrapped turbine"
ARTICLES = [
    {
        "id": "plant",
        "title": "A plant that lives on scrap", "publisher": "Brno Post", "published": "2026-03-10T08:00:00Z",
        "text": "Ostrava Bay opened a second furnace on Monday, the operator said, and hired forty workers.\n\n"
        "The works at Ostrava Bay now recover nine tenths of the neodymium in each scrapped turbine.\n\n"
        "A crane is to be delivered in the summer, officials of the harbour said.",
    },
    {
        "id": "prices",
        "title": "Scrap sets the price", "publisher": "Metal Week", "published": "2026-03-10T09:00:00Z",
        "text": "Ores were quoted lower in Rotterdam on Tuesday.\n\n"
        "Nobody in the hall spoke of anything else, dealers said.",
    },
    {
        "id": "fair",
        "title": "A fair in Brno draws crowds", "publisher": "Brno Post", "published": "2026-03-10T10:00:00Z",
        "text": "The spring fair in Brno drew forty thousand visitors over the weekend, the organisers said.",
    },
]  # fmt: skip
OPTIONS = ["--locale", LOCALE, "--zone", ZONE]


def archive(folder: Path) -> str:
    path = folder / "archive.jsonl"
    path.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES), "utf-8")
    return str(path)


def saved(folder: Path, name: str, page: StatedSignal) -> str:
    path = folder / name
    path.write_text(as_html(page) if name.endswith("html") else as_text(page), "utf-8")
    return str(path)


def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return what evidence says, whatever the revision it was read in."""
    names = ("external_id", "quote", "anchor", "stance", "reasoning", "reasoning_origin", "kind", "micro", "analyst")
    return sorted(tuple(row[name] for name in names) for row in rows)


def test_before_and_after_the_articles_twice_and_replayed(tmp_path: Path) -> None:
    text, html = saved(tmp_path, "kestrel.txt", stated()), saved(tmp_path, "kestrel.html", stated())
    lines, key = archive(tmp_path), stated().import_id
    before, after = tmp_path / "before", tmp_path / "after"

    (first,), empty, _, early, evidence, outcomes = answers(
        before, ["import-page", text, *OPTIONS], ["imported", key], ["ingest", lines], ["imported", key],
        ["export", "evidence"], ["export", "outcomes"],
    )  # fmt: skip
    assert (first["kept"], first["read_again"], first["sources"]["reasoned"]) == ("new", 0, 1)
    assert empty["quotes"] == {"all": 3, "verified": 0, "reading": 0, "withdrawn": 0, "rejected": 0, "unverified": 3}
    assert early["quotes"] == {"all": 3, "verified": 1, "reading": 0, "withdrawn": 0, "rejected": 1, "unverified": 1}
    assert len(outcomes) == len({row["article_id"] for row in outcomes}) == len(ARTICLES)
    (made,) = [row for row in evidence if FOUND in row["quote"] and row["external_id"] == "plant"]
    assert made["analyst"] == "import-page", "the analyst takes another sentence of this article"
    (moved,) = early["signals"]
    assert moved["signal_id"] == made["signal_id"]

    _, (second,), late, late_evidence, late_outcomes, status = answers(
        after, ["ingest", lines], ["import-page", html, *OPTIONS], ["imported", key], ["export", "evidence"],
        ["export", "outcomes"], ["status"],
    )  # fmt: skip
    assert (second["kept"], second["read_again"]) == ("new", 2)
    assert late["quotes"] == early["quotes"]
    assert told(late_evidence) == told(evidence)
    assert {row["external_id"]: row["revision"] for row in late_outcomes} == {"plant": 1, "prices": 1, "fair": 0}
    assert status["without_outcome"] == 0

    days = ["--from", "2026-03-10", "--to", "2026-03-10", "--name", "again"]
    (third,), again, replayed, shadow = answers(
        after, ["import-page", text, *OPTIONS], ["status"], ["replay", *days],
        ["export", "evidence", "--generation", "again"],
    )  # fmt: skip
    assert (third["kept"], third["read_again"]) == ("unchanged", 0)
    assert (again["last_commit"], again["articles"]) == (status["last_commit"], status["articles"])
    assert replayed["evidence"] == status["evidence"]
    assert told(shadow) == told(evidence)


def test_a_changed_page_replaces_the_former_and_its_quotes_go_with_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    page = saved(tmp_path, "kestrel.txt", stated())
    answers(data, ["ingest", archive(tmp_path)], ["import-page", page, *OPTIONS])
    fewer = stated(strength=7.5, sources=tuple(source for source in stated().sources if source.state == "none"))
    (result,), pages, evidence = answers(
        data, ["import-page", saved(tmp_path, "kestrel.txt", fewer), *OPTIONS], ["imported"], ["export", "evidence"]
    )
    assert (result["kept"], result["read_again"]) == ("replaced", 2)
    assert [(row["stated"]["strength"], row["quotes"]["all"]) for row in pages] == [(7.5, 0)]
    assert "import-page" not in {row["analyst"] for row in evidence}


def test_killed_between_keeping_a_page_and_reading_its_articles_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    answers(data, ["ingest", archive(tmp_path)])
    program = (
        "import os, sys\n"
        "from datetime import UTC, datetime\n"
        "from infra.host import opened_store\n"
        "from infra.settings import load\n"
        "from sinks.clickhouse.stated import StatedPages\n"
        "from tests.saved_pages import stated\n"
        "with opened_store(load({'data': sys.argv[1]})) as (_, store):\n"
        "    StatedPages(store).save(stated(), 'page.txt', datetime.now(UTC))\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(data)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (tmp_path / "none.jsonl").write_text("", "utf-8")
    before, _, after, status = answers(
        data, ["imported"], ["ingest", str(tmp_path / "none.jsonl")], ["imported"], ["status"]
    )
    assert (before[0]["quotes"]["verified"], after[0]["quotes"]["verified"]) == (0, 1)
    assert status["without_outcome"] == 0


def test_files_that_are_no_pages_and_folders_of_them(tmp_path: Path) -> None:
    folder, data = tmp_path / "pages", tmp_path / "data"
    folder.mkdir()
    saved(folder, "a.txt", stated())
    saved(folder, "b.html", stated(title="Another one"))
    (folder / "c.txt").write_bytes(b"\xff\xfe\x00 garbage \x00")
    (folder / "d.txt").write_text("Dear diary", "utf-8")
    (tmp_path / "swapped.txt").write_text(
        as_text(stated(first_day=date(2026, 2, 3), sources=(), legacy=(), stated_legacy=None)), "utf-8"
    )
    late = saved(tmp_path, "late.txt", stated(last_reinforced=date(2999, 3, 13)))
    dry, swapped, early, mixed, listed, missing, locale, shown, unknown = several(
        ["import-page", str(folder / "a.txt"), "--dry-run", *OPTIONS],
        ["import-page", str(tmp_path / "swapped.txt"), "--dry-run"],
        ["import-page", late, "--dry-run", *OPTIONS],
        ["import-page", str(folder), *OPTIONS],
        ["imported"],
        ["import-page", str(folder / "none.txt")],
        ["import-page", str(folder / "a.txt"), "--locale", "de-DE"],
        ["imported", stated().import_id],
        ["imported", "im-none"],
        data=data,
    )
    assert (dry.returncode, "not kept (dry run)" in dry.stdout) == (0, True)
    assert "could be two days each; read as in en-GB: name --locale" in swapped.stdout
    assert "line 8: last reinforced, 2999-03-13, lies in the future" in " ".join(early.stdout.split())
    assert mixed.returncode == 2
    assert "4 files: 2 new, 2 not imported" in mixed.stdout
    assert f"{folder / 'd.txt'}: is no page of a signal" in mixed.stderr
    assert f"{folder / 'c.txt'}: " in mixed.stderr
    assert stated().import_id in listed.stdout
    assert "Another one" in listed.stdout
    assert (missing.returncode, "none.txt: cannot be read" in missing.stderr) == (2, True)
    assert (locale.returncode, "line 8: '2/27/2026' is no day" in locale.stderr) == (2, True)
    lines = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    wanted = [" ".join(line.split()) for line in as_text(stated()).splitlines() if line.strip()]
    assert {line for line in wanted if "[2026-03-01]" not in line} <= set(lines)
    assert "0 of 3 quotes verified" in shown.stdout
    assert (unknown.returncode, "im-none" in unknown.stderr) == (2, True)


def test_through_the_door_of_a_running_process(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    now = datetime.now(UTC)
    with Newsroom((now - timedelta(days=6)).date()) as room:
        room.set_now(now)
        feeds = [part for url in room.feed_urls().values() for part in ("--feeds", url)]
        command = [BELLWETHER, "run", "--data", str(folder), "--allow-host", "127.0.0.1", "--port", "0", *feeds]
        environment = {**os.environ, "BELLWETHER_FEEDS__PER_HOST_DELAY": "0", "BELLWETHER_FEEDS__BACKLOG_DAYS": "60"}
        running = Running(folder)

        def looked() -> Any:
            return asked("imported", stated().import_id, "--data", str(folder))

        def settled() -> bool:
            status = running.status()
            return status is not None and status["articles"] > 5 and status["without_outcome"] == 0

        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            try:
                wait_for("every article having its outcome", settled)
                (rows,) = answers(folder, ["export", "articles"])
                article = max(rows, key=lambda row: len(row["text"]))
                quote = " ".join(article["text"].split("\n\n")[-1].split()[:12])
                source = StatedSource(article["title"], "quote", quote, quote.split()[0])
                page = saved(tmp_path, "page.txt", stated(sources=(source,), articles=1, stated_sources=1))
                (taken,) = asked("import-page", page, *OPTIONS, "--data", str(folder))
                assert (taken["kept"], taken["read_again"] >= 1) == ("new", True)
                wait_for("the quote being found", lambda: looked()["quotes"]["reading"] == 0)
                assert looked()["quotes"]["verified"] == 1
            finally:
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
    (after,) = asked("imported", "--data", str(folder))
    assert after["quotes"]["verified"] == 1
