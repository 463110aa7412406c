"""A takedown: the words are gone from everywhere, the sums are those without the evidence, a restart says the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from infra.embedded.folder import DataFolder
from processors.analysts.llm.books import Books
from schemas.takedown import TAKEN
from sinks.alerts.book import AlertBook
from tests.builders import alert
from tests.embedded.commands import answers, bellwether, several
from tests.embedded.folder_content import content
from tests.embedded.words import stored

LINES = (
    ("a1", "Meridian Wire", "Gallium exports need a licence from Monday, the ministry said in Beijing",
     "China will require export licences for gallium and germanium from Monday, the commerce ministry said. "
     "Chip makers fear that shipments of gallium wafers stop for weeks because of the export licences."),
    ("a2", "Nordlicht", "Gallium export licences hit European chip makers",
     "European chip makers said export licences for gallium and germanium hold up wafers at Chinese ports. "
     "The commerce ministry has granted no export licences for gallium so far, three firms said."),
    ("a3", "El Faro", "Germanium prices double as gallium export licences bite",
     "Germanium prices doubled in Rotterdam after the export licences for gallium and germanium came into force. "
     "Traders said that chip makers bid for every kilogram of gallium outside China."),
    ("b1", "Meridian Wire", "Dockers at Kotka strike for a third day over automated cranes",
     "Dockers at the port of Kotka walked out for a third day because the operator wants to automate its cranes. "
     "Paper exports wait on the quay, shippers at the port of Kotka said."),
)  # fmt: skip


def archive(path: Path, changed: str = "", only: tuple[str, ...] = ()) -> Path:
    with path.open("w", encoding="utf-8") as out:
        for number, (name, publisher, title, text) in enumerate(LINES):
            line = {
                "id": name, "url": f"https://{publisher.split()[0].lower()}.example/{name}", "publisher": publisher,
                "language": "en", "published": f"2026-04-0{number + 1}T08:00:00Z", "title": title,
                "text": text + (changed if name == "a1" else ""),
            }  # fmt: skip
            if not only or name in only:
                out.write(json.dumps(line) + "\n")
    return path


def runs_of(*names: str) -> list[bytes]:
    """Return stretches of six words that these articles say and no other, as they would lie in a table."""
    ours: set[str] = set()
    others: set[str] = set()
    for name, _, title, text in LINES:
        for sentence in (title, *text.split(". ")):
            words = sentence.strip(".").split()
            (ours if name in names else others).update(" ".join(words[at : at + 6]) for at in range(len(words) - 5))
    return [run.encode() for run in sorted(ours - others)]


REFOLD = """
import sys
from infra.host import opened_desk
from infra.settings import load
from sinks.clickhouse.connect import open_store
store = open_store(f"chdb://{sys.argv[1]}/store")
for table in "projected heads evidence evidence_by_signal signals stories signal_events outcomes".split():
    store.command(f"TRUNCATE TABLE {table}")
store.close()
with opened_desk(load({"data": sys.argv[1]}, environment={})):
    pass
