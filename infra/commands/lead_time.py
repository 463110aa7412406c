"""`bellwether lead-time`: was it early?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from infra.asking import asking
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, Generation, settings_for
from infra.commands.tables import console
from processors.decisions.lead_time import MILESTONES
from schemas.errors import BadInput
from schemas.topics import LIVE

Row = Mapping[str, Any]
_WORDS: Final = {"opened": "opened", "published": "published", "5": "reached 5", "7": "reached 7"}
_HINDSIGHT: Final = "hindsight: the same settings, on the articles that are known by now"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("lead-time")(lead_time)


def lead_time(
    signal: Annotated[str, typer.Option("--signal", metavar="ID", help="One signal.")] = "",
    every: Annotated[
        bool, typer.Option("--all", help="All published signals that were opened in the stretch.")
    ] = False,
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First day, UTC.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day; what came later is unknown.")] = "",
    generation: Generation = LIVE,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """When signals were opened, published and strong, against the dates on which their articles appeared."""
    if bool(signal) == every:
        raise BadInput("lead-time: name a signal with --signal ID, or take --all")
    with asking(settings_for(data), generation) as asker:
        found = asker.ask("lead_time", signal_id=signal, first=first, last=last)
    if json:
        print_json(found)
    elif every:
        _tell_all(found)
    else:
        _tell_one(found["signals"][0])


def _tell_one(row: Row) -> None:
    print(f"{row['title']} ({row['signal_id']})")
    print(
        f"{row['articles']:,} articles of {row['families']:,} families: first {_day(row['first'])}, "
        f"median {_day(row['median'])}, most on {_day(row['peak'])}, last {_day(row['last'])}"
    )
    table = _table("milestone", "when, UTC", "articles", "families", "before median", "before peak", "before last")
    for name in MILESTONES:
        one = row["milestones"].get(name)
        if one is None:
            table.add_row(_WORDS[name], f"never; at most {row['strongest']:.1f}" if name in "57" else "never")
            continue
        table.add_row(
            _WORDS[name], str(one["at"])[:16].replace("T", " "), _share(one["articles"]), _share(one["families"]),
            _days(one["before_median"]), _days(one["before_peak"]), _days(one["before_last"]),
        )  # fmt: skip
    console().print(table)
    print(_HINDSIGHT)


def _tell_all(found: Row) -> None:
    if not found["signals"]:
        print("no published signal was opened then")
        return
    table = _table(
        "signal", "title", "articles", "opened", "before median", "published", "before median", "5", "before median",
        "7", "before median",
    )  # fmt: skip
    for row in found["signals"]:
        cells = [row["signal_id"], escape(row["title"]), f"{row['articles']:,}"]
        for name in MILESTONES:
            one = row["milestones"].get(name)
            cells += [_share(one["articles"]), _days(one["before_median"])] if one else ["never", "–"]
        table.add_row(*cells)
    console().print(table)
    sums = _table(
        "milestone", "signals", "never", "articles by then", "before median", "before peak", "before last",
        title="medians over the signals that passed it",
    )  # fmt: skip
    for name in MILESTONES:
        one = found["totals"][name]
        sums.add_row(
            _WORDS[name], f"{one['passed']:,}", f"{one['never']:,}", _share(one["articles"]),
            _days(one["before_median"]), _days(one["before_peak"]), _days(one["before_last"]),
        )  # fmt: skip
    console().print(sums)
    print(_HINDSIGHT)


def _table(*names: str, title: str | None = None) -> Table:
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="")
    for name in names:
        left = name in ("signal", "title", "milestone", "when, UTC")
        table.add_column(name, justify="left" if left else "right")
    return table


def _day(at: str) -> str:
    return str(at)[:10]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _days(value: float | None) -> str:
    return "–" if value is None else f"{value:+.1f} d"
