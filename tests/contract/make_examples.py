"""`python -m tests.contract.make_examples`: add the examples that are missing for locked schema versions.

An example is what a program of its day wrote, so a file that is there is never written again.
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from fastavro import schemaless_writer
from fastavro.schema import parse_schema

from schemas.codec import decode
from schemas.evidence import Evidence, RejectedQuote
from schemas.proposal import Answer, Extraction, Proposal, Revision, Tick, Verdict
from schemas.registry import HERE, Version, locked, records
from tests.builders import (
    QUOTE,
    TEXT,
    alert,
    article,
    brief,
    change,
    dead_letter,
    event,
    full_commit,
    imported_quote,
    minutes,
    outcome,
    question,
    signal,
)

EXAMPLES: Final = HERE / "examples"


def paths(version: Version) -> tuple[Path, Path]:
    """Return where a version's example is kept: as bytes, and as JSON for people."""
    stem = f"{version.record}.v{version.version}"
    return EXAMPLES / f"{stem}.bin", EXAMPLES / f"{stem}.json"


def proposal() -> Proposal:
    """Return a proposal with every part filled (a real one has only the part that its kind names)."""
    source = article(7)
    start = TEXT.index(QUOTE)
    evidence = Evidence(
        evidence_id="e" * 20, item=2, quote=QUOTE, quote_start=start, quote_end=start + len(QUOTE),
        anchor="gallium 🇨🇳", claim="Export rules widen", stance="contradicts", reasoning="Rules → fewer licences",
        reasoning_origin="model", kind="cyclical", lens="security", sectors=("metals",), geographies=("CN", "EU"),
        actors=("Müller & Söhne",), salience=640_000, terms={"gallium": 2.0, "germanium": 1.0},
    )  # fmt: skip
    extraction = Extraction(
        article_id=source.article_id, revision=1, external_id=source.external_id, url=source.url, title=source.title,
        publisher=source.publisher, family=source.family, language="en", published_at=source.published_at,
        date_flag="ok", ordinal=7,
        copy_of="a" * 20, analyst="lexical/1", outcome="accepted", reason="", evidence=(evidence,),
        rejected=(RejectedQuote("never said", "not in the article"),),
    )  # fmt: skip
    return Proposal(
        proposal_id="x:a7:1",
        generation="live",
        kind="extraction",
        proposed_at=minutes(9),
        extraction=extraction,
        answer=Answer("q-1", (Verdict("sg-1", "st-1", "supports"),), "judge/1", "same mechanism"),
        revision=Revision("sg-1", 4, "Gallium gets scarce", "Two metals now.", "", ("e1", "e2"), "narrator/1"),
        tick=Tick(minutes(60)),
    )


def value_of(record: str) -> Any:
    """Return the example value of a record, in today's classes."""
    commit = replace(
        full_commit(3), outcomes=(outcome(3),), changes=(change(2),), questions=(question(4),), closed_questions=("q2",)
    )
    made = {
        "Article": article(1, copy_of="a" * 20, note="page failed: 503", imported=(imported_quote(),)),
        "Proposal": proposal(),
        "Commit": commit,
        "Question": question(),
        "SignalEvent": event(2, seq=2),
        "SignalHead": signal(),
        "Outcome": outcome(),
        "Alert": alert(),
        "Brief": brief(),
        "DeadLetter": dead_letter(),
    }
    return made[record]


def write(version: Version) -> None:
    """Write one example, in exactly this version of its schema."""
    binary, readable = paths(version)
    out = io.BytesIO()
    out.write(struct.pack(">bI", 0, version.id))
    value = msgspec.to_builtins(value_of(version.record), builtin_types=(bytes, datetime))
    schemaless_writer(out, parse_schema(version.schema()), value)
    binary.write_bytes(out.getvalue())
    record = next(r for r in records() if r.__name__ == version.record)
    readable.write_bytes(msgspec.json.format(msgspec.json.encode(decode(out.getvalue(), record)), indent=1) + b"\n")


def main() -> None:
    """Write what is missing."""
    EXAMPLES.mkdir(exist_ok=True)
    for version in locked():
        if not paths(version)[0].exists():
            write(version)
            print(f"wrote {paths(version)[0].name}")


if __name__ == "__main__":
    main()
