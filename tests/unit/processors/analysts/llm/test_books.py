"""The books: one SQLite file for several processes, threads and lives."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from processors.analysts.llm.books import Books
from schemas.errors import BadSetting, Retryable
from tests.unit.processors.analysts.llm.asking import NOON


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "llm.db")


def test_everything_is_there_after_opening_again(path: str) -> None:
    books = Books(path)
    books.keep("k", "m", "extract/1", '{"a": "é"}')
    books.keep_vectors("e", {"v": b"\0\1"})
    books.share("s", "first")
    books.share("s", "second")
    books.record_answer("q", "yes")
    books.record_answer("q", "no")
    books.close()
    again = Books(path)
    assert again.cached("k") == '{"a": "é"}'
    assert again.vectors(["v", "w"]) == {"v": b"\0\1"}
    assert (again.shared("s"), again.answer("q")) == ("first", "yes")
    assert (again.cached("x"), again.shared("x"), again.answer("x"), again.state("x")) == (None,) * 4


def test_many_processes_may_begin_at_once_and_none_loses_a_count(path: str) -> None:
    code = (
        "import sys; from processors.analysts.llm.books import Books\n"
        "books = Books(sys.argv[1])\n"
        "for _ in range(50): books.change('n', lambda one: {'n': (one or {'n': 0})['n'] + 1})\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, path]) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert Books(path).state("n") == {"n": 200}


def test_threads_may_share_one_object(path: str) -> None:
    books = Books(path)

    def count() -> None:
        for _ in range(50):
            books.change("n", lambda one: {"n": (one or {"n": 0})["n"] + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert books.state("n") == {"n": 200}


def test_a_killed_process_leaves_what_it_committed(path: str) -> None:
    code = (
        "import sys, os, signal; from processors.analysts.llm.books import Books\n"
        "books = Books(sys.argv[1]); books.keep('k', 'm', 'p', 'kept')\n"
        "with books.writing() as db:\n"
        "    db.execute(\"INSERT INTO shared VALUES ('half', '', 0)\")\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, path], check=False)
    books = Books(path)
    assert (books.cached("k"), books.shared("half")) == ("kept", None)


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, and long enough to be seen as none" * 50)


def _damaged(path: Path) -> None:
    books = Books(str(path))
    for number in range(500):
        books.keep(f"{number}", "m", "p", "x" * 500)
    books.close()
    whole = bytearray(path.read_bytes())
    whole[8192:40_000] = b"\xff" * (40_000 - 8192)
    path.write_bytes(whole)


def _newer(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()


@pytest.mark.parametrize("spoil", [_garbage, _damaged, _newer, Path.mkdir])
def test_a_file_that_cannot_be_used_names_its_setting(path: str, spoil: object) -> None:
    spoil(Path(path))  # type: ignore[operator]
    with pytest.raises(BadSetting, match=r"^llm\.books: .*llm\.db cannot be used"):
        Books(path)


def test_a_folder_that_is_not_there_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"^llm\.books: "):
        Books(str(tmp_path / "none" / "llm.db"))


def test_a_full_disk_is_no_crash_and_the_half_written_is_undone(path: str) -> None:
    books = Books(path)
    books.keep("k", "m", "p", "kept")
    with books.reading() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Retryable, match=r"^llm\.books: .*full"):
        books.keep("big", "m", "p", "x" * 1_000_000)
    assert (books.cached("k"), books.cached("big")) == ("kept", None)
    with books.reading() as db:
        db.execute("PRAGMA max_page_count = 100000")
    books.keep("big", "m", "p", "fits")
    assert books.cached("big") == "fits"


def test_closed_books_can_be_asked_again_later(path: str) -> None:
    books = Books(path)
    books.close()
    with pytest.raises(Retryable):
        books.cached("k")


def test_the_cutoff_ends_by_itself(path: str) -> None:
    books, until = Books(path), NOON + timedelta(hours=1)
    assert books.cutoff(NOON) is None
    books.read_back_to(NOON - timedelta(days=3), until)
    assert Books(path).cutoff(NOON) == (NOON - timedelta(days=3), until)
    assert books.cutoff(until) is None
    books.read_back_to(None, until)
    assert books.cutoff(NOON) is None


def test_slots_come_one_after_the_other_for_all(path: str) -> None:
    one, other = Books(path), Books(path)
    waits = [books.slot(60, 1000.0) for books in (one, other, one)]
    assert waits == [0.0, 1.0, 2.0]
    assert one.slot(60, 1002.5) == 0.5
    assert one.slot(60, 5000.0) == 0.0
    assert one.slot(60, 10.0) == 0.0  # the clock was set back
