"""`bellwether compare A B`: what two generations make of the same history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from infra.asking import asking
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.tables import console, shown_time
from schemas.topics import LIVE

Row = Mapping[str, Any]
_QUOTE: Final = 160  # characters
_PARTS: Final = 8


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(compare)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A generation; `live` is the live one.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    signal: Annotated[str, typer.Option("--signal", metavar="ID", help="One signal of either in full.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Signals that are listed.")] = 20,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Tell what two generations make of the same history otherwise; summary first, then what differs most."""
    with asking(settings_for(data)) as asker:
        found = asker.ask("compare_signal", a=a, b=b, signal_id=signal) if signal else asker.ask("compare", a=a, b=b)
    if json:
        print_json(found)
    elif signal:
        _tell_signal(found)
    else:
        _tell(found, limit)


def _tell(found: Row, limit: int) -> None:
    if found["identical"]:
        print("identical")
    for line in summary(found):
        console().print(line, markup=False, soft_wrap=True)
    a, b = found["a"]["name"], found["b"]["name"]
    if found["pairs"]:
        print(f"\nSignals that differ most ({min(limit, len(found['pairs']))} of {len(found['pairs']):,})")
        console().print(_pairs(found["pairs"][:limit], a, b))
    for name, title in (("opened", f"Only in {b}"), ("missing", f"Only in {a}")):
        if found[name]:
            print(f"\n{title} ({min(limit, len(found[name]))} of {len(found[name]):,})")
            console().print(_alone(found[name][:limit]))
    for name, title in (("divided", f"Of {a}, several in {b}"), ("joined", f"Of {b}, several in {a}")):
        if found[name]:
            print(f"\n{title} ({min(limit, len(found[name]))} of {len(found[name]):,})")
        for row in found[name][:limit]:
            parts = ", ".join(f"{part['signal_id']} ({part['shared']:,})" for part in row["parts"][:_PARTS])
            if len(row["parts"]) > _PARTS:
                parts += f" and {len(row['parts']) - _PARTS:,} more"
            console().print(
                f"{row['signal_id']} “{row['title']}” ({row['evidence']:,} evidence): {parts}",
                markup=False,
                soft_wrap=True,
            )
    for key in ("a", "b"):
        one = found[key]
        if one["misfits"]:
            print(f"\n{len(one['misfits'])} commands do not fit in {one['name']}:")
        for misfit in one["misfits"][:limit]:
            told = f"  {misfit['command_id']} {misfit['action']} of “{misfit['title']}”: {misfit['refused']}"
            console().print(told, markup=False, soft_wrap=True)


def summary(found: Row) -> list[str]:
    """Return the summary in lines."""
    a, b = found["a"], found["b"]
    signals, evidence, articles = found["signals"], found["evidence"], found["articles"]
    lines = [f"{one['name']}: {'the live generation' if one['name'] == LIVE else made(one)}" for one in (a, b)]
    lines += [
        f"{one['name']}: {one['lag']:,} commits are not in the tables yet; what follows is without them"
        for one in (a, b)
        if one["lag"]
    ]
    lines.append(
        f"signals: {a['signals']:,} and {b['signals']:,} ({a['published']:,} and {b['published']:,} published); "
        f"{signals['matched']:,} are the same, {signals['changed']:,} of them differ; {signals['opened']:,} only in "
        f"{b['name']}, {signals['missing']:,} only in {a['name']}, {signals['divided']:,} divided, "
        f"{signals['joined']:,} joined"
    )
    lines.append(
        f"evidence: {evidence['a']:,} and {evidence['b']:,}; {evidence['kept']:,} kept, {evidence['moved']:,} of it in "
        f"another signal, {evidence['turned']:,} with another stance; {evidence['lost']:,} lost"
        f"{unread(evidence['lost_unread'], b)}, {evidence['gained']:,} gained{unread(evidence['gained_unread'], a)}"
    )
    changes = ", ".join(f"{row['a']} → {row['b']} {row['articles']:,}" for row in articles["changes"])
    alone = "".join(
        f"; {articles[key]:,} only in {name}"
        for key, name in (("only_a", a["name"]), ("only_b", b["name"]))
        if articles[key]
    )
    lines.append(
        f"articles: {articles['both']:,} in both, {articles['changed']:,} with another outcome"
        f"{f' ({changes})' if changes else ''}{alone}"
    )
    lines.append(f"events: {a['events']:,} and {b['events']:,}")
    lines.append(f"quotes found in the text: {validity(a)}; {validity(b)}")
    lines.append(
        f"questions: {a['questions']['asked']:,} ({a['questions']['open']:,} open) and "
        f"{b['questions']['asked']:,} ({b['questions']['open']:,} open)"
    )
    lines.append(f"language model: {cost(a)}; {cost(b)}")
    return lines


