"""Labelled streams: the pipeline gets everything but the answer."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.labelled import find, read, write_for_ingest
from tests.bench.piped import read_outcomes

ROWS: list[dict[str, Any]] = [
    {"id": "n1", "ts": "2014-03-10T17:54:29Z", "title": "Port shut by strike", "text": "", "source": "Courier",
     "url": "http://courier.example/SECRET", "category": "SECRET", "label": "SECRET-1", "orig_ts_ms": 1},
    {"id": "n2", "ts": "2014-03-11T06:00:00Z", "title": "", "text": "The strike goes on.", "source": "",
     "category": "SECRET", "label": "SECRET-1", "label_name": "SECRET", "root": "SECRET"},
    {"id": "n3", "ts": "2014-03-11T06:00:01Z", "title": "Rain", "text": "", "source": "Post", "label": "SECRET-2"},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with gzip.open(tmp_path / "toy_one.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in ROWS)
    return tmp_path


def test_no_label_reaches_the_pipeline(folder: Path) -> None:
    stream = read(find(folder, "toy_one"))
    write_for_ingest(stream.documents, folder / "stripped.jsonl")
    written = (folder / "stripped.jsonl").read_text("utf-8")
    assert "SECRET" not in written
    assert [set(json.loads(line)) for line in written.splitlines()] == [
        {"id", "published", "title", "text", "publisher"}
    ] * 3


def test_answers_stay_beside_the_documents_in_order(folder: Path) -> None:
    stream = read(find(folder, "toy_one"))
    assert (stream.name, stream.corpus) == ("toy_one", "toy")
    assert stream.gold == ("SECRET-1", "SECRET-1", "SECRET-2")
    assert [document.id for document in stream.documents] == ["n1", "n2", "n3"]


def test_a_stream_without_labels_or_with_an_id_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(json.dumps(ROWS[0] | {"label": None}), "utf-8")
    with pytest.raises(ValueError, match="no label"):
        read(find(tmp_path, "bad"))
    (tmp_path / "bad.jsonl").write_text(f"{json.dumps(ROWS[0])}\n{json.dumps(ROWS[0])}\n", "utf-8")
    with pytest.raises(ValueError, match="comes twice"):
        read(find(tmp_path, "bad"))
    with pytest.raises(FileNotFoundError):
        find(tmp_path, "other")


def test_documents_without_a_story_stand_alone_and_each_needs_one_outcome(folder: Path) -> None:
    documents = read(find(folder, "toy_one")).documents
    accepted = {"external_id": "n1", "outcome": "accepted", "reason": "", "primary_story_id": "st-1"}
    nothing = {"external_id": "n2", "outcome": "nothing", "reason": "only boilerplate", "primary_story_id": ""}
    lines = [json.dumps(line) for line in (accepted, nothing, nothing | {"external_id": "n9"})]
    made = read_outcomes(documents, lines)
    assert made.predicted == ("st-1", "alone-n2", "alone-n3")
    assert made.settled == 2
    assert made.without_story == {"nothing: only boilerplate": 1, "no outcome": 1}
    assert made.faults == ("n3 has no outcome", "n9 has an outcome and was never sent")
    assert read_outcomes(documents, [json.dumps(accepted)] * 2).faults[0] == "n1 has 2 outcomes"
