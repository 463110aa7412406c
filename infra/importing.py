"""Taking an imported page in: keep it, then read again the stored articles that it quotes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from schemas.errors import BadInput
from schemas.stated import StatedSignal
from sinks.clickhouse.connect import Store
from sinks.clickhouse.stated import StatedPages

Row = dict[str, Any]


class PageImporter:
    """`read_again` admits the next revision of stored articles that pages quote by now and returns how many; None where
    another process admits articles (the role `feeds`), which then sees to it by itself."""

    def __init__(self, store: Store, now: Callable[[], datetime], read_again: Callable[[], int] | None = None) -> None:
        self._pages, self._now, self._read_again = StatedPages(store), now, read_again

    def take(self, page: Row, file: str) -> Row:
        """Keep a page given as JSON data; return `import_id`, `kept` (new, unchanged, replaced) and how many articles
        are read again. Raises BadInput for what is no page."""
        try:
            record = msgspec.convert(page, StatedSignal)
        except msgspec.ValidationError as error:
            raise BadInput(f"{file}: is no page of this version of Bellwether: {error}") from error
        kept = self._pages.save(record, file, self._now())
        again = self._read_again() if self._read_again is not None else 0
        return {"import_id": record.import_id, "kept": kept, "read_again": again}
