"""`bellwether demo`: six weeks of a fictional press, day by day, through the real stream.

The newsroom serves its feeds over HTTP as of a simulated morning; the producers poll them like any others, the stream
settles, time ticks, and the morning's brief is composed. Mornings 2 to 43 follow the demo's 42 days.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from infra.analyst_status import analyst_name
from infra.clock import SimulatedClock, wall_clock
from infra.commands.costs import in_one_line
from infra.demo.articles import DAYS
from infra.demo.newsroom import FAMILIES, Newsroom
from infra.demo.report import DayRow, Report
from infra.exposed.password import FILE as READER_PASSWORD
from infra.host import Host, opened_host
from infra.kafka.local.jars import kafka_version, missing
from infra.kafka.local.node import KafkaNode
from infra.llm import BOOKS, books_path
from infra.reading import poller
from infra.services import Services
from infra.settings import Loaded, load
from processors.analysts.llm.costs import costs
from producers.opml import feed_sources
from producers.run import Poller
from schemas.errors import BadInput, BadSetting

MARKER: Final = "demo-folder"
MORNING: Final = time(7, 0, tzinfo=UTC)
PORT: Final = 8765


class DemoClock(SimulatedClock):
    """Simulated while the six weeks pass, the wall's afterwards."""

    live = False

    def __call__(self) -> datetime:
        """Return the demo's present in UTC."""
        return wall_clock() if self.live else super().__call__()


def fresh_folder(path: Path) -> Path:
    """Empty the demo's own folder. Raises BadInput for a folder that is something else."""
    if path.exists() and any(path.iterdir()) and not (path / MARKER).exists():
        raise BadInput(
            f"--data {path}: is not a demo's folder, and the demo begins by emptying its folder; name another"
        )
    path.mkdir(parents=True, exist_ok=True)
    KafkaNode(path / "kafka").stop()  # of a demo that was killed
    for child in path.iterdir():
        if child.name.startswith(BOOKS):
            continue  # what the language model said was paid for, and today's spending counts against today's limits
        if child.name == READER_PASSWORD:
            continue  # a Grafana that was given it goes on with the next demo
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child, ignore_errors=True)
        else:
            child.unlink(missing_ok=True)
    (path / MARKER).write_text("Made by `bellwether demo`, which empties this folder at its start.\n", "utf-8")
    return path


def last_morning(now: datetime) -> datetime:
    """Return the newest 07:00 UTC that has passed: the demo's last morning, so that it ends today."""
    today = datetime.combine(now.date(), MORNING)
    return today if today <= now else today - timedelta(days=1)


def demo_settings(
    data: Path,
    newsroom: Newsroom,
    site_port: int | None,
    llm: bool = False,
    expose: bool = False,
    bootstrap: str = "",
) -> Loaded:
    """Return the settings of a demo run: the user's own, with what the loopback newsroom needs.

    A language model reads only with `llm`: a key that lies in the environment must cost nothing by surprise. Nor does
    the fictional press get onto a Kafka that is in use: `bootstrap` is the demo's own, "" for the embedded broker.
    """
    return load(
        {
            "analyst.kind": "llm" if llm else "lexical",
            "llm.narrate_quiet": 0.5,
            "data": str(data),
            "feeds.allow_hosts": ["127.0.0.1"],
            "feeds.families": dict(FAMILIES),
            "feeds.per_host_delay": 0.0,
            "feeds.poll_interval": 2.0,
            "feeds.poll_interval_most": 2.0,
            "brief.schedule": "",
            "alerts.webhook": newsroom.hook_url,
            "site.port": site_port,
            "expose.enabled": expose,
            "kafka.bootstrap": bootstrap,
            "kafka.session_timeout": 6.0,
        }
    )


