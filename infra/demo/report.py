"""What a visitor of the demo sees in the terminal; plain lines when there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from producers.poll import Polled
from schemas.events import Alert, Brief
from sinks.brief.terminal import terminal


@dataclass(frozen=True, slots=True)
class DayRow:
    """One simulated morning in numbers."""

    now: datetime
    day: int
    articles: int
    evidence: int
    stories: int
    signals: int
    published: int
    lag: int
    brief: Brief

    @classmethod
    def of(cls, now: datetime, day: int, status: Mapping[str, Any], lag: Mapping[str, int], brief: Brief) -> DayRow:
        """Return the row of a morning from the desk's status."""
        return cls(
            now=now,
            day=day,
            articles=status["articles"],
            evidence=status["evidence"],
            stories=status["stories"],
            signals=status["signals"],
            published=status["published"],
            lag=lag.get("on_their_way", 0) + lag.get("waiting", 0) + lag.get("unprojected", 0),
            brief=brief,
        )


class Report:
    """Prints the demo's course."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._broken: set[str] = set()

    def begin(self, pages: str, newsroom: str, analyst: str, exposed: Sequence[str] = ()) -> None:
        """Say what is about to happen."""
        self._console.print(
            "Six weeks of a fictional press, one morning a line. Everything is real but the news: feeds over HTTP from "
            f"{newsroom}, Kafka, Faust, ClickHouse. Evidence by {escape(analyst)}.\n"
        )
        if pages:
            self._console.print(f"Watch the pages meanwhile: {pages}\n")
        for line in exposed:
            self._console.print(line, markup=False, soft_wrap=True)
        self._console.print(
            f"{'morning':<15}{'articles':>9}{'evidence':>10}{'stories':>9}{'signals':>9}{'published':>11}"
            f"{'lag':>5}  brief",
            style="bold",
        )

    def kafka(self, version: str, bootstrap: str) -> None:
        """Say which Kafka carries the stream."""
        self._console.print(f"Apache Kafka {version} is up at {bootstrap}, for this demo alone.")

    def day(self, row: DayRow) -> None:
        """Print one morning."""
        said = f"[bold]{escape(row.brief.headline)}[/bold]" if row.brief.worth_saying else (
            f"[dim]nothing worth saying: {escape('; '.join(row.brief.reasons[:2]))}[/dim]"
        )  # fmt: skip
        self._console.print(
            f"{row.now:%a %d %b %Y}{row.articles:>9}{row.evidence:>10}{row.stories:>9}{row.signals:>9}"
            f"{row.published:>11}{row.lag:>5}  {said}",
            no_wrap=self._console.is_terminal,
            overflow="ellipsis",
        )

    def waiting(self, lag: Mapping[str, int]) -> None:
        """Say that a slow morning goes on."""
        articles = lag.get("on_their_way", 0) + lag.get("waiting", 0)
        self._console.print(f"  [dim]… {articles} articles with the model, {lag.get('asked', 0)} with the judge[/dim]")

    def costs(self, line: str) -> None:
        """Print what the language model cost."""
        self._console.print(f"\n{escape(line)}", soft_wrap=True)

    def feed(self, polled: Polled) -> None:
        """Say when a feed breaks and when it is well again."""
        state = polled.state
        if state.ok == (state.url not in self._broken):
            return
        if state.ok:
            self._broken.discard(state.url)
            self._console.print(f"  [dim]feed {escape(state.title)}: well again[/dim]")
        else:
            self._broken.add(state.url)
            self._console.print(f"  [dim]feed {escape(state.title)}: {escape(state.error)}[/dim]", soft_wrap=True)

    def end(self, brief: Brief, folder: Path) -> None:
        """Print the last brief that said something, and where to look next."""
        self._console.print()
        if self._console.is_terminal:
            self._console.print(terminal(brief))
        else:
            self._console.print(brief.markdown, markup=False, soft_wrap=True)
        self._console.print(
            f"\nThe brief is in {folder / 'brief.html'} and {folder / 'brief.md'}. Look next: "
            f"`.venv/bin/bellwether signals --data {folder}`, or `.venv/bin/bellwether demo --stay` for the pages.",
            soft_wrap=True,
        )

    def no_brief(self, folder: Path) -> None:
        """Say that nothing was worth saying in all the time."""
        self._console.print(f"\nNo morning had anything worth saying. `.venv/bin/bellwether signals --data {folder}`")

    def stay(self, pages: str, newsroom: str, strongest: Mapping[str, Any] | None, crossing: float) -> None:
        """Say what a visitor can do now."""
        self._console.print(
            f"\nStaying open. Pages: {pages}   Publish an article of your own: {newsroom}", soft_wrap=True
        )
        if strongest is not None:
            self._console.print(
                f"The strongest signal stands at {strongest['strength']:.1f}; the alert is set to {crossing:.1f}. "
                "Publish the sample that strengthens it and watch it arrive here and on the newsroom's page. "
                "Ctrl-C ends.",
                soft_wrap=True,
            )

    def alert(self, alert: Alert) -> None:
        """Print an alert as it fires."""
        self._console.print(
            f"[bold]ALERT[/bold] {escape(alert.title)}: {alert.strength_before:.1f} → {alert.strength_after:.1f} "
            f"“{escape(alert.quote)}” ({escape(alert.publisher)})",
            soft_wrap=True,
        )
