"""Imported pages as people read them in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from infra.commands.tables import console
from schemas.stated import StatedSignal
from sinks.brief.times import Times
from sinks.site.imported_view import FATES, stretches

Row = Mapping[str, Any]
_STATES = {"none": "no evidence", "empty": "empty evidence", "quote": "a quote", "reasoned": "a quote with reasoning"}


def summary(page: StatedSignal) -> dict[str, Any]:
    """Return what was read from a file, in numbers."""
    states = Counter(source.state for source in page.sources)
    return {
        "import_id": page.import_id,
        "title": page.title,
        "strength": page.strength,
        "first_day": page.first_day.isoformat(),
        "last_reinforced": page.last_reinforced.isoformat(),
        "sources": {state: states.get(state, 0) for state in _STATES},  # type: ignore[call-overload]
        "lines": len(page.lines),
        "unread": list(page.unread),
        "warnings": list(page.warnings),
    }


def could_be_swapped(page: StatedSignal) -> bool:
    """Say whether day and month of its dates could stand for each other, so that the locale alone decides."""
    days = (page.first_day, page.last_reinforced)
    return all(day.day <= 12 for day in days) and any(day.day != day.month for day in days)


def result(row: Row) -> None:
    """Print what became of one file that was read."""
    out = console()
    kept = {"new": "imported", "unchanged": "known already, nothing changed", "replaced": "replaces an earlier reading"}
    what = kept[row["kept"]] if "kept" in row else "not kept (dry run)"
    out.print(escape(f"{row['file']}: {what}: {row['import_id']} {row['title']}"))
    told = ", ".join(f"{count} with {_STATES[state]}" for state, count in row["sources"].items() if count)
    out.print(escape(f"  str {row['strength']:g} on {row['last_reinforced']}; source articles: {told or 'none'}"))
    if row.get("read_again"):
        out.print(f"  {row['read_again']} stored articles are read again for its quotes")
    for warning in row["warnings"]:
        out.print(escape(f"  warning: {warning}"))
    for line in row["unread"]:
        out.print(escape(f"  unread: {line}"))


def total(rows: Sequence[Row]) -> None:
    """Print the sum over many files."""
    counts = Counter("not imported" if "error" in row else row.get("kept", "read") for row in rows)
    console().print(f"{len(rows)} files: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))


def pages(rows: Sequence[Row]) -> None:
    """Print the list of imported pages."""
    if not rows:
        console().print("No page has been imported: `bellwether import-page FILE` takes one in.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("stated", "on", "id", "title", "articles", "quotes", "verified", "signals now"):
        table.add_column(name, justify="right" if name in ("stated", "articles", "quotes", "verified") else "left")
    for row in rows:
        stated, quotes = row["stated"], row["quotes"]
        now = ", ".join(f"{one['signal_id']} {one['strength']:.1f}" for one in row["signals"])
        table.add_row(
            f"{stated['strength']:g}", stated["last_reinforced"], row["import_id"], escape(stated["title"]),
            str(stated["articles"]), str(quotes["all"]), str(quotes["verified"]), now or "–",
        )  # fmt: skip
    console().print(table)


def page(row: Row, times: Times) -> None:
    """Print one imported page: what is computed here, then every line of it."""
    out, stated, quotes = console(), row["stated"], row["quotes"]
    out.print(Text(f"Imported: {stated['title']}", style="bold"))
    on = times.day(date.fromisoformat(stated["last_reinforced"]))
    out.print(f"stated {stated['strength']:g} on {on}; {row['import_id']}")
    read = times.minute(datetime.fromisoformat(row["imported_at"]))
    out.print(
        escape(f"read from {row['file'] or 'a file'} on {read}, dates as in {stated['locale']}, {stated['zone']}")
    )
    rest = ", ".join(f"{quotes[fate]} {FATES[fate]}" for fate in FATES if fate != "verified" and quotes[fate])
    out.print(f"{quotes['verified']} of {quotes['all']} quotes verified" + (f"; {rest}" if rest else ""))
    for one in row["signals"]:
        out.print(
            escape(f"  now {one['strength']:.1f}  {one['title']} ({one['signal_id']}, {one['quotes']} of its quotes)")
        )
    for warning in stated["warnings"]:
        out.print(escape(f"warning: {warning}"))
    out.print("\nAs stated", style="bold")
    for line in stated["lines"]:
        for part in stretches(line["text"]) if line["role"] == "legacy" else [line["text"]]:
            out.print(escape(f"{'(not understood) ' if line['role'] == 'unread' else ''}{part.strip()}"))
        if line["role"] == "evidence":
            _found(row["sources"][line["source"]])


def _found(source: Row) -> None:
    if not source["fate"]:
        return
    out = console()
    out.print(escape(f"    → {FATES[source['fate']]}{': ' + source['why'] if source['why'] else ''}"))
    for found in source["found"]:
        what = found["signal_id"] or found["reason"] or found["evidence_id"]
        out.print(escape(f"      {found['publisher']}: {FATES[found['fate']]}{': ' + what if what else ''}"))
