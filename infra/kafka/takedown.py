"""A takedown on real services: through the ledger by Kafka, then out of ClickHouse. Topics keep what they hold."""

from __future__ import annotations

from typing import Any, Final

from infra.alerting import book_path
from infra.kafka.commands import proposing
from infra.kafka.roles import opened_server_desk
from infra.llm import books_path
from infra.settings import Loaded
from infra.takedown import Asked, erase, plan_for, wait_for, withdrawals, write_down
from processors.emit import Emitter
from schemas.topics import ALERTS, ARTICLES, BRIEFS, COMMITS, DEAD_LETTERS, PROPOSALS, QUESTIONS, SIGNAL_EVENTS, SIGNALS

Row = dict[str, Any]
HOLDING: Final = tuple(
    topic.name
    for topic in (ARTICLES, PROPOSALS, COMMITS, QUESTIONS, SIGNAL_EVENTS, SIGNALS, ALERTS, BRIEFS, DEAD_LETTERS)
)


def takedown_there(loaded: Loaded, asked: Asked, *, dry_run: bool = False) -> Row:
    """Do as infra.takedown.takedown on the configured Kafka and ClickHouse; the ledger and the sinks must be running.

    Raises BadInput, BadSetting, Retryable.
    """
    with opened_server_desk(loaded) as desk:
        plan = plan_for(desk.store, asked)
        if dry_run:
            return plan.row() | {"dry_run": True}
        write_down(desk.store, plan, asked)
        wanted = withdrawals(desk.store, plan, asked)
        emitter = Emitter(loaded.settings.kafka.connection)
        try:
            propose = proposing(emitter)
            for _, _, proposal in wanted:
                propose(proposal)
        finally:
            emitter.close()
        wait_for(desk.store, wanted)
        counts = erase(desk.store, plan, books_path(loaded.settings), book_path(loaded.settings))
    return plan.row() | counts | {"dry_run": False, "topics_that_still_hold_it": list(HOLDING)}
