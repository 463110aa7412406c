"""How far a backfill is: a bar on a terminal, a line each half minute elsewhere, with rate and time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from infra.commands.say import say
from producers.backfill.gather import SourceReport

_EVERY = 30.0  # seconds between two lines where there is no terminal
Show = Callable[[dict[str, Any]], None]


@contextmanager
def reading() -> Iterator[Callable[[SourceReport], None]]:
    """Show what has been read so far."""
    with _shown("reading") as show:
        began, before = time.monotonic(), {"": 0}

        def told(report: SourceReport) -> None:
            before[report.source] = report.read
            read = sum(before.values())
            show(None, f"{report.source}: {read:,} read, {_rate(read, time.monotonic() - began)}")

        yield told


@contextmanager
def admitting(total: int) -> Iterator[Show]:
    """Show how many of `total` drafts were admitted or known, how fast that goes and how long it will take."""
    with _shown("admitting") as show:
        began = 0.0

        def told(state: dict[str, Any]) -> None:
            nonlocal began
            began = began or time.monotonic()
            show(_settled(state) / total, progress_words(state, total, time.monotonic() - began))

        yield told


def progress_words(state: dict[str, Any], total: int, seconds: float) -> str:
    """Return how far an admission is after `seconds`, in words. Done is what has its outcome or was known."""
    done = _settled(state)
    words = f"{done:,} of {total:,} done, {state['admitted']:,} admitted, {state['lines'] - done:,} under way"
    if done and seconds >= 1:
        words += f", {_rate(done, seconds)}, {_span((total - done) * seconds / done)} left"
    return words


def _settled(state: dict[str, Any]) -> int:
    done: int = state["lines"] - state.get("waiting", 0) - state.get("on_their_way", 0)
    return max(0, done)


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f}/s" if seconds >= 1 else "…"


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def _shown(what: str) -> Iterator[Callable[[float | None, str], None]]:
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rest]}"), TimeElapsedColumn()
    with Progress(*columns, transient=True, disable=not sys.stderr.isatty(), console=console) as bar:
        task = bar.add_task(what, total=None, rest="")
        last = time.monotonic()

        def show(fraction: float | None, words: str) -> None:
            nonlocal last
            bar.update(task, total=None if fraction is None else 1.0, completed=fraction or 0.0, rest=words)
            if bar.disable and time.monotonic() - last >= _EVERY:
                last = time.monotonic()
                say(f"{what}: {words}")

        yield show
