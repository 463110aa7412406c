"""Removes from the books what a model said of articles that were taken down. Accounts of what it cost stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from processors.analysts.llm.books import Books

_SAYING: Final = ("answers", "shared", "recorded")


def forget(books: Books, touches: Callable[[str], bool]) -> int:
    """Delete every kept answer in which `touches` finds such words; return how many. The next same request is paid."""
    count = 0
    for table in _SAYING:
        with books.reading() as db:
            rows = db.execute(f"SELECT key, body FROM {table}").fetchall()  # noqa: S608
        gone = [(key,) for key, body in rows if any(touches(text) for text in _texts(body))]
        with books.writing() as db:
            db.executemany(f"DELETE FROM {table} WHERE key = ?", gone)  # noqa: S608
        count += len(gone)
    if count:
        with books.reading() as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return count


def _texts(body: str) -> Iterator[str]:
    """Yield the body, and every text in it when it is JSON: there it may be escaped."""
    yield body
    try:
        todo: list[Any] = [msgspec.json.decode(body)]
    except msgspec.DecodeError:
        return
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            yield value
            if value[:1] in "{[" and value != body:
                yield from _texts(value)
        elif isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, list):
            todo += value
