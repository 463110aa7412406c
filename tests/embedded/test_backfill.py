"""`bellwether backfill` on real folders: late, killed, through the door, in any order of the sources."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.embedded.commands import BELLWETHER, Running, answers, asked, bellwether, exported, wait_for
from tests.embedded.killing import KINDS
from tests.embedded.test_commands import FEEDS
from tests.embedded.test_replay import news

COUNT = 120


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def sums(data: Path) -> Counter[tuple[str, str, str]]:
    """Return the micro of all signals together by family, stance and UTC day."""
    (found,) = answers(data, ["export", "evidence"])
    total: Counter[tuple[str, str, str]] = Counter()
    for row in found:
        if row["status"] == "accepted":
            total[row["family"], row["stance"], row["published_at"][:10]] += row["micro"]
    return total


def content(data: Path) -> list[Any]:
    """Return every export without what names a moment of the wall clock."""
    gone = {"committed_at", "fetched_at", "proposed_at"}
    found = answers(data, *(["export", kind] for kind in KINDS))
    return [[{key: row[key] for key in row.keys() - gone} for row in some] for some in found]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `all.jsonl` in order of time, a folder `on_time` that had it, and one `late`: every second article
    when it came, the others by a backfill."""
    folder = tmp_path_factory.mktemp("archive")
    news(folder / "all.jsonl", COUNT)
    rows = rows_of(folder / "all.jsonl")
    bellwether("ingest", str(folder / "all.jsonl"), "--data", str(folder / "on_time"))
    bellwether("ingest", write(folder / "half.jsonl", rows[1::2]), "--data", str(folder / "late"))
    rest = rows[0::2]
    write(folder / "rest1.jsonl", rest[1::2][::-1])
    (folder / "rest2.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in rest[0::4]).encode()))
    columns = {key: [row[key] for row in rest[2::4]] for key in rest[0]}
    columns["published"] = [datetime.fromisoformat(one) for one in columns["published"]]
    pq.write_table(pa.table(columns), folder / "rest3.parquet")
    return folder


def test_late_evidence_has_the_sums_of_on_time_arrival(archive: Path) -> None:
    data = archive / "late"
    before = asked("status", "--data", str(data))
    sources = [str(archive / name) for name in ("rest3.parquet", "rest1.jsonl", "rest2.jsonl.gz")]
    dry = asked("backfill", *sources, "--data", str(data), "--dry-run")
    assert (dry["found"]["articles"], dry["found"]["stored"]) == (COUNT // 2, 0)
    assert [one["kind"] for one in dry["sources"]] == ["parquet", "lines", "lines"]
    assert asked("status", "--data", str(data))["articles"] == before["articles"], "nothing was admitted"

    report = asked("backfill", *sources, "--data", str(data))
    assert report["admitted"] == COUNT // 2
    assert sums(data) == sums(archive / "on_time")
    (events,) = answers(data, ["export", "signal-events"])
    last = max(row["published_at"] for row in exported("articles", data))
    assert max(row["at"] for row in events) <= last
    late = [row for row in events if row["article_id"] and row["kind"] in ("opened", "reinforced")]
    clock: dict[str, str] = {}
    for row in sorted(late, key=lambda row: (row["signal_id"], row["seq"])):
        assert clock.get(row["signal_id"], "") <= row["at"], "the clock never goes back"
        clock[row["signal_id"]] = row["at"]

    again = asked("backfill", *sources, "--data", str(data))
    assert (again["admitted"], again["unchanged"], again["found"]["stored"]) == (0, COUNT // 2, COUNT // 2)


def test_the_order_of_the_sources_is_nothing(archive: Path, tmp_path: Path) -> None:
    names = ("rest1.jsonl", "rest2.jsonl.gz", "rest3.parquet")
    for folder, sources in (("one", names), ("other", names[::-1])):
        bellwether("backfill", *(str(archive / name) for name in sources), "--data", str(tmp_path / folder))
    assert content(tmp_path / "one") == content(tmp_path / "other")


def test_a_killed_backfill_goes_on_and_ends_the_same(archive: Path, tmp_path: Path) -> None:
    rows = rows_of(archive / "all.jsonl")
    source = write(tmp_path / "mixed.jsonl", rows[::-1])
    data = tmp_path / "killed"
    command = [BELLWETHER, "backfill", source, "--data", str(data)]
    running = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status = Running(data)
    wait_for("some commits", lambda: bool((status.status() or {}).get("articles")))
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    bellwether(*command[1:])
    assert content(data) == content(archive / "on_time"), "equal to the file read in order of time"


def test_through_the_door_of_a_running_process(archive: Path, tmp_path: Path) -> None:
    data = tmp_path / "running"
    process = subprocess.Popen(
        [BELLWETHER, "run", "--data", str(data), "--port", "0", *FEEDS],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        status = Running(data)
        wait_for("the door", lambda: status.status() is not None)
        half = bellwether("backfill", str(archive / "rest1.jsonl"), "--data", str(data), check=False)
        assert half.returncode == 0, half.stderr
        report = asked("backfill", str(archive / "all.jsonl"), "--data", str(data))
        assert report["admitted"] + report["unchanged"] == COUNT
        assert report["unchanged"] == COUNT // 4
        assert report["outcomes"]
    finally:
        process.terminate()
        process.wait(60)
    assert sums(data) == sums(archive / "on_time")


def test_late_strength_lies_on_its_day_in_sql(archive: Path, tmp_path: Path) -> None:
    """A signal whose second voice came late shows it on the curve of its page at that day, and wakes nothing."""
    first = datetime(2025, 1, 10, 12, tzinfo=UTC)

    def row(name: str, at: datetime, publisher: str) -> dict[str, Any]:
        text = f"Gallium licences: exporters and foundries wait for the quota of chips. {name} said so."
        title = "Gallium licences: exporters and foundries wait"
        return {"id": name, "published": at.isoformat(), "title": title, "text": text, "publisher": publisher}

    data, late = tmp_path / "data", tmp_path / "late"
    early, second = row("Ann", first, "A"), row("Bo", first + timedelta(days=5), "B")
    far = [row("Cy", first + timedelta(days=120 + n), "C") for n in (0, 1)]
    for one, words in zip(far, ("Coffee frost", "Harbour strike"), strict=True):
        one |= {"title": words, "text": f"{words} in the ports of the south, growers and pilots said."}
    bellwether("ingest", write(tmp_path / "a.jsonl", [early, second, *far]), "--data", str(data))
    bellwether("ingest", write(tmp_path / "b.jsonl", [early, *far]), "--data", str(late))
    bellwether("backfill", write(tmp_path / "c.jsonl", [second]), "--data", str(late))
    found = []
    for folder in (data, late):
        signals, events = answers(folder, ["signals", "--all"], ["export", "signal-events"])
        (mine,) = [one for one in signals if "allium" in one["scope"]]
        (whole,) = answers(folder, ["signal", mine["signal_id"]])
        found.append((mine, whole, [one["kind"] for one in events if one["signal_id"] == mine["signal_id"]]))
    (here, one, _), (there, other, kinds) = found
    assert one["curve"] == other["curve"], "on each of its days, as if it had come in time"
    assert max(point["strength"] for point in other["curve"]) > 1.0
    assert (one["families"], one["opened_at"]) == (other["families"], other["opened_at"])
    assert (here["state"], here["strength"], here["opened_at"]) == (
        there["state"],
        there["strength"],
        there["opened_at"],
    )
    assert here["last_reinforced"] == there["last_reinforced"]
    assert there["state"] == "dormant"
    assert "revived" not in kinds
    assert kinds[-1] == "dormant"
