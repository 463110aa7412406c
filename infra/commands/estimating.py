"""Before a model reads a backlog: the estimate on standard error, and how far back today's limits reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from infra.backlog import Waiting, hold_back, plan, told
from infra.backlog_scan import scan, without
from infra.clock import wall_clock
from infra.commands.say import say
from infra.feed_store import producer_settings
from infra.host import Host
from infra.llm import llm_config
from infra.settings import Settings
from processors.analysts.llm.costs import costs

Known = Callable[[list[str]], Iterable[str]]


def announce_file(settings: Settings, analyst: str, file: str, known: Known) -> None:
    """Say what reading the file with `analyst` may cost, and hold back what does not fit.

    `known` returns those of some article ids that are stored already. Raises BadInput for an unreadable file.
    """
    if not analyst.startswith("llm/"):
        return
    if file == "-":
        say(f"standard input is read by {analyst} as it comes: no estimate is possible; the limits hold all the same")
    elif can_estimate(settings, analyst):
        say(f"{file}: looking how much it is")
        announce(settings, without(scan(Path(file), producer_settings(settings), wall_clock()), known))


def can_estimate(settings: Settings, analyst: str) -> bool:
    """Tell whether what `analyst` will cost can be said here; say so when it costs something and it cannot."""
    if analyst.startswith("llm/") and not settings.uses_llm:
        say(f"the running process reads with {analyst}, which these settings do not name: no estimate is possible")
    return analyst.startswith("llm/") and settings.uses_llm


def estimated(settings: Settings, waiting: Sequence[Waiting]) -> list[str]:
    """Return what these articles may cost, in lines for people; nothing is held back or noted."""
    if not waiting:
        return []
    config = llm_config(settings, "")
    report = costs(config.books, None, wall_clock())
    made = plan(waiting, config, report)
    return told(made, settings.llm.currency, made.back_to or report.read_back_to)


def announce(settings: Settings, waiting: Sequence[Waiting]) -> None:
    """Say what these articles may cost, and hold back what does not fit."""
    if not waiting:
        return
    config = llm_config(settings, "")
    report = costs(config.books, None, wall_clock())
    made = plan(waiting, config, report)
    for line in told(made, settings.llm.currency, hold_back(made, config, report)):
        say(line)


def announce_waiting(host: Host) -> None:
    """Say what the articles that are stored and not read yet may cost, and hold back what does not fit. Blocks."""
    settings = host.loaded.settings
    if settings.uses_llm:
        rows = host.store.query(
            "SELECT published_at, lengthUTF8(text) AS characters FROM articles AS a LEFT JOIN ("
            "  SELECT article_id, max(revision) AS settled FROM outcomes WHERE generation = {g:String}"
            "  GROUP BY article_id"
            ") AS o ON a.article_id = o.article_id WHERE o.article_id = '' OR o.settled < a.revision",
            {"g": host.stream.generation},
        )
        announce(settings, [Waiting(row["published_at"], int(row["characters"])) for row in rows])


def deferral(deferred: int, reasons: Sequence[str]) -> str:
    """Return how many articles wait, why, and when they are read."""
    articles = "1 article is" if deferred == 1 else f"{deferred:,} articles are"
    why = f" ({'; '.join(reasons)})" if reasons else ""
    return f"{articles} deferred{why}: `bellwether run` reads them by and by, the newest first"