def made(one: Row) -> str:
    """Return the state of a shadow and what it was made of."""
    return f"{one['state']}, {one['made_of']}" if one["made_of"] else str(one["state"])


def unread(count: int, other: Row) -> str:
    """Return in words how much of the evidence is from articles that the other generation does not have."""
    return f" ({count:,} from articles that {other['name']} does not have)" if count else ""


def validity(one: Row) -> str:
    """Return the share of proposed quotes that stand in their articles, in words."""
    quotes = one["quotes"]
    if quotes["validity"] is None:
        return f"{one['name']} proposed none"
    refused = f", {quotes['refused']:,} refused" if quotes["refused"] else ""
    share = f"{100 * quotes['validity']:.1f} %"
    return f"{one['name']} {share} ({quotes['found']:,} of {quotes['proposed']:,}{refused})"


def cost(one: Row) -> str:
    """Return what the model cost a generation, in words; where that was not recorded, that."""
    told = one["cost"]
    if not told["recorded"]:
        return f"{one['name']} not recorded ({told['note']})"
    if not told["calls"] and not told["from_memory"]:
        return f"{one['name']} none asked"
    money = f"{told['spend']:.4f} {told['currency']}" if told["priced"] else "money not counted, a price is missing"
    note = f" ({told['note']})" if told["note"] else ""
    return f"{one['name']} {told['calls']:,} calls, {told['from_memory']:,} from memory, {money}{note}"


def _pairs(rows: Sequence[Row], a: str, b: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("signal", "title", "strength", "furthest", "evidence", "events", "families", "differs in"):
        table.add_column(column, justify="left" if column in ("signal", "title", "differs in") else "right")
    for row in rows:
        ids = row["signal_a"] if row["signal_a"] == row["signal_b"] else f"{row['signal_a']} = {row['signal_b']}"
        evidence = f"{row['kept']:,} −{row['lost']:,} +{row['gained']:,}"
        states = f" ({row['state_a']} → {row['state_b']})" if row["state_a"] != row["state_b"] else ""
        table.add_row(
            ids, escape(row["title_b"] + states), f"{row['strength_a']:.1f} → {row['strength_b']:.1f}",
            f"{row['distance']:.1f}", evidence, f"{row['events_a']:,} → {row['events_b']:,}",
            f"{row['families_a']:,} → {row['families_b']:,}", ", ".join(row["differs"]),
        )  # fmt: skip
    return table


def _alone(rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("str", "signal", "title", "state", "evidence", "events"):
        table.add_column(column, justify="right" if column in ("str", "evidence", "events") else "left")
    for row in rows:
        table.add_row(
            f"{row['strength']:.1f}", row["signal_id"], escape(row["title"]), row["state"], f"{row['evidence']:,}",
            f"{row['events']:,}",
        )  # fmt: skip
    return table


def _tell_signal(found: Row) -> None:
    out, a, b = console(), found["a"], found["b"]
    for key, name in (("a", a), ("b", b)):
        head = found[f"head_{key}"]
        if head is None:
            out.print(f"{name}: not there", markup=False)
            continue
        out.print(
            f"{name}: {head['signal_id']} “{head['title']}”, {head['state']}, {head['strength']:.2f} as then known, "
            f"{head['events']:,} events, {head['families']:,} families",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    pair = found["pair"]
    if pair is not None:
        when = f", at {shown_time(pair['distance_at'])}" if pair["distance_at"] else ""
        print(
            f"strength now {pair['strength_a']:.2f} → {pair['strength_b']:.2f}; "
            f"furthest apart {pair['distance']:.2f}{when}"
        )
        print(f"likeness {pair['likeness']:.3f}; differs in {', '.join(pair['differs'])}")
    elif found["signal_a"] and found["signal_b"]:
        print("does not differ")
    for key, ids in ((b, found["onto"]), (a, found["back"])):
        if len(ids) > 1:
            print(f"in {key}: {', '.join(ids)}")
    print(f"evidence: {found['kept']:,} kept, {len(found['lost']):,} lost, {len(found['gained']):,} gained")
    for name, sign, other in (("lost", "−", b), ("gained", "+", a)):
        for row in found[name]:
            there = f" [in {other}: {row['signal_there']}]" if row["signal_there"] else ""
            _evidence(sign, row, there)
    for row in found["turned"]:
        _evidence("±", row, f" [{row['stance']} → {row['stance_there']}]")


def _evidence(sign: str, row: Row, rest: str) -> None:
    words = row["quote"] if len(row["quote"]) <= _QUOTE else f"{row['quote'][:_QUOTE]}…"
    told = (
        f"{sign} {row['published_at'][:10]} {row['publisher']}, {row['article_id']}: “{words}” ({row['stance']}){rest}"
    )
    console().print(told, markup=False, soft_wrap=True)
