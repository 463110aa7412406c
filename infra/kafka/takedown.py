"""A takedown on real services: through the ledger by Kafka, then out of ClickHouse and out of every topic.

Kafka cannot change a record, and the ledger and the publisher hold the words in memory. So the words go while every
role is at rest: they are erased from the store, every record of every topic is deleted, and the topics are filled from
what the store says then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from infra.alerting import book_path
from infra.kafka.at_rest import at_work
from infra.kafka.commands import proposing
from infra.kafka.refill import fill_anew
from infra.kafka.roles import opened_server_desk
from infra.llm import books_path
from infra.settings import Loaded, Settings
from infra.takedown import Asked, erase, plan_for, takedown, wait_for, withdrawals, write_down
from processors.emit import Emitter
from sinks.clickhouse.connect import Store

Row = dict[str, Any]
STOP: Final = "stop every role, then give the same command again: it erases the words; start the roles when it is done"
_BOOKS: Final = (
    "{} cannot be found from here, and once the store is erased nobody knows which words to look for in them; give the "
    "same command where they lie, with the settings that name them (with compose: `docker compose run --rm keeper "
    "takedown …`), or with --without-books if there are none"
)


def takedown_there(loaded: Loaded, asked: Asked, *, dry_run: bool = False, without_books: bool = False) -> Row:
    """Do as infra.takedown.takedown on the configured Kafka and ClickHouse. See `take_down`."""
    with opened_server_desk(loaded) as desk:
        return take_down(loaded.settings, desk.store, asked, dry_run=dry_run, without_books=without_books)


def takedown_beside(loaded: Loaded, asked: Asked, *, dry_run: bool = False) -> Row:
    """Do as infra.takedown.takedown where one process has its store in a folder and a Kafka beside it."""

    def around(store: Store, erased: Callable[[], Row]) -> Row:
        return fill_anew(loaded.settings.kafka, store, erased)

    return takedown(loaded, asked, dry_run=dry_run, around=around)


def take_down(
    settings: Settings, store: Store, asked: Asked, *, dry_run: bool = False, without_books: bool = False
) -> Row:
    """Withdraw what is not withdrawn yet, for which the ledger and the sinks must run; erase when every role rests.

    Where the model's answers or the alerts are not found, nothing is erased, save with `without_books`.
    Return what was found, `erased` (None as long as something is to be done first) and `to_do` (what is left
    for the operator). Raises BadInput, BadSetting, Retryable.
    """
    connection = settings.kafka.connection
    plan = plan_for(store, asked)
    if dry_run:
        return plan.row() | {"dry_run": True}
    write_down(store, plan, asked)
    if wanted := withdrawals(store, plan, asked):
        emitter = Emitter(connection)
        try:
            propose = proposing(emitter)
            for _, _, proposal in wanted:
                propose(proposal)
        finally:
            emitter.close()
        wait_for(store, wanted)
    found = plan.row() | {"dry_run": False, "erased": None, "to_do": STOP}
    if at_work(connection):
        return found
    if (missing := missing_books(settings)) and not without_books:
        return found | {"to_do": _BOOKS.format(" and ".join(missing))}
    done = fill_anew(settings.kafka, store, lambda: erase(store, plan, books_path(settings), book_path(settings)))
    return found | done | {"to_do": ""}


def missing_books(settings: Settings) -> list[str]:
    """Return which books that may hold the words are not where the settings say, with those settings' names."""
    places = {"alerts.book": book_path(settings), "llm.books": books_path(settings)}
    return [f"{name} ({path})" for name, path in places.items() if not path.exists()]
