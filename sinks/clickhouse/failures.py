"""What a failure of the store means for its caller: try again, mend a setting, or mend the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from clickhouse_connect.driver.exceptions import ClickHouseError, Error, OperationalError

from schemas.errors import BadSetting, BellwetherError, Retryable

# Error codes of ClickHouse after which the same statement may succeed later.
_PASSING: Final = frozenset(
    {
        159,  # TIMEOUT_EXCEEDED
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        241,  # MEMORY_LIMIT_EXCEEDED
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
    }
)
_REFUSED: Final = frozenset({192, 193, 194, 195, 497, 516})  # unknown user, wrong password, not allowed


_DISK_FULL: Final = 243  # NOT_ENOUGH_SPACE


class StoreError(BellwetherError):
    """The store refused a statement that repeating does not help: a fault of the program or the data."""


class GapError(BellwetherError):
    """A commit is missing: `expected` is the number that should have come, `found` the one that came."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"commit {expected} is missing: the next one at hand is {found}")
        self.expected = expected
        self.found = found


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the driver's exceptions into Retryable, BadSetting or StoreError that say what was being done."""
    try:
        yield
    except Error as error:
        raise _meaning(error, doing) from error
    except (ClickHouseError, UnicodeEncodeError, AttributeError, TypeError, OverflowError) as error:
        # The driver lets a value that does not fit its column surface as a plain Python error.
        raise StoreError(f"{doing}: {type(error).__name__}: {error}") from error
    except OSError as error:
        raise Retryable(f"{doing}: {error}") from error


def _meaning(error: Error, doing: str) -> BellwetherError:
    words = f"{doing}: {str(error)[:600]}"
    if error.code == _DISK_FULL:
        return Retryable(f"the disk of the store is full; it goes on as soon as there is space ({doing})")
    if error.code in _REFUSED:
        return BadSetting(f"store.dsn: the server refuses this user ({words})")
    if error.code in _PASSING or (isinstance(error, OperationalError) and error.code is None):
        return Retryable(words)
    return StoreError(words)
