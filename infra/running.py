"""`bellwether run`: the live stream on a user's feeds, with pages, brief, alerts and the passing of time."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from infra.clock import wall_clock
from infra.commands.estimating import announce_waiting, deferral
from infra.commands.tables import event_line
from infra.host import Host, opened_host
from infra.reading import poller, sources_from
from infra.services import Services
from infra.settings import Loaded
from producers.poll import Polled
from schemas.errors import BellwetherError, Retryable
from schemas.ledger import Commit

log = logging.getLogger("bellwether.run")
Say = Callable[[str], None]


async def run_once(loaded: Loaded, feeds: Sequence[str], say: Say) -> dict[str, Any]:
    """Poll every feed once, wait until each article has its outcome, and return the status."""
    sources = sources_from(loaded, feeds)
    async with opened_host(loaded) as host, poller(host, sources, wall_clock, _teller(say)) as reader:
        polled = await reader.poll_once()
        await asyncio.to_thread(announce_waiting, host)
        await host.stream.settle()
        await host.stream.narrated()
        status: dict[str, Any] = await asyncio.to_thread(host.desk.answer, "status", {})
    outcomes = ", ".join(f"{kind} {count}" for kind, count in status["outcomes"].items())
    if all(not each.state.ok for each in polled):
        raise Retryable("no feed could be read; `bellwether feeds` says why")
    say(f"{status['articles']} articles ({outcomes}), {status['published']} published signals")
    if deferred := status["outcomes"].get("deferred", 0):
        say(deferral(deferred, await asyncio.to_thread(host.runner.because)))
    return status


async def run_continuously(loaded: Loaded, feeds: Sequence[str], say: Say) -> None:
    """Run until SIGINT or SIGTERM."""
    sources = sources_from(loaded, feeds)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    services = Services(loaded, wall_clock)
    listeners = (services.offer, lambda commits: _tell_events(commits, say))
    async with opened_host(loaded, listeners) as host:
        await asyncio.to_thread(services.start, host)
        try:
            say(
                f"reading {len(sources)} feeds into {host.folder.path}"
                + (f"; pages at {services.url}" if services.url else "")
            )
            for line in services.exposed:
                say(line)
            async with poller(host, sources, wall_clock, _teller(say)) as reader:
                tasks = [
                    asyncio.create_task(_tick(host, loaded.settings.stream.tick_seconds)),
                    asyncio.create_task(_announce_backlog(host)),
                ]
                try:
                    await reader.run(stop)
                finally:
                    for task in tasks:
                        task.cancel()
                        with suppress(asyncio.CancelledError):
                            await task
        finally:
            say("stopping; what is under way goes on at the next start")
            await asyncio.to_thread(services.stop)


async def _announce_backlog(host: Host, seconds: float = 10.0) -> None:
    """Estimate what the first polls have brought; by then most feeds have been read."""
    if host.loaded.settings.uses_llm:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(announce_waiting, host)
        except BellwetherError as error:
            log.warning("the backlog could not be estimated: %s", error)


async def _tick(host: Host, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        # Time passes only when nothing is on its way: an article of an hour ago must not find the future begun.
        if host.stream.settled():
            try:
                await host.stream.tick(wall_clock())
            except (BellwetherError, TimeoutError):
                log.warning("a tick could not be sent", exc_info=True)


def _teller(say: Say) -> Callable[[Polled], None]:
    def tell(polled: Polled) -> None:
        state, new = polled.state, polled.admitted
        name = state.title or state.url
        if not state.ok:
            say(f"{name}: {state.error}")
        elif new.new or new.revisions:
            say(f"{name}: {new.new} articles" + (f", {new.revisions} revisions" if new.revisions else ""))

    return tell


def _tell_events(commits: Sequence[Commit], say: Say) -> None:
    for commit in commits:
        public = {head.signal_id for head in commit.signals if head.published_at is not None}
        for event in commit.events:
            if event.state != "candidate" and event.signal_id in public:
                fields = ("at", "kind", "strength_before", "strength_after", "title", "signal_id", "seq")
                say(event_line({name: getattr(event, name) for name in fields}))
