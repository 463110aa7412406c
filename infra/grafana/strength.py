"""The strength of signals over time, as a panel asks for it: the very SQL that the pages are made from.

Its parameters are replaced by macros of Grafana's ClickHouse plugin: the chosen time, about 300 points in it.
"""

from __future__ import annotations

from typing import Final

from sinks.clickhouse.strength_sql import OF_SOME

# With `published_at` the listed signals of the pages: see sinks/clickhouse/queries.LISTED.
LISTED: Final = "published_at IS NOT NULL AND state IN ('published', 'faded', 'dormant')"
HEADS: Final = f"FROM signals FINAL WHERE generation = '$generation' AND {LISTED}"
FROM: Final = "toDateTime64($__fromTime, 6, 'UTC')"
TO: Final = "toDateTime64($__toTime, 6, 'UTC')"
STEPS: Final = "greatest(1, intDiv(dateDiff('hour', $__fromTime, $__toTime), 300))"
_PARAMETERS: Final = ("{since:DateTime64(6, 'UTC')}", "{until:DateTime64(6, 'UTC')}", "{hours:Int64}")


def strengths(ids: str, since: str = FROM, until: str = TO, hours: str = STEPS) -> str:
    """Return a query of signal_id, at, supporting, opposing, strength for the signals that the query `ids` names.

    Those that were merged into them count as well, under the name of today.
    """
    sql = OF_SOME.replace("{g:String}", "'$generation'").replace("IN {ids:Array(String)}", f"IN ({with_merged(ids)})")
    for name, value in zip(_PARAMETERS, (since, until, hours), strict=True):
        sql = sql.replace(name, value)
    return sql.strip()


def with_merged(ids: str) -> str:
    """Return a query of the ids in the query `ids` (its column is signal_id) and of all that were merged into them."""
    return (
        f"SELECT signal_id FROM ({ids}) UNION ALL SELECT signal_id FROM merged_signals "  # noqa: S608
        f"WHERE generation = '$generation' AND survivor IN ({ids})"
    )


def newest(ids: str) -> str:
    """The same as of the end of the chosen time: one row a signal that has evidence."""
    return strengths(ids, since=TO, until=TO, hours="1")
