"""A backup is the folder as of one moment: restored elsewhere it says the same and goes on the same."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from infra.door import Door
from infra.embedded.folder import DataFolder
from processors.analysts.llm.books import Books
from sinks.alerts.book import AlertBook
from tests.builders import alert
from tests.embedded.commands import BELLWETHER, Running, answers, bellwether, several, wait_for
from tests.embedded.folder_content import content
from tests.embedded.killing import KINDS, articles, digest, faults, look


def test_a_restored_folder_says_the_same_and_goes_on_the_same(tmp_path: Path) -> None:
    first, both = tmp_path / "first.jsonl", tmp_path / "both.jsonl"
    articles(both, 260)
    first.write_text("".join(both.read_text("utf-8").splitlines(keepends=True)[:160]), "utf-8")
    data, other, packed = tmp_path / "data", tmp_path / "other", tmp_path / "kept" / "backup.tar"
    several(["ingest", str(first)], data=data)
    (signals,) = answers(data, ["signals", "--all"])
    done = several(["pin", signals[0]["signal_id"], "--by", "Ines"], ["brief"], data=data)
    assert [each.returncode for each in done] == [0, 0], done
    books = Books(str(data / "llm.sqlite"))
    books.keep("k", "m", "p", "an answer that was paid for")
    alerts = AlertBook(data / "alerts.sqlite")
    alerts.adopt([alert()])
    said = content(data, fill=True)
    assert all(said[table][0] for table in (
        "articles", "commits", "evidence", "signals", "commands", "briefs", "alerts", "deliveries", "feeds",
    ))  # fmt: skip
    made, again = several(["backup", str(packed)], ["backup", str(packed)], data=data)
    books.close()
    told = alerts.listed()
    alerts.close()
    assert made.returncode == 0, made.stderr
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    assert packed.stat().st_mode & 0o077 == 0

    bellwether("restore", str(packed), "--data", str(other))
    alerts = AlertBook(other / "alerts.sqlite")
    assert alerts.listed() == told != []
    alerts.close()
    assert content(other) == said
    restored = Books(str(other / "llm.sqlite"))
    assert restored.cached("k") == "an answer that was paid for"
    restored.close()
    for folder in (data, other):
        several(["ingest", str(both)], data=folder)
    expected, found = look(data), look(other)
    assert faults(found, 260) == []
    for kind, key in KINDS.items():
        assert digest(found[kind], key) == digest(expected[kind], key), kind


def test_a_backup_of_a_working_process(tmp_path: Path) -> None:
    file, data, kept = tmp_path / "news.jsonl", tmp_path / "data", tmp_path / "kept"
    articles(file, 900)
    with subprocess.Popen([BELLWETHER, "ingest", str(file), "--data", str(data)], stderr=subprocess.DEVNULL) as process:
        running = Running(data)

        def well_under_way() -> bool:
            status = running.status()
            return status is not None and sum(status["outcomes"].values()) > 150

        try:
            wait_for("150 outcomes", well_under_way)
            announced = DataFolder(data).door()
            assert announced is not None
            Door(announced).ask("backup", {"target": str(kept)})
            assert process.poll() is None, "the ingest was over before the backup was made"
        finally:
            process.wait(240)
    assert process.returncode == 0
    other = tmp_path / "other"
    bellwether("restore", str(kept), "--data", str(other))
    (status,) = answers(other, ["status"])
    assert 150 < sum(status["outcomes"].values()) < 900
    bellwether("ingest", str(file), "--data", str(other))
    expected, found = look(data), look(other)
    assert faults(found, 900) == []
    for kind, key in KINDS.items():
        assert digest(found[kind], key) == digest(expected[kind], key), kind


def test_what_may_not_be_restored(tmp_path: Path) -> None:
    file, data, kept = tmp_path / "news.jsonl", tmp_path / "data", tmp_path / "kept"
    articles(file, 40)
    several(["ingest", str(file)], ["backup", str(kept)], data=data)
    said = content(data)

    refused, forced = several(["restore", str(kept)], ["restore", str(kept), "--force"], data=data)
    assert (refused.returncode, "--force" in refused.stderr) == (2, True)
    assert forced.returncode == 0, forced.stderr
    assert content(data) == said
    (aside,) = data.glob("store.before-*")
    assert str(aside) in forced.stdout

    for damage, told in (
        (lambda folder: (folder / "tables" / "commits.native.gz").write_bytes(b"x"), "missing or damaged"),
        (lambda folder: (folder / "manifest.json").unlink(), "no whole backup"),
        (lambda folder: _replace(folder, '"format": 1', '"format": 2'), "format 2"),
        (lambda folder: _replace(folder, "0003_projections.sql", "0003_other.sql"), "does not know"),
    ):
        damaged, other = tmp_path / "damaged", tmp_path / "other"
        shutil.copytree(kept, damaged)
        damage(damaged)
        done = bellwether("restore", str(damaged), "--data", str(other), check=False)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
        assert not (other / "store").exists()
        shutil.rmtree(damaged)


def test_a_restore_that_was_interrupted_is_not_worked_with(tmp_path: Path) -> None:
    file, data, kept, other = (tmp_path / name for name in ("news.jsonl", "data", "kept", "other"))
    articles(file, 40)
    several(["ingest", str(file)], ["backup", str(kept)], data=data)
    folder = DataFolder(other)
    folder.hold()
    folder.begin_restore()
    folder.release()
    (other / "store").mkdir()
    told, again = several(["status"], ["restore", str(kept)], data=other)
    assert (told.returncode, "has not come to its end" in told.stderr) == (2, True)
    assert again.returncode == 0, again.stderr
    assert content(other) == content(data)


def _replace(folder: Path, old: str, new: str) -> None:
    text = (folder / "manifest.json").read_text("utf-8")
    assert old in text
    (folder / "manifest.json").write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_what_is_no_backup(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    done = bellwether("restore", str(tmp_path / name), "--data", str(tmp_path / "data"), check=False)
    assert done.returncode == 2
    assert str(tmp_path / name) in done.stderr
