"""Which statements a reader may run, decided on the tree that ClickHouse's own parser makes of them.

What the engine itself refuses under `readonly = 1` (writing, definitions) is refused here too; the engine alone would
let pass INTO OUTFILE, functions that read files, KILL, and settings in subqueries. What runs afterwards is written
from the tree that was looked at, never the reader's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from infra.exposed.functions import Functions
from infra.exposed.refusal import NOT_ALLOWED, READONLY, Refused

Tree = dict[str, Any]
_SELECT: Final = "SelectWithUnionQuery"
_ROOTS: Final = frozenset({_SELECT, "ExplainQuery", "ShowTablesQuery", "ShowColumnsQuery", "ShowIndexesQuery"})
_INNER: Final = frozenset({_SELECT, "SelectQuery", "SelectIntersectExceptQuery", "TablesInSelectQuery"})
_TABLE_FUNCTIONS: Final = frozenset({"generateseries", "generate_series", "numbers", "numbers_mt", "zeros", "zeros_mt"})
_SYSTEM: Final = frozenset(
    {
        "aggregate_function_combinators", "build_options", "collations", "columns", "contributors",
        "data_type_families", "databases", "formats", "functions", "keywords", "licenses", "numbers", "numbers_mt",
        "one", "settings", "table_engines", "table_functions", "tables", "time_zones", "zeros", "zeros_mt",
    }
)  # fmt: skip
_IN: Final = re.compile(r"(global)?(not)?(null)?in(ignoreset)?", re.IGNORECASE)
_SCHEMA: Final = "information_schema"  # views of what `system` shows


@dataclass(frozen=True, slots=True)
class Rules:
    """What is open: functions, and the tables of `database` save `hidden`. `views` take arguments like functions."""

    functions: Functions
    database: str
    views: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that may run: its tree without format and settings, and these."""

    tree: Tree
    format: str
    settings: Mapping[str, str]


def permitted(tree: Tree, rules: Rules, current: str) -> Statement:
    """Return the statement that may run in database `current`. Raises Refused."""
    kind = str(tree.get("type"))
    if kind not in _ROOTS:
        raise Refused(READONLY, f"Cannot execute query in readonly mode: {kind} does more than read. (READONLY)")
    tree = deepcopy(tree)
    form = tree.pop("format_ast", None) or {}
    settings = _changes(tree.pop("settings_ast", None))
    select, how = tree, None
    if kind == "ExplainQuery":
        how = tree.pop("settings", None)  # EXPLAIN's own: how much it tells
        select = tree.get("query") or {}
        if select.get("type") != _SELECT:
            raise Refused(NOT_ALLOWED, "Only SELECT can be explained here. (ACCESS_DENIED)")
    settings |= _lifted(select)
    for node, is_table in _nodes(tree):
        _check(node, is_table, rules, current)
    if how is not None:
        tree["settings"] = how
    return Statement(tree, str(form.get("name", "")), settings)


def _lifted(select: Tree) -> dict[str, str]:
    """Take the settings of the whole statement out of it."""
    settings = _changes(select.pop("settings_ast", None))
    parts = (select.get("list_of_selects") or {}).get("children") or []
    if len(parts) == 1:
        settings |= _changes(parts[0].pop("settings", None))
    return settings


def _changes(clause: Tree | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for change in (clause or {}).get("changes") or []:
        value = (change.get("value") or {}).get("value")
        if isinstance(value, bool):
            value = int(value)
        if not isinstance(value, str | int | float):
            raise Refused(READONLY, f"Cannot modify '{change.get('name')}' setting in readonly mode. (READONLY)")
        found[str(change["name"])] = str(value)
    if clause and set(clause) - {"type", "changes"}:  # such as `SETTINGS x = DEFAULT`
        raise Refused(READONLY, "Cannot modify settings in readonly mode. (READONLY)")
    return found


def _nodes(tree: Tree) -> Iterator[tuple[Tree, bool]]:
    """Every node and whether it is a table function; without recursion, for the reader chooses how deep it is."""
    waiting: list[tuple[Any, bool]] = [(tree, False)]
    while waiting:
        found, is_table = waiting.pop()
        if isinstance(found, dict):
            yield found, is_table
            waiting.extend((value, name == "table_function") for name, value in found.items())
        elif isinstance(found, list):
            waiting.extend((value, False) for value in found)


def _check(node: Tree, is_table: bool, rules: Rules, current: str) -> None:
    kind = str(node.get("type", ""))
    if node.get("out_file"):
        raise Refused(NOT_ALLOWED, "INTO OUTFILE is not allowed. (ACCESS_DENIED)")
    if kind == "SetQuery":
        raise Refused(READONLY, "Cannot modify settings of a part of a query in readonly mode. (READONLY)")
    if kind.endswith("Query") and kind not in _INNER and kind not in _ROOTS:
        raise Refused(READONLY, f"Cannot execute query in readonly mode: {kind} does more than read. (READONLY)")
    if is_table:
        _check_table_function(str(node.get("name", "")), rules)
    elif kind == "TableIdentifier":
        _check_table(_parts(node), rules, current)
    elif kind == "Function":
        _check_function(node, rules, current)
    elif kind == "QueryParameter" and "identifier" in str(node.get("param_type", "")).lower():
        raise Refused(NOT_ALLOWED, "Names cannot be parameters here. (ACCESS_DENIED)")
    if name := node.get("func_name"):  # of APPLY
        _check_name(str(name), rules)


def _check_function(node: Tree, rules: Rules, current: str) -> None:
    name = str(node.get("name", ""))
    _check_name(name, rules)
    if _IN.fullmatch(name):  # what it looks in may be a table
        for argument in ((node.get("arguments") or {}).get("children") or [])[1:]:
            if argument.get("type") == "Identifier":
                _check_looked_in(_parts(argument), rules, current)


def _check_name(name: str, rules: Rules) -> None:
    if not rules.functions.allows(name):
        raise Refused(NOT_ALLOWED, f"Function {name[:100]} is not allowed to readers. (ACCESS_DENIED)")


def _check_table_function(name: str, rules: Rules) -> None:
    if name.lower() not in _TABLE_FUNCTIONS and name.removeprefix(rules.database + ".") not in rules.views:
        raise Refused(NOT_ALLOWED, f"Table function {name[:100]} is not allowed to readers. (ACCESS_DENIED)")


def _check_table(parts: tuple[str, ...], rules: Rules, current: str) -> None:
    database, table = (current, parts[0]) if len(parts) == 1 else (parts[0], parts[-1])
    if database == rules.database:
        allowed = table not in rules.hidden
    elif database == "system":
        allowed = table in _SYSTEM
    else:
        allowed = database.lower() == _SCHEMA
    if not allowed or len(parts) > 2 or not table:
        name = ".".join((database, *parts[-1:]))
        raise Refused(NOT_ALLOWED, f"Not enough privileges: {name[:200]} is not open to readers. (ACCESS_DENIED)")


def _check_looked_in(parts: tuple[str, ...], rules: Rules, current: str) -> None:
    """Refuse a closed table after IN; any other name there may be a column."""
    elsewhere = current != rules.database if len(parts) == 1 else parts[0] in ("system", "default")
    if elsewhere or parts[-1] in rules.hidden:
        _check_table(parts[-2:], rules, current)


def _parts(node: Tree) -> tuple[str, ...]:
    return tuple(node.get("name_parts") or (str(node.get("name", "")),))
