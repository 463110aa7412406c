"""One signal as people read it in a terminal: what it says, what speaks for it and against it, its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from infra.commands.tables import Row, class_line, console, counted, event_line, shown_time, titled

_SIDES: Final = (("supports", "For it"), ("contradicts", "Against it"), ("context", "Context, which carries nothing"))
Numbered = tuple[int, Row]


def signal(found: Row, *, matches: bool = False) -> None:
    """Print one signal; with `matches` also why each evidence was matched."""
    out = console()
    out.print(Text(titled(found), style="bold"))
    out.print(
        f"str {found['strength']:.1f}  extracted {found['times_extracted']}× {shown_time(found['opened_at'])} · "
        f"last reinforced {shown_time(found['last_reinforced'])} · {found['articles']} articles"
    )
    out.print(basis_line(found))
    out.print(escape(class_line(found)))
    out.print(escape(f"Title by {found['narrator'] or found['analyst']}"))
    if found["scope"] != found["title"]:
        out.print(escape(f"Scope: {found['scope']}"))
    if found["mechanism"]:
        out.print(escape(f"Mechanism (by a model): {found['mechanism']}"))
    actors = ", ".join(f"{name} ({count})" for name, count in counted(found["actors"])[:10])
    out.print(escape(f"Key actors: {actors or '–'}"))
    out.print("\nWhy this strength (`--why` has every digit)", style="bold")
    for name, stance, total in (("For it", "supports", "supporting"), ("Against it", "contradicts", "opposing")):
        out.print(escape(f"{name + ':':<11} {found[total]:.2f}  {voices(found['why'][stance])}"))
    if found["analysis"]:
        out.print(f"\nAnalysis, written by {escape(found['narrator'] or found['analyst'])}", style="bold")
        out.print(escape(analysis(found)))
    _sources(out, found, matches=matches)
    out.print("\nHistory", style="bold")
    for event in found["events"]:
        out.print(escape(event_line(event)))


def voices(of: Mapping[str, float]) -> str:
    """Return `Reuters 0.61, AP 0.40`, loudest first."""
    ordered = sorted(of.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{family} {voice:.2f}" for family, voice in ordered) or "nobody"


def _sources(out: Console, found: Row, *, matches: bool) -> None:
    rows = numbered(found["evidence"])
    out.print(f"\nSource articles ({found['articles']})", style="bold")
    for stance, name in _SIDES:
        side = [(number, row) for number, row in rows if number and row["stance"] == stance]
        if side:
            out.print(f"\n{name} ({len(side)})", style="bold")
        for each in side:
            _evidence(out, each, matches=matches)
    rest = [each for each in rows if not each[0]]
    if rest:
        out.print(f"\nNot counted ({len(rest)})", style="bold")
    for each in rest:
        _evidence(out, each, matches=matches)


def _evidence(out: Console, each: Numbered, *, matches: bool) -> None:
    number, row = each
    mark = "" if row["status"] == "accepted" else f" ({row['status']}: {row['reason']})"
    copy = " (syndicated copy)" if row["is_copy"] else ""
    out.print(escape(f"\n{row['article_title']} — {row['publisher']}, {shown_time(row['published_at'])}{copy}{mark}"))
    cited = f"[{number}] " if number else ""
    out.print(escape(f"  {cited}{row['stance']}: “{row['quote']}” [{row['anchor']}] — taken by {row['analyst']}"))
    if row["reasoning"]:
        out.print(escape(f"  reasoning ({row['reasoning_origin']}): {row['reasoning']}"))
    if matches:
        for line in match_lines(row):
            out.print(escape(f"  {line}"))


def match_lines(row: Row) -> list[str]:
    """Return why an evidence was matched: the deciding feature, then the best candidates with theirs."""
    lines = [
        f"matched: {row['reason']}" if row["status"] == "accepted" and row["reason"] else "matched: no reason kept"
    ]
    for candidate in row["candidates"]:
        parts = ", ".join(f"{name} {value:.3f}" for name, value in sorted(candidate["features"].items()))
        what = f"story {candidate['story_id']}" if candidate["story_id"] else "thesis"
        of = f" of signal {candidate['signal_id']}" if candidate["signal_id"] else ""
        lines.append(f"  compared with {what}{of}: {candidate['score']:.3f}{f' ({parts})' if parts else ''}")
    return lines


def basis_line(row: Row) -> str:
    """Return `basis: thesis — over 3 stories`, or that it rests on one story."""
    if row["basis"] == "thesis":
        return f"basis: thesis — over {len(row['stories'])} stories"
    return "basis: story — rests on one story"


def numbered(evidence: Sequence[Row]) -> list[Numbered]:
    """Return the rows with the numbers that citations use; 0 for what is no evidence."""
    found, number = [], 0
    for row in evidence:
        shown = row["status"] in ("accepted", "provisional")
        number += shown
        found.append((number if shown else 0, row))
    return found


def analysis(found: Row) -> str:
    """Return the analysis with the numbers of the quotes that carry each sentence."""
    numbers = {row["evidence_id"]: number for number, row in numbered(found["evidence"]) if number}
    if not found["sentences"]:
        return str(found["analysis"])
    said = []
    for sentence in found["sentences"]:
        cites = "".join(f" [{numbers[cite]}]" for cite in sentence["cites"] if cite in numbers)
        said.append(f"{sentence['text']}{cites}")
    return "\n".join(said)
