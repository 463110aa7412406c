"""Binds a replay to store, settings and analysts, and keeps the record of its generation."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from infra.clock import wall_clock
from infra.generations.batches import Batches
from infra.generations.progress import Progress
from infra.generations.readers import ProcessReaders, Readers, TogetherReaders
from infra.generations.replay import Replay, Stopped
from infra.generations.shadow import ShadowLedger
from infra.generations.wanted import Wanted
from infra.llm import books_path, new_run, window_for
from infra.policy import policy_from
from infra.roles import Analysts, opened_analysts
from infra.settings import Loaded, Settings, changed
from processors.analysts.llm.costs import Spend, spent_in_run
from processors.analysts.sentences import MINILM
from processors.decisions.policy import Policy
from schemas.errors import BadInput
from schemas.topics import LIVE
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.embeddings import check_embedding_model
from sinks.clickhouse.generations import Generation, Generations
from sinks.clickhouse.given import commands
from sinks.clickhouse.history import Extent, extent
from sinks.clickhouse.queries import Reader
from sinks.clickhouse.takedowns import Takedowns

_running: set[tuple[Path | None, str]] = set()
_guard = threading.Lock()
_MOST: Final = 1000  # commands looked at


async def replay(
    store: Store,
    loaded: Loaded,
    wanted: Wanted,
    show: Callable[[Progress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Run the history into its generation, beside the live one and without touching it; return a summary.

    A replay that was stopped goes on where it was, and one that was complete with what has come since. Raises BadInput,
    BadSetting; Retryable when a service does not answer or a limit holds.
    """
    given = dict(wanted.settings) | ({"llm.money_per_run": f"{wanted.spend}"} if wanted.spend else {})
    settings = changed(loaded, given).settings
    key = (store.folder, wanted.name)
    with _guard:
        if key in _running:
            raise BadInput(f"--name {wanted.name}: this replay is running already")
        _running.add(key)
    try:
        run = new_run()
        async with opened_analysts(settings, run) as analysts:
            return await _replay(store, settings, wanted, analysts, run, show, stop)
    finally:
        _running.discard(key)


def is_running(store: Store, name: str) -> bool:
    """Say whether this process is at that replay."""
    return (store.folder, name) in _running


async def _replay(
    store: Store,
    settings: Settings,
    wanted: Wanted,
    analysts: Analysts,
    run: str,
    show: Callable[[Progress], None],
    stop: Callable[[], bool],
) -> dict[str, Any]:
    policy = policy_from(settings.policy).judged_by(analysts.judge_name)
    records = Generations(store)
    upto = await asyncio.to_thread(ChdbCommitLog(store, LIVE).last)
    await asyncio.to_thread(_must_be_recorded, store, wanted, upto)
    record = await asyncio.to_thread(_claim, records, wanted, _made_by(settings, analysts, policy))
    if analysts.binding.llm is not None and record.runs is not None:
        record = replace(record, runs=(*record.runs, run))  # before it costs anything
        await asyncio.to_thread(records.put, record)
    if settings.uses_llm or settings.embedding_model:
        await asyncio.to_thread(check_embedding_model, store, wanted.name, settings.embedding_model)
    readers = _readers(settings, wanted, analysts) if wanted.stage == "articles" else None
    shadow = ShadowLedger(store, wanted.name, record.source, policy)
    spent = _spent(settings, analysts, run)
    work = Replay(
        store, shadow, Batches(wanted, ArticleStore(store), readers),
        upto=upto, judge=None if wanted.stage == "proposals" else analysts.judge,
        rate=wanted.rate, spent=lambda: spent().spend, stop=stop, show=show,
    )  # fmt: skip
    closed, complete = 0, True
    try:
        await work.run()
        closed = await work.close_questions()
    except Stopped:
        complete = False
    finally:
        if readers is not None:
            readers.close()
    done = work.progress
    record = replace(record, upto=done.done if complete else record.upto, complete=complete)
    await asyncio.to_thread(records.put, record)
    return await asyncio.to_thread(_summary, store, record, closed, spent(), done)


