"""Hypothesis strategies for records, derived from their type hints: nothing about a record is written twice."""

from __future__ import annotations

import dataclasses
import types
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from msgspec import Meta

INT64 = 2**63 - 1
TEXT = st.characters(codec="utf-8")  # lone surrogates have no UTF-8 form


@cache
def records(record: type) -> st.SearchStrategy[Any]:
    """Return valid instances of a record dataclass, every field drawn within its limits."""
    hints = get_type_hints(record, include_extras=True)
    return st.builds(record, **{field.name: _values(hints[field.name]) for field in dataclasses.fields(record)})


def _values(hint: Any, limits: Meta | None = None) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _values(arguments[0], next(a for a in arguments[1:] if isinstance(a, Meta)))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*(_values(a) for a in arguments))
    if origin is tuple:
        return st.lists(_values(arguments[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(st.text(TEXT, max_size=6), _values(arguments[1]), max_size=3)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return records(hint)
    return _scalars(hint, limits or Meta())


def _scalars(hint: Any, limits: Meta) -> st.SearchStrategy[Any]:
    if hint is type(None):
        return st.none()
    if hint is str and limits.pattern:
        return st.from_regex(limits.pattern, fullmatch=True, alphabet=TEXT)
    if hint is str:
        return st.text(TEXT, min_size=limits.min_length or 0, max_size=min(12, limits.max_length or 12))
    if hint is bool:
        return st.booleans()
    if hint is int:
        least = -INT64 - 1 if limits.ge is None else int(limits.ge)
        return st.integers(least, INT64 if limits.le is None else int(limits.le))
    if hint is float:
        return st.floats(allow_nan=False)
    if hint is bytes:
        return st.binary(max_size=12)
    if hint is datetime:
        return st.datetimes(timezones=st.just(UTC))
    raise TypeError(f"no strategy for {hint}")
