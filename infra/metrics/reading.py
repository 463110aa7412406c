"""Counts what comes in: articles at the door, polls of feeds, dead letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from infra.metrics.catalogue import ARTICLE_COPIES, ARTICLES_READ, DEAD_LETTERS, FEED_POLLS
from infra.metrics.registry import METRICS, Metrics
from producers.door import Admitted
from producers.poll import Polled

_OWN_REASONS: Final = {
    "extract": ("analyst",), "ledger": ("check",), "publish": (), "judge": (), "revise": ("narrator",),
    "sink": ("handle",),
}  # fmt: skip
_REASONS: Final = {stage: {"decode", "validate", "encode", *own} for stage, own in _OWN_REASONS.items()}


def count_admitted(admitted: Admitted, metrics: Metrics = METRICS) -> None:
    """Count what became of some drafts."""
    for fate, number in (("new", admitted.new), ("revision", admitted.revisions), ("unchanged", admitted.unchanged)):
        metrics.count(ARTICLES_READ, fate, by=number)
    metrics.count(ARTICLE_COPIES, by=admitted.copies)


def count_articles_from_zero(metrics: Metrics = METRICS) -> None:
    """Show every fate of articles: where nothing was ever read, there is a figure that stands still."""
    for fate in ("new", "revision", "unchanged", "refused"):
        metrics.count(ARTICLES_READ, fate, by=0)
    metrics.count(ARTICLE_COPIES, by=0)


def count_refused(lines: int, metrics: Metrics = METRICS) -> None:
    """Count lines of a file that are no articles."""
    metrics.count(ARTICLES_READ, "refused", by=lines)


def counting_polls(
    then: Callable[[Polled], None] | None = None, metrics: Metrics = METRICS
) -> Callable[[Polled], None]:
    """Return a listener that counts a poll and hands it on."""
    for result in ("ok", "failed"):  # a series that begins at 1 has no increase
        metrics.count(FEED_POLLS, result, by=0)

    def polled(one: Polled) -> None:
        metrics.count(FEED_POLLS, "ok" if one.state.ok else "failed")
        if then is not None:
            then(one)

    return polled


def count_dead_letter(stage: str, metrics: Metrics = METRICS) -> None:
    """Count a dead letter. `stage` is as records have it ("extract/decode"); what nobody here wrote is "other"."""
    role, _, reason = stage.partition("/")
    known = _REASONS.get(role)
    metrics.count(DEAD_LETTERS, role if known else "other", reason if known and reason in known else "other")


def count_dead_letters_from_zero(metrics: Metrics = METRICS) -> None:
    """Show every kind of dead letter: a series that begins at 1 has no increase."""
    for role, reasons in _OWN_REASONS.items():
        for reason in ("decode", "validate", *reasons):
            metrics.count(DEAD_LETTERS, role, reason, by=0)