def _readers(settings: Settings, wanted: Wanted, analysts: Analysts) -> Readers:
    """A model is waited for, which one process can do for many articles; everything else is work for processes."""
    if analysts.binding.llm is not None:
        return TogetherReaders(analysts.extractor(), wanted.name, window_for(settings))
    workers = wanted.workers or settings.stream.workers
    if workers == 0:
        return TogetherReaders(analysts.extractor(), wanted.name, 1)
    return ProcessReaders(analysts.binding, wanted.name, workers)


def _made_by(settings: Settings, analysts: Analysts, policy: Policy) -> str:
    vectors = settings.embedding_model or (MINILM if analysts.binding.sentences else "")
    return f"{analysts.name}, policy {policy.version}" + (f", vectors {vectors}" if vectors else "")


def _spent(settings: Settings, analysts: Analysts, run: str) -> Callable[[], Spend]:
    if analysts.binding.llm is None:
        return Spend
    return lambda: spent_in_run(str(books_path(settings)), run)


def _must_be_recorded(store: Store, wanted: Wanted, upto: int) -> None:
    """Refuse a history with holes, unless what is missing was taken down."""
    found = extent(store, LIVE, wanted.start, upto)
    if not found.commits:
        raise BadInput(f"--from {wanted.start:%Y-%m-%d}: nothing was settled since then: there is no history to replay")
    if wanted.stage == "articles" or not found.mute or Takedowns(store).all():
        return
    raise BadInput(
        f"--stage {wanted.stage}: {_told(found)} what they were decided on: they were made before proposals were kept, "
        "or by roles whose proposals are on Kafka alone. Replay with --stage articles"
    )


def _told(found: Extent) -> str:
    return f"{found.mute:,} of {found.commits:,} commits do not say"


def _claim(records: Generations, wanted: Wanted, made_by: str) -> Generation:
    """Return the record of the generation, made now if it is new. Raises BadInput when it stands for another one."""
    known = records.get(wanted.name)
    fresh = Generation(
        wanted.name, LIVE, wanted.stage, wanted.start, wanted.end, made_by, wall_clock(), dict(wanted.settings),
        runs=(),
    )  # fmt: skip
    if known is None:
        if records.commits().get(wanted.name):
            raise BadInput(
                f"--name {wanted.name}: was made by an older version; choose another name, or "
                f"`bellwether generations drop {wanted.name}`"
            )
        records.put(fresh)
        return fresh
    same = replace(known, made_at=fresh.made_at, upto=0, complete=False, runs=()) == fresh
    if not same:
        raise BadInput(
            f"--name {wanted.name}: stands for {described(known)}; choose another name for {described(fresh)}, or "
            f"`bellwether generations drop {wanted.name}`"
        )
    return known


def described(one: Generation) -> str:
    """Return in words what a generation is made of."""
    last = one.end.date().fromordinal(one.end.date().toordinal() - 1)
    sets = "".join(f", {name}={value}" for name, value in sorted(one.settings.items()))
    return f"{one.stage} of {one.start:%Y-%m-%d} to {last:%Y-%m-%d} by {one.made_by}{sets}"


def misfits(store: Store, one: Generation) -> list[dict[str, Any]]:
    """Return the commands that the source applied and this generation refuses: id, action, title there, why."""
    there = {row["command_id"]: row for row in commands(store, one.source, limit=_MOST) if not row["refused"]}
    return [
        {
            "command_id": row["command_id"],
            "action": row["action"],
            "signal_id": there[row["command_id"]]["signal_id"],
            "title": there[row["command_id"]]["title"],
            "refused": row["refused"],
        }
        for row in commands(store, one.name, limit=_MOST)
        if row["refused"] and row["command_id"] in there
    ]


def _summary(store: Store, record: Generation, closed: int, spend: Spend, done: Progress) -> dict[str, Any]:
    status = Reader(store, record.name).status()
    shown = ("evidence", "stories", "signals", "published", "signal_events", "outcomes")
    return {
        "generation": record.name,
        "stage": record.stage,
        "complete": record.complete,
        "made_by": record.made_by,
        "upto": record.upto,
        "articles": done.articles,
        "seconds": round(done.seconds, 3),
        "articles_per_second": round(done.rate, 1),
        **{name: status[name] for name in shown},
        "unanswered": closed,
        "misfits": misfits(store, record),
        "llm": {"calls": spend.calls, "from_memory": spend.hits, "spend": spend.spend},
    }