"""


def ids(data: Path) -> dict[str, str]:
    (articles,) = answers(data, ["export", "articles"])
    return {row["external_id"]: row["article_id"] for row in articles}


def test_an_article_is_gone_from_everywhere_and_stays_gone(tmp_path: Path) -> None:
    data, file = tmp_path / "data", archive(tmp_path / "news.jsonl")
    early = archive(tmp_path / "early.jsonl", only=("a1", "a2", "a3"))
    first = several(
        ["ingest", str(early)], ["brief"], ["ingest", str(file)],
        data=data, environment={"BELLWETHER_BRIEF__THRESHOLD": "0"},
    )  # fmt: skip
    assert [each.returncode for each in first] == [0, 0, 0], first
    books = Books(str(data / "llm.sqlite"))
    books.keep("ours", "m", "p", json.dumps({"items": [{"quote": LINES[0][3]}]}))
    books.keep("other", "m", "p", json.dumps({"items": [{"quote": LINES[3][3]}]}))
    books.close()
    alerts = AlertBook(data / "alerts.sqlite")
    alerts.adopt([alert(alert_id="a1", quote=LINES[0][3]), alert(alert_id="b1", quote=LINES[3][3])])
    before, said = stored(data), content(data)
    assert {"articles", "commits", "evidence", "signals", "heads", "signal_events", "briefs", "books"} <= {
        table for table, words in before.items() if any(run in words for run in runs_of("a1"))
    }, "the test must have something to find"
    (had,) = answers(data, ["signals", "--all"])
    name = ids(data)["a1"]

    (dry,) = answers(data, ["takedown", "--article", name, "--dry-run"])
    assert (dry["dry_run"], len(dry["articles"])) == (True, 1)
    assert content(data) == said
    (done,) = answers(
        data, ["takedown", "--article", "https://meridian.example/a1#top", "--by", "Ines", "--reason", "asked to"]
    )
    assert done["evidence"] == dry["evidence"] > 0

    after = stored(data)
    for table, words in after.items():
        assert [run for run in runs_of("a1") if run in words] == [], table
    for table, words in before.items():  # what others say stays
        kept = [run for run in runs_of("a2", "a3", "b1") if run in words]
        assert [run for run in kept if run not in after[table]] == [], table
    evidence, events, signals, status, articles = answers(
        data,
        ["export", "evidence"],
        ["export", "signal-events"],
        ["signals", "--all"],
        ["status"],
        ["export", "articles"],
    )
    assert [row for row in evidence if row["article_id"] == name] == []
    told = [event for event in events if event["kind"] == "evidence-rejected"]
    assert len(told) == done["evidence"]
    assert all("taken down by Ines: asked to" in event["note"] for event in told)
    assert (status["without_outcome"], status["outcomes"]["rejected"]) == (0, 1)
    texts = {row["article_id"]: row["text"] for row in articles}
    for row in evidence:
        if row["article_id"] != name:
            assert texts[row["article_id"]][row["quote_start"] : row["quote_end"]] == row["quote"]
    changed = [row for row in signals if row["signal_id"] in done["signals"]]
    assert all(
        row["strength"] < next(h["strength"] for h in had if h["signal_id"] == row["signal_id"]) for row in changed
    )
    assert [row for row in signals if row["signal_id"] not in done["signals"]] == [
        row for row in had if row["signal_id"] not in done["signals"]
    ]
    # A signal that still stands says what its other evidence says.
    assert all(TAKEN not in row["title"] for row in changed if row["evidence"])

    ran = subprocess.run([sys.executable, "-c", REFOLD, str(data)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    (refolded,) = answers(data, ["signals", "--all"])
    assert refolded == signals

    # The same article, as it was and changed, is not read again; others are, and again only by their own words.
    again = archive(tmp_path / "again.jsonl", changed=" It is read again.", only=("a1",))
    reports = answers(data, ["ingest", str(file)], ["ingest", str(again)])
    assert [report["admitted"] for report in reports] == [0, 0]
    (repeated,) = answers(data, ["takedown", "--article", name])
    assert repeated["evidence"] == 0
    assert [run for run in runs_of("a1") for words in stored(data).values() if run in words] == []
    quotes = {row["alert_id"]: row["quote"] for row in alerts.listed()}
    assert (quotes["a1"] != LINES[0][3], quotes["b1"]) == (True, LINES[3][3])
    alerts.close()
    books = Books(str(data / "llm.sqlite"))
    assert (books.cached("ours"), books.cached("other") is not None) == (None, True)
    books.close()


def test_a_publisher_is_gone_and_barred(tmp_path: Path) -> None:
    data, file = tmp_path / "data", archive(tmp_path / "news.jsonl")
    several(["ingest", str(file)], data=data)
    (done,) = answers(data, ["takedown", "--publisher", "meridian wire", "--by", "Ines"])
    assert sorted(article["article_id"] for article in done["articles"]) == sorted(
        found for name, found in ids(data).items() if name in ("a1", "b1")
    )
    for table, words in stored(data).items():
        assert [run for run in runs_of("a1", "b1") if run in words] == [], table
    fresh = tmp_path / "fresh.jsonl"
    fresh.write_text(json.dumps({
        "id": "c1", "url": "https://meridian.example/c1", "publisher": "Meridian Wire", "language": "en",
        "published": "2026-04-09T08:00:00Z", "title": "A mast fell in Turku", "text": "A mast fell in Turku on Monday.",
    }) + "\n", "utf-8")  # fmt: skip
    (report,) = answers(data, ["ingest", str(fresh)])
    assert report["admitted"] == 0


def test_what_is_not_taken_down(tmp_path: Path) -> None:
    data = tmp_path / "data"
    several(["ingest", str(archive(tmp_path / "news.jsonl"))], data=data)
    before = content(data)
    for words, told in (
        (["--article", "nothing"], "is not stored"),
        (["--publisher", "Nobody"], "no stored article"),
        ([], "either --article or --publisher"),
        (["--article", "x", "--publisher", "y"], "either --article or --publisher"),
    ):
        done = bellwether("takedown", *words, "--data", str(data), check=False)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    folder = DataFolder(data)
    folder.hold()
    try:
        done = bellwether("takedown", "--article", "x", "--data", str(data), check=False)
        assert (done.returncode, "stop it first" in done.stderr) == (1, True)
    finally:
        folder.release()
    assert content(data) == before
