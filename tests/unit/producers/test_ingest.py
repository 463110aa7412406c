from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from producers.ingest import IngestReport, ingest
from producers.settings import ProducerSettings
from schemas.errors import Backpressure, BadInput, Retryable
from tests.unit.producers.fakes import FakeClock, FakeIntake, english, store_fails
from tests.unit.producers.test_copies import WIRE

SETTINGS = ProducerSettings(ingest_batch=7)


def line(number: int, **fields: Any) -> bytes:
    hour = f"{number // 60:02d}:{number % 60:02d}"
    made = {"id": f"n{number}", "title": f"Report {number}", "published": f"2026-05-01T{hour}:00Z", **fields}
    return json.dumps(made).encode() + b"\n"


def file_of(count: int = 60) -> bytes:
    """Plain lines with syndicated copies, a repeated line, and a revised article among them."""
    lines = [line(n, text=f"{WIRE} Bulletin {n}." if n % 9 == 4 else f"Report {n} says this.") for n in range(count)]
    lines.insert(20, line(3, text="Report 3 says this."))
    lines.insert(33, line(8, text="Report 8 says something else now."))
    lines.insert(34, line(8, text="Report 8 says a third thing."))
    return b"".join(lines)


def run(data: bytes, intake: FakeIntake, **changes: Any) -> IngestReport:
    return ingest(
        io.BytesIO(data),
        intake,
        FakeClock(),
        replace(SETTINGS, **changes),
        detector=english,
        pause=lambda _: None,
    )


def test_file_order_and_counts() -> None:
    intake = FakeIntake()
    report = run(file_of(), intake)
    assert (report.lines, report.admitted, report.revisions, report.unchanged) == (63, 62, 2, 1)
    assert [each.ordinal for each in intake.articles] == list(range(1, 63))
    assert all(intake.orders)
    revised = [each for each in intake.articles if each.external_id == "n8"]
    assert [each.revision for each in revised] == [0, 1, 2]
    copies = {each.external_id: each.copy_of for each in intake.articles if each.copy_of}
    original = next(each for each in intake.articles if each.external_id == "n4")
    assert report.copies == len(copies) == 6
    assert set(copies.values()) == {original.article_id}
    assert {each.family for each in intake.articles if each.copy_of} == {original.family}


def test_a_second_run_changes_nothing() -> None:
    intake = FakeIntake()
    run(file_of(), intake)
    before = list(intake.articles)
    report = run(file_of(), intake)
    assert (report.admitted, report.unchanged) == (0, 63)
    assert intake.articles == before


@pytest.mark.parametrize("batches", range(1, 9))
def test_a_killed_run_continued_equals_an_undisturbed_one(batches: int) -> None:
    undisturbed = FakeIntake()
    run(file_of(), undisturbed)
    killed = FakeIntake()

    class Killed(BaseException):
        pass

    def kill(report: IngestReport) -> None:
        if report.lines >= batches * 7:
            raise Killed

    with pytest.raises(Killed):
        ingest(io.BytesIO(file_of()), killed, FakeClock(), SETTINGS, detector=english, progress=kill)
    run(file_of(), killed, ingest_batch=5)
    assert killed.articles == undisturbed.articles


def test_bad_lines_are_reported_and_the_rest_goes_on() -> None:
    intake = FakeIntake()
    data = line(1) + b"\n  \n{broken\n" + line(2) + b'{"title":"x"}\n' + b"x" * 5000 + b"\n" + line(3)
    report = run(data, intake, ingest_line_bytes=1000)
    assert [each.external_id for each in intake.articles] == ["n1", "n2", "n3"]
    assert [error.number for error in report.errors] == [4, 6, 7]
    assert report.refused == 3
    assert "1,000 bytes" in report.errors[2].reason
    assert run(b"{\n" * 500, intake, ingest_error_cap=10).refused == 500
    assert len(run(b"{\n" * 500, intake, ingest_error_cap=10).errors) == 10


def test_a_line_as_long_as_allowed_is_read() -> None:
    intake = FakeIntake()
    exact = line(1).rstrip(b"\n")
    for end in (b"\n", b""):
        assert run(exact + end, intake, ingest_line_bytes=len(exact)).refused == 0


def test_gzip_plain_and_stream(tmp_path: Path) -> None:
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(file_of()))
    plain = tmp_path / "b.jsonl"
    plain.write_bytes(b"\xef\xbb\xbf" + file_of())
    seen: list[IngestReport] = []
    for source in (packed, plain):
        intake = FakeIntake()
        report = ingest(source, intake, FakeClock(), SETTINGS, detector=english, progress=seen.append)
        assert (report.admitted, report.failure, report.fraction) == (62, "", 1.0)
    assert all(each.fraction is not None and 0 <= each.fraction <= 1 for each in seen)
    assert run(gzip.compress(file_of()), FakeIntake()).admitted == 62


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_damaged_gzip_is_told_and_what_came_before_stands(damage: str) -> None:
    packed = gzip.compress(b"".join(line(n, text=f"{n * n * 7919} words") for n in range(20_000)), mtime=0)
    middle = len(packed) // 2
    data = packed[:middle] if damage == "cut" else packed[:middle] + bytes(64) + packed[middle + 64 :]
    intake = FakeIntake()
    report = run(data, intake, ingest_batch=500)
    assert "gzip" in report.failure
    assert "line" in report.failure
    assert 0 < report.admitted == len(intake.articles) < 20_000


def test_nothing_at_all() -> None:
    assert run(b"", FakeIntake()).lines == 0
    with pytest.raises(BadInput, match=r"nowhere\.jsonl"):
        ingest(Path("/nowhere.jsonl"), FakeIntake(), FakeClock(), SETTINGS)


def test_a_full_stream_is_waited_for_and_a_failing_store_tried_again() -> None:
    intake = FakeIntake(failures=[Backpressure("full", after=3.0)] * 20 + [store_fails()] * 3)
    waits: list[float] = []
    report = ingest(io.BytesIO(file_of()), intake, FakeClock(), SETTINGS, detector=english, pause=waits.append)
    undisturbed = FakeIntake()
    run(file_of(), undisturbed)
    assert report.admitted == 62
    assert intake.articles == undisturbed.articles
    assert waits.count(3.0) == 20
    with pytest.raises(Retryable):
        run(file_of(), FakeIntake(failures=[store_fails() for _ in range(100)]))
