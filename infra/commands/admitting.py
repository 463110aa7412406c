"""Putting lines into the stream, through the process that holds the folder or with a host of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import IO, Any

from infra.door import Door
from infra.host import opened_host
from infra.ingesting import IngestJob
from infra.settings import Loaded

State = dict[str, Any]
Known = Callable[[list[str]], Iterable[str]]


def through_the_door(
    door: Door, source: IO[bytes], show: Callable[[State], None], *, prepared: bool = False
) -> dict[str, Any]:
    """Send the lines; return the report. Raises BadInput or Retryable as the other process did."""
    report: dict[str, Any] = {}
    with source:
        for state in door.ingest(source, prepared=prepared):
            show(state["progress"])
            report = state.get("report", report)
    return report


def by_ourselves(
    loaded: Loaded,
    source: Path | IO[bytes],
    announce: Callable[[Known], None],
    show: Callable[[State], None],
    *,
    prepared: bool = False,
) -> dict[str, Any]:
    """Open the folder, admit the lines, wait for the outcomes; return the report.

    `announce` is called before, in a thread, with what tells which article ids are stored.
    """

    async def work() -> dict[str, Any]:
        async with opened_host(loaded) as host:
            known = partial(host.desk.answer, "known")
            await asyncio.to_thread(announce, lambda ids: known({"article_ids": ids}))
            job = IngestJob()
            admitting = asyncio.to_thread(host.runner.run, source, job, prepared=prepared)
            running = asyncio.create_task(admitting)
            # After Ctrl-C nobody waits for it any more: what it raises then is not news.
            running.add_done_callback(lambda done: done.cancelled() or done.exception())
            while not running.done():
                await asyncio.wait({running}, timeout=0.2)
                show(job.snapshot())
            report = running.result()
            await host.stream.narrated()
            return report

    return asyncio.run(work())
