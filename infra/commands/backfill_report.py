"""What a backfill found and did, in lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from producers.backfill.gather import SourceReport

_KINDS = {"lines": "JSON lines", "parquet": "Parquet", "feed": "feed", "nothing": "not read"}


def refusals(reports: Sequence[SourceReport]) -> Iterator[str]:
    """Yield a line for each line, row or entry that was left out, as far as they were kept in words."""
    for one in reports:
        for error in one.errors:
            yield f"{error.place}:{error.number}: {error.reason}"
        if one.refused > len(one.errors):
            yield f"… and {one.refused - len(one.errors):,} more of {one.source}"


def source_lines(reports: Sequence[SourceReport]) -> Iterator[str]:
    """Yield a line a source."""
    for one in reports:
        pages = f" of {one.pages:,} pages" if one.pages > 1 else ""
        refused = f", {one.refused:,} refused" if one.refused else ""
        ended = f"; ended early: {one.failure}" if one.failure else ""
        yield f"{one.source} ({_KINDS[one.kind]}): {one.drafts:,} articles{pages}{refused}{ended}"


def report_lines(report: Mapping[str, Any], *, dry_run: bool) -> list[str]:
    """Return the sum of it."""
    found = report["found"]
    if found["first"] is None:
        return ["nothing to admit"]
    lines = [
        f"{found['articles']:,} articles from {found['first']:%Y-%m-%d} to {found['last']:%Y-%m-%d}: "
        f"{found['articles'] - found['stored']:,} new, {found['stored']:,} stored already; "
        f"{found['revisions']:,} revisions and {found['repeated']:,} repetitions within the sources"
    ]
    if dry_run:
        return [*lines, *report["estimate"], "nothing was admitted (--dry-run)"]
    outcomes = ", ".join(f"{kind} {count}" for kind, count in sorted(report["outcomes"].items())) or "none new"
    admitted = (
        f"{report['admitted']:,} admitted ({report['revisions']:,} revisions, {report['copies']:,} syndicated copies), "
        f"{report['unchanged']:,} already known; outcomes: {outcomes}"
    )
    return [*lines, admitted]