async def run_demo(
    data: Path,
    *,
    stay: bool,
    days: int,
    site_port: int | None,
    end: date | None,
    report: Report,
    llm: bool = False,
    expose: bool = False,
    kafka: bool = False,
) -> None:
    """Run the demo; with `stay` keep pages and newsroom open afterwards until interrupted.

    With `llm` the configured language model reads. Raises BadSetting when none is configured. With `kafka` a real Kafka
    in the demo's folder carries the stream; it ends with the demo. Raises BadInput without Java or Maven.
    """
    if llm:
        check_model()
    if kafka and (lacking := missing()):
        raise BadInput(f"--kafka: {lacking}")
    final = datetime.combine(end, MORNING) if end else last_morning(wall_clock())
    start = (final - timedelta(days=DAYS)).date()
    clock = DemoClock(datetime.combine(start, MORNING))
    folder = fresh_folder(data)
    with ExitStack() as opened:
        bootstrap = opened.enter_context(_own_kafka(folder, report)) if kafka else ""
        newsroom = opened.enter_context(Newsroom(start, PORT, clock))
        loaded = demo_settings(folder, newsroom, site_port, llm, expose, bootstrap)
        services = Services(loaded, clock)
        async with opened_host(loaded, (services.offer,)) as host:
            await asyncio.to_thread(services.start, host)
            try:
                report.begin(services.url, newsroom.url, analyst_name(loaded.settings), services.exposed)
                sources = feed_sources(newsroom.feed_urls().values())
                async with poller(host, sources, clock, report.feed) as reader:
                    for number in range(days):
                        await _morning(host, reader, newsroom, clock, final - timedelta(days=DAYS - 1 - number), report)
                    await asyncio.to_thread(_leave_behind, host, folder, report)
                    if llm:
                        report.costs(await asyncio.to_thread(_costs_line, loaded))
                    if stay:
                        await _stay(host, reader, newsroom, clock, services, report)
            finally:
                await asyncio.to_thread(services.stop)


@contextmanager
def _own_kafka(folder: Path, report: Report) -> Iterator[str]:
    """Run a Kafka for the demo alone; give its address."""
    node = KafkaNode(folder / "kafka")
    try:
        node.start(0, 0, own=True)
        report.kafka(kafka_version(), node.bootstrap)
        yield node.bootstrap
    finally:
        node.stop()


async def _morning(
    host: Host, reader: Poller, newsroom: Newsroom, clock: DemoClock, now: datetime, report: Report
) -> None:
    clock.move(now)
    newsroom.set_now(now)
    await reader.poll_once()
    await _settled(host, report)
    await host.stream.tick(now)
    await _until(lambda: host.desk.now() >= now.replace(minute=0, second=0, microsecond=0))
    status = await asyncio.to_thread(host.desk.answer, "status", {})
    lag = host.stream.lag()
    brief = await asyncio.to_thread(host.desk.briefing.morning.compose, now.date(), now)
    report.day(DayRow.of(now, newsroom.day, status, lag, brief))


async def _settled(host: Host, report: Report, patience: float = 15.0) -> None:
    """Wait for outcomes and words, however slow the model is, and say now and then that things go on."""
    waiting = asyncio.ensure_future(_told(host))
    while not (await asyncio.wait({waiting}, timeout=patience))[0]:
        report.waiting(host.stream.lag())
    waiting.result()


async def _told(host: Host) -> None:
    await host.stream.settle()
    await host.stream.narrated()


async def _until(met: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not await asyncio.to_thread(met) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def check_model() -> None:
    """Raise BadSetting, with the remedy, when no language model is configured."""
    settings = load({"analyst.kind": "auto"}).settings
    if not settings.uses_llm:
        raise BadSetting(
            "llm.api_key: `demo --llm` needs a language model: set OPENAI_API_KEY, or OPENAI_BASE_URL "
            "(or llm.base_url) for a server of your own; `bellwether demo` needs none"
        )


def _costs_line(loaded: Loaded) -> str:
    settings = loaded.settings
    return in_one_line(costs(str(books_path(settings)), None, wall_clock()), settings.llm)


def _leave_behind(host: Host, folder: Path, report: Report) -> None:
    """Write the last brief that said something beside the store, and show it."""
    briefs = host.desk.briefing.morning.briefs.list(DAYS + 1)
    told = next((brief for brief in briefs if brief.worth_saying), None)
    if told is None:
        report.no_brief(folder)
        return
    (folder / "brief.html").write_text(told.html, "utf-8")
    (folder / "brief.md").write_text(told.markdown, "utf-8")
    report.end(told, folder)


async def _stay(
    host: Host, reader: Poller, newsroom: Newsroom, clock: DemoClock, services: Services, report: Report
) -> None:
    signals: list[dict[str, Any]] = await asyncio.to_thread(host.desk.answer, "signals", {})
    strongest = signals[0] if signals else None
    crossing = round(strongest["strength"] + 0.1, 1) if strongest else services.crossing
    services.cross_at(min(crossing, 9.9))
    clock.live = True
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    report.stay(services.url, f"{newsroom.url}/newsroom", strongest, crossing)
    services.tell = report.alert
    await reader.run(stop)
