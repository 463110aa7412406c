"""ClickHouse's Native format as clients of a newer protocol expect it.

chDB writes blocks as for protocol 0. A client that gives `client_protocol_version` (clickhouse-go, and with it
Grafana's plugin) expects before each block its info, and before each column's data a byte that says whether its
serialization is a special one. Where a column ends, only reading it tells; clickhouse-connect's reader does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any, Final

from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.buffer import ResponseBuffer
from clickhouse_connect.driver.exceptions import Error, StreamCompleteException
from clickhouse_connect.driver.query import QueryContext

from infra.exposed.refusal import Refused

_BLOCK_INFO_SINCE: Final = 51903
_SERIALIZATION_SINCE: Final = 54454
# Fields by number: 1 is_overflows (no), 2 bucket_num (-1), then the end.
_BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_ORDINARY: Final = b"\x00"


class _Whole(ResponseBuffer):
    """Reads blocks that are all in memory; `buf_loc` is where it is."""

    def __init__(self, blocks: bytes) -> None:
        super().__init__(SimpleNamespace(gen=iter(()), close=lambda: None))  # type: ignore[no-untyped-call]
        self.buffer, self.buf_sz = blocks, len(blocks)

    def read_str_col(
        self, num_rows: int, encoding: str | None, nullable: bool = False, null_obj: Any = None
    ) -> Iterable[str]:
        """Pass over strings without making them."""
        if nullable:
            self.read_bytes(num_rows)
        for _ in range(num_rows):
            self.read_bytes(self.read_leb128())
        return [""] * num_rows


def for_protocol(blocks: bytes, version: int) -> bytes:
    """Return blocks of protocol 0 as of `version`. Raises Refused for a column of a kind that cannot be read here."""
    if version < _BLOCK_INFO_SINCE:
        return blocks
    try:
        return b"".join(_rewritten(blocks, version >= _SERIALIZATION_SINCE))
    except (Error, StreamCompleteException, ValueError, TypeError, KeyError, IndexError, NotImplementedError) as error:
        raise Refused(
            48, f"A column of this answer cannot be given in Native ({error}); cast it, or ask without "
            "client_protocol_version. (NOT_IMPLEMENTED)"
        ) from error  # fmt: skip


def _rewritten(blocks: bytes, with_serialization: bool) -> Iterator[bytes]:
    source, context = _Whole(blocks), QueryContext()
    while (start := source.buf_loc) < len(blocks):
        yield _BLOCK_INFO
        columns, rows = source.read_leb128(), source.read_leb128()
        for _ in range(columns):
            context.start_column(source.read_leb128_str())
            kind = get_from_name(source.read_leb128_str())
            if with_serialization:
                yield blocks[start : source.buf_loc] + _ORDINARY
                start = source.buf_loc
            if rows:
                kind.read_column(source, rows, context)
        yield blocks[start : source.buf_loc]
