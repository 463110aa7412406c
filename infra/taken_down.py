"""What the door asks about articles and publishers that were taken down."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from producers.door import Barred
from producers.draft import Draft
from sinks.clickhouse.connect import Store
from sinks.clickhouse.takedowns import Takedowns


def barred_in(store: Store) -> Barred:
    """Return what says which of some drafts must not be read. It asks the store each time: others may write there."""
    records = Takedowns(store)

    def barred(drafts: Sequence[Draft]) -> Collection[str]:
        return records.barred((draft.article_id, draft.publisher) for draft in drafts)

    return barred
