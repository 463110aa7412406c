"""`bellwether replay`: stored articles once more through the processors, into a shadow generation of their own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra.carrier import Carrier
from infra.embedded.shelf import ReplayShelf
from infra.embedded.stream import EmbeddedStream, StreamOptions
from infra.policy import policy_from
from infra.roles import Analysts, opened_analysts
from infra.settings import Loaded
from processors.analysts.sentences import MINILM
from schemas.errors import BadInput, Retryable
from schemas.topics import LIVE
from sinks.clickhouse.connect import Store
from sinks.clickhouse.meta import Meta
from sinks.clickhouse.queries import Reader

_running: set[str] = set()
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What to replay: articles published from `start` (included) to `end` (excluded), into generation `name`."""

    start: datetime
    end: datetime
    name: str


def stretch(first: str, last: str, name: str) -> Stretch:
    """Return the stretch of the UTC days `first` to `last` (YYYY-MM-DD, both included). Raises BadInput."""
    days = []
    for option, text in (("--from", first), ("--to", last)):
        try:
            days.append(date.fromisoformat(text))
        except ValueError as error:
            raise BadInput(f"{option} {text!r}: write a day as YYYY-MM-DD") from error
    if days[1] < days[0]:
        raise BadInput(f"--to {last}: lies before --from {first}")
    name = name or f"replay-{first}-{last}"
    if name == LIVE or not _NAME.fullmatch(name):
        raise BadInput(f"--name {name!r}: use up to 31 lower-case letters, digits and hyphens, and not {LIVE!r}")
    start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days)
    return Stretch(start, end + timedelta(days=1), name)


async def replay(
    store: Store,
    broker: Carrier,
    loaded: Loaded,
    wanted: Stretch,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Run the stretch into its shadow, beside the live generation and without touching it; return a summary.

    A replay that was stopped goes on where it was. `progress` gets (settled, all).
    """
    async with opened_analysts(loaded.settings) as analysts:
        policy = policy_from(loaded.settings.policy)
        made_by = f"policy {policy.judged_by(analysts.judge_name).version}{_model_of(analysts)}"
        await asyncio.to_thread(_claim, store, wanted, made_by)
        if wanted.name in _running:
            raise BadInput(f"--name {wanted.name}: this replay is running already")
        _running.add(wanted.name)
        try:
            return await _replay(store, broker, loaded, wanted, analysts, progress)
        finally:
            _running.discard(wanted.name)


def _model_of(analysts: Analysts) -> str:
    """Return the model part of what a generation is made of; the offline default has none."""
    config = analysts.binding.llm
    if config is None:
        return f" embeddings {MINILM}" if analysts.binding.sentences else ""
    embeddings = config.models.get("embed", "")
    return f" analyst {analysts.name}" + (f" embeddings {embeddings}" if embeddings else "")


def _claim(store: Store, wanted: Stretch, made_by: str) -> None:
    """Remember what a generation is made of. Raises BadInput when its name stands for something else."""
    meta, made_of = Meta(store), f"{wanted.start:%Y-%m-%d}..{wanted.end:%Y-%m-%d} {made_by}"
    known = meta.get(f"generation:{wanted.name}")
    if known and known != made_of:
        raise BadInput(f"--name {wanted.name}: stands for {known}; choose another name for {made_of}")
    meta.put(f"generation:{wanted.name}", made_of)


async def _replay(
    store: Store,
    broker: Carrier,
    loaded: Loaded,
    wanted: Stretch,
    analysts: Analysts,
    progress: Callable[[int, int], None] | None,
) -> dict[str, Any]:
    shelf = await asyncio.to_thread(ReplayShelf, store, wanted.start, wanted.end)
    if not len(shelf):
        last = wanted.end - timedelta(days=1)
        raise BadInput(f"no stored article was published from {wanted.start:%Y-%m-%d} to {last:%Y-%m-%d}")
    failed: list[BaseException] = []
    options = StreamOptions(
        generation=wanted.name,
        policy=policy_from(loaded.settings.policy),
        shelf=shelf,
        on_fatal=failed.append,
        analysts=analysts,
    )
    stream = EmbeddedStream(store, broker, loaded.settings, options)
    await stream.start()
    try:
        while not stream.settled():
            if failed:  # the shadow's ledger cannot go on; the live one can
                raise Retryable(f"the replay failed: {failed[0]}; the same command goes on where it stopped")
            if progress is not None:
                counts = stream.intake.counts()
                progress(len(shelf) - counts["on_their_way"] - counts["waiting"] - counts["asked"], len(shelf))
            await asyncio.sleep(0.1)
    finally:
        await stream.stop()
    status = await asyncio.to_thread(Reader(store, wanted.name).status)
    shown = ("evidence", "stories", "signals", "published", "signal_events", "outcomes")
    return {"generation": wanted.name, "articles": len(shelf), **{name: status[name] for name in shown}}
