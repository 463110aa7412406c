"""ClickHouse's Native format as clients of a newer protocol expect it.

chDB writes blocks as for protocol 0. A client that gives `client_protocol_version` (clickhouse-go, and with it
Grafana's plugin) expects before each block its info, and before each column's data a byte that says whether its
serialization is a special one. Where a column ends, only its values tell: they are passed over by their type.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final

from clickhouse_connect.datatypes.container import Array, Map, Tuple
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.datatypes.string import String
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
                _pass(kind, rows, source, context, kind.read_column_prefix(source, context))
        yield blocks[start : source.buf_loc]


def _pass(kind: Any, rows: int, source: _Whole, context: Any, state: Any) -> None:
    """Go to the end of a column's values."""
    if rows == 0:
        return
    if kind.low_card:
        width = 1 << (source.read_uint64() & 0xFF)
        _pass_values(kind, source.read_uint64(), source, context, state)
        source.read_bytes(source.read_uint64() * width)
        return
    if kind.nullable:
        source.read_bytes(rows)
    _pass_values(kind, rows, source, context, state)


def _pass_values(kind: Any, rows: int, source: _Whole, context: Any, state: Any) -> None:
    if isinstance(kind, String):
        for _ in range(rows):
            source.read_bytes(source.read_leb128())
    elif isinstance(kind, Array):
        _pass(kind.element_type, _last_offset(source, rows), source, context, state)
    elif isinstance(kind, Map):
        entries = _last_offset(source, rows)
        _pass(kind.key_type, entries, source, context, state[0])
        _pass(kind.value_type, entries, source, context, state[1])
    elif isinstance(kind, Tuple) and kind.element_types:
        for element, its_state in zip(kind.element_types, state, strict=True):
            _pass(element, rows, source, context, its_state)
    elif kind.byte_size:
        source.read_bytes(rows * kind.byte_size)
    else:
        kind.read_column_data(source, rows, context, state)


def _last_offset(source: _Whole, rows: int) -> int:
    return int.from_bytes(source.read_bytes(8 * rows)[-8:], "little") if rows else 0
