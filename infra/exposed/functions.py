"""Which functions a reader may call: all that only compute, named by the engine's own catalogue.

The engine files each function under a category. Categories whose functions compute from their arguments alone are
open, so that a new version's functions are too; a category that nobody has looked at is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

# Closed: AI (asks services), Dictionary and Embedded Dictionary (read from anywhere), Introspection, Internal,
# Machine Learning (loads models); Other, save what is named below.
_CATEGORIES: Final = frozenset(
    {
        "Arithmetic", "Arrays", "Bit", "Bitmap", "Comparison", "Conditional", "Dates and Times", "Distance", "Encoding",
        "Encryption", "Financial", "Geo", "Geo Polygon", "Hash", "IP Address", "JSON", "Logical", "Map", "Mathematical",
        "Null", "Nullable", "NumericIndexedVector", "QBit", "Random Number", "Rounding", "String", "String Replacement",
        "String Search", "String Splitting", "Time Series", "Time Window", "Tuple", "Type Conversion", "URL", "UUID",
    }
)  # fmt: skip
_OTHER: Final = frozenset(
    {
        "bar", "bytesize", "connectionid", "countdigits", "currentdatabase", "currentqueryid", "currentuser",
        "defaultvalueofargumenttype", "defaultvalueoftypename", "digits", "displayname", "errorcodetoname",
        "finalizeaggregation", "formatreadabledecimalsize", "formatreadablequantity", "formatreadablesize",
        "formatreadabletimedelta", "getsetting", "getsettingordefault", "getsizeofenumtype", "getsubcolumn", "hostname",
        "identity", "ignore", "indexhint", "initialqueryid", "initializeaggregation", "isconstant", "isdecimaloverflow",
        "lowcardinalityindices", "lowcardinalitykeys", "materialize", "minsamplesizecontinuous",
        "minsamplesizeconversion", "neighbor", "parsereadablesize", "parsereadablesizeornull",
        "parsereadablesizeorzero", "parsetimedelta", "queryid", "revision", "rownumberinallblocks", "rownumberinblock",
        "runningaccumulate", "runningdifference", "runningdifferencestartingwithfirstvalue", "throwif",
        "tocolumntypename", "totypename",
        "transform", "uptime", "varianttype", "variantelement", "version", "visiblewidth",
    }
)  # fmt: skip
# What the parser makes that the catalogue does not list.
_SYNTAX: Final = frozenset({"lambda", "untuple", "grouping", "exists", "columns"})
_CLOSED: Final = frozenset({"flamegraph", "aggthrow"})


@dataclass(frozen=True, slots=True)
class Functions:
    """The open functions, in lower case; `aggregates` may carry `combinators` at their ends (`sumIf`)."""

    plain: frozenset[str]
    aggregates: frozenset[str]
    combinators: tuple[str, ...]

    def allows(self, name: str) -> bool:
        """Say whether a reader may call it."""
        name = name.lower()
        if name in self.plain or name in self.aggregates:
            return True
        return any(
            name.endswith(end) and len(name) > len(end) and self._aggregate(name[: -len(end)])
            for end in self.combinators
        )

    def _aggregate(self, name: str) -> bool:
        return name in self.aggregates or any(
            name.endswith(end) and len(name) > len(end) and self._aggregate(name[: -len(end)])
            for end in self.combinators
        )


def open_functions(catalogue: Iterable[Mapping[str, object]], combinators: Iterable[str]) -> Functions:
    """Return what is open of the catalogue: rows of `name`, `alias_to`, `category`, `is_aggregate`, `origin`."""
    rows = [row for row in catalogue if row["origin"] == "System"]  # a user-defined one is a program or SQL of its own
    category = {str(row["name"]): str(row["category"]) for row in rows}

    def is_open(row: Mapping[str, object]) -> bool:
        stands_for = str(row["alias_to"] or row["name"])
        if stands_for.lower() in _OTHER:
            return True
        return category.get(stands_for, "") in _CATEGORIES

    plain = {str(row["name"]).lower() for row in rows if not row["is_aggregate"] and is_open(row)}
    aggregates = {str(row["name"]).lower() for row in rows if row["is_aggregate"]} - _CLOSED
    return Functions(
        frozenset(plain | _SYNTAX), frozenset(aggregates), tuple(sorted(end.lower() for end in combinators))
    )
