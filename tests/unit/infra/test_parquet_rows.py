"""Parquet by chDB's reader, in a process of its own."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from infra.parquet_rows import missing, parquet_rows
from producers.draft import Draft
from producers.lines import read_line
from schemas.errors import BadInput
from tests.unit.producers.fakes import NOW

AT = datetime(2024, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(raw) for raw in parquet_rows(path)]


def test_rows_come_in_order_with_the_columns_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a{1,2}*?'.parquet"  # what the reader would take for patterns
    columns = {
        "id": pa.array([2**60, 2, None]), "title": ["Zürich 東京", None, 'a "b"'], "text": ["x\ny", "", "z"],
        "published": pa.array([AT, AT, None], pa.timestamp("us", "Europe/Berlin")), "score": [0.5, 1.0, 2.0],
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)
    first, second, third = read(path)
    assert first == {"id": 2**60, "title": "Zürich 東京", "text": "x\ny", "published": "2024-03-01T12:30:15.250000Z"}
    assert (second["title"], third["id"], third["published"]) == (None, None, None)


@pytest.mark.parametrize(
    ("published", "seconds"),
    [
        (pa.array([AT.replace(tzinfo=None)], pa.timestamp("ms")), 15.25),
        (pa.array([date(2024, 3, 1)]), None),
        (pa.array([int(AT.timestamp())]), 15.0),
        (pa.array(["2024-03-01T13:30:15+01:00"]), 15.0),
    ],
)
def test_every_form_of_a_date_is_the_lines_reader_s(tmp_path: Path, published: Any, seconds: float | None) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": ["a"], "title": ["T"], "published": published}), path)
    (raw,) = parquet_rows(path)
    draft = read_line(raw, 1, NOW, lambda url, publisher: "f", lambda text, said: "en")
    assert isinstance(draft, Draft)
    expected = AT.replace(microsecond=0) if seconds == 15.0 else AT
    assert draft.published_at == (datetime(2024, 3, 1, tzinfo=UTC) if seconds is None else expected)


def test_many_rows_come_without_holding_them(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    ids = [f"n{n}" for n in range(30_000)]
    pq.write_table(pa.table({"id": ids, "title": ids, "published": [AT] * len(ids)}), path, row_group_size=5_000)
    assert [row["id"] for row in read(path)] == ids
    some = parquet_rows(path)
    next(some)
    some.close()  # type: ignore[attr-defined]  # whoever wants no more ends the child


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"headline": ["T"], "date": [AT], "url": ["https://a.example"]}), path)
    with pytest.raises(BadInput, match="published and title or text is missing; the columns are headline, date, url"):
        read(path)
    assert missing({"published": "String", "text": "String"}).startswith("the column url or id is missing")


@pytest.mark.parametrize("body", [b"", b"PAR1", b"PAR1" + b"\xff" * 4_000 + b"PAR1"])
def test_what_is_no_parquet_is_told(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(body)
    with pytest.raises(BadInput, match="Parquet"):
        read(tmp_path / "a.parquet")


def test_a_file_that_was_cut_is_told(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "title": ["T"], "published": [AT]}), tmp_path / "whole.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "whole.parquet").read_bytes()[:-30])
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "cut.parquet")
