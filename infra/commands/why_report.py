"""Why a signal is as strong as it is, as people read it in a terminal; see infra/why.py for the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from infra.commands.tables import Row, console, shown_time, titled
from sinks.brief.filters import counted

_ROWS: Final = 6  # of one story and family, newest first; `--json` has all
_DIFFERING: Final = 10


def why(found: Row) -> None:
    """Print the explanation."""
    out = console()
    out.print(Text(titled(found), style="bold"))
    out.print(f"{found['signal_id']} · as of {shown_time(found['as_of'])} · policy {escape(found['policy'])}")
    out.print(Text(f"strength {found['strength']!r}", style="bold"))
    out.print("\nHow it is computed", style="bold")
    for line in found["formula"]:
        out.print(escape(f"  {line}"))
    half_lives = ", ".join(f"{kind} {days:g}" for kind, days in found["half_life_days"].items())
    out.print(f"  H of a kind: {half_lives} days. Time: whole hours.")
    for name, side, total in (("For it", "supports", "supporting"), ("Against it", "contradicts", "opposing")):
        _side(out, f"{name}: V = {found[total]!r}", found[side])
    out.print("\nTogether", style="bold")
    out.print(f"  net      {found['supporting']!r} - {found['opposing']!r} = {found['net']!r}")
    out.print(f"  strength 10 · (1 - {found['one_family']}^{max(0.0, found['net'])!r}) = {found['strength']!r}")
    last = found["last_event"]
    out.print(f"  as then known {last['strength_after']!r}, at {shown_time(last['at'])}")
    out.print(f"    said by its last event: {last['kind']}, {escape(last['event_id'])}")
    out.print("\nRetraced from its events alone", style="bold")
    for line in retraced_lines(found["retraced"]):
        out.print(escape(f"  {line}"))


def retraced_lines(retraced: Row) -> Iterator[str]:
    """Yield whether the retraced strengths are exactly those that the events carry, and which are not."""
    differing = retraced["differing"]
    of = counted(retraced["events"], "event")
    if retraced["signals"] > 1:  # those that this one took stories from, or that took some from it
        of += f" of {counted(retraced['signals'], 'signal')}"
    if not differing:
        yield f"{of}: each gives exactly the strength that it carries."
        return
    yield f"{of}: {len(differing)} of them do NOT give the strength that they carry:"
    for one in differing[:_DIFFERING]:
        said = f"says {one['strength_after']!r}, retraced {one['retraced']!r}"
        yield f"  {one['event_id']}: {said} (policy {one['policy']})"
    if len(differing) > _DIFFERING:
        yield f"  … and {len(differing) - _DIFFERING} more; --json has all"


def _side(out: Console, title: str, families: list[Row]) -> None:
    out.print(f"\n{title}", style="bold")
    if not families:
        out.print("  nobody")
        return
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column("family / story / evidence", overflow="fold")
    table.add_column("micro", justify="right", no_wrap=True)
    table.add_column("2^(-age/H)", justify="right", no_wrap=True)
    table.add_column("v or m", no_wrap=True)
    for family in families:
        table.add_row(
            Text(f"  {family['family'] or '(no family)'}", style="bold"), "", "", Text(f"v {family['voice']!r}", "bold")
        )
        for story in family["stories"]:
            table.add_row(f"    {escape(story['story_id'])}", "", "", f"m {story['mass']!r}")
            for row in story["rows"][:_ROWS]:
                table.add_row(f"      {row['day']} {row['kind']}", str(row["micro"]), f"{row['weight']:.6f}", "")
            left = story["rows"][_ROWS:]
            if left:
                table.add_row(f"      {len(left)} earlier", str(sum(row["micro"] for row in left)), "", "")
    out.print(table)
