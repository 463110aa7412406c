"""`bellwether backfill`: archives into the live generation, in order of event time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.analyst_status import analyst_name
from infra.asking import asking, door_of
from infra.backfilling import as_stream, gathered
from infra.backlog import Waiting
from infra.commands.admitting import Known, by_ourselves, through_the_door
from infra.commands.backfill_progress import admitting, reading
from infra.commands.backfill_report import refusals, report_lines, source_lines
from infra.commands.estimating import announce, can_estimate, deferral, estimated
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.say import say
from infra.door import Door
from infra.embedded.folder import DataFolder
from infra.settings import Loaded, Settings
from producers.backfill.gather import SourceReport
from producers.backfill.kinds import is_address
from producers.backfill.limits import Limits
from producers.backfill.spool import Spool
from schemas.errors import BadInput

_LIMITS = Limits()


def backfill(
    sources: Annotated[list[str], typer.Argument(metavar="FILE|URL…", help="JSON lines, Parquet, feeds.")],
    data: Data = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and count, and admit nothing.")] = False,
    max_pages: Annotated[int, typer.Option(min=1, help="Documents of one paged feed.")] = _LIMITS.pages,
    max_mb: Annotated[int, typer.Option(min=1, help="Megabytes from one address.")] = _LIMITS.bytes // 1_000_000,
    max_minutes: Annotated[float, typer.Option(min=0.01, help="Minutes for one address.")] = _LIMITS.seconds / 60,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", help="A private host that may be read.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Put archives where they belong in time: all sources sorted by event time, then admitted in that order."""
    loaded = settings_for(data, feeds__allow_hosts=tuple(allow_host) if allow_host else None)
    if loaded.settings.on_server and not dry_run:
        raise BadInput(
            "store.dsn: names a ClickHouse server, whose articles the roles of `bellwether worker` admit; a backfill "
            "works on a data folder (its stream may be on a Kafka), as `ingest` does"
        )
    for source in sources:
        if not is_address(source) and not Path(source).is_file():
            raise BadInput(f"{source}: there is no such file")
    limits = Limits(max_pages, max_mb * 1_000_000, max_minutes * 60.0)
    with closing(Spool()) as spool:
        began = time.monotonic()
        with reading() as told:
            reports = gathered(loaded.settings, sources, limits, spool, told)
        report = {"sources": [asdict(one) for one in reports], "seconds_reading": round(time.monotonic() - began, 3)}
        report |= _looked_at(loaded, spool) if dry_run else _admitted(loaded, spool)
    _tell(report, reports, dry_run, json)


def _tell(report: dict[str, Any], reports: list[SourceReport], dry_run: bool, json: bool) -> None:
    for line in refusals(reports):
        print(line, file=sys.stderr)
    if json:
        print_json(report)
    else:
        print("\n".join([*source_lines(reports), *report_lines(report, dry_run=dry_run)]))
    if report.get("deferred"):
        say(deferral(report["deferred"], report["deferred_because"]))
    failed = [f"{one.source}: {one.failure}" for one in reports if one.failure]
    if report.get("failure"):
        failed.append(report["failure"])
    if failed:
        raise BadInput("; ".join(failed))


def _looked_at(loaded: Loaded, spool: Spool) -> dict[str, Any]:
    """Count, and estimate the cost. A folder that does not exist yet has nothing and is not made."""
    settings = loaded.settings
    analyst = analyst_name(settings)
    if settings.on_server or DataFolder(Path(settings.data)).exists():
        with asking(loaded) as asker:
            spool.mark_stored(lambda ids: asker.ask("known", article_ids=ids))
            if asker.door is not None:
                analyst = str(asker.ask("status")["analyst"])
    found: dict[str, Any] = {"found": _figures(spool), "estimate": []}
    if can_estimate(settings, analyst):
        found["estimate"] = estimated(settings, _waiting(spool))
    return found


def _admitted(loaded: Loaded, spool: Spool) -> dict[str, Any]:
    total = len(spool)
    if not total:
        return {"found": _figures(spool)}
    began = time.monotonic()
    door = door_of(DataFolder(Path(loaded.settings.data)))
    with admitting(total) as show:
        if door is not None:
            analyst = str(door.ask("status", {})["analyst"])
            _announce(loaded.settings, analyst, spool, partial(_known, door))
            report = through_the_door(door, as_stream(spool.lines()), show, prepared=True)
        else:
            before = partial(_announce, loaded.settings, analyst_name(loaded.settings), spool)
            report = by_ourselves(loaded, as_stream(spool.lines()), before, show, prepared=True)
    return {"found": _figures(spool), **report, "seconds_admitting": round(time.monotonic() - began, 3)}


def _announce(settings: Settings, analyst: str, spool: Spool, known: Known) -> None:
    """Say before anything is admitted what is new, and what it may cost."""
    spool.mark_stored(known)
    found = spool.figures()
    if found.first is not None and found.last is not None:
        say(
            f"{found.articles:,} articles of {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}, "
            f"{found.stored:,} of them stored already"
        )
    if can_estimate(settings, analyst):
        announce(settings, _waiting(spool))


def _known(door: Door, ids: list[str]) -> Iterable[str]:
    found: list[str] = door.ask("known", {"article_ids": ids})
    return found


def _waiting(spool: Spool) -> list[Waiting]:
    return [Waiting(at, characters) for at, characters in spool.missing()]


def _figures(spool: Spool) -> dict[str, Any]:
    return asdict(spool.figures())
