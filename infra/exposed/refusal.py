"""What a question is refused with, in ClickHouse's words and numbers."""

from __future__ import annotations

import re
from typing import Final

SYNTAX_ERROR: Final = 62
NOT_ALLOWED: Final = 497
READONLY: Final = 164
UNKNOWN_FORMAT: Final = 73
_NAMES: Final = {
    48: "NOT_IMPLEMENTED",
    62: "SYNTAX_ERROR",
    73: "UNKNOWN_FORMAT",
    81: "UNKNOWN_DATABASE",
    164: "READONLY",
    194: "REQUIRED_PASSWORD",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    306: "TOO_DEEP_RECURSION",
    497: "ACCESS_DENIED",
    516: "AUTHENTICATION_FAILED",
    1001: "STD_EXCEPTION",
}
# As ClickHouse's HTTP interface answers; whatever is not here is 500.
_STATUS: Final = {
    **dict.fromkeys((36, 42, 43, 44, 53, 62, 72, 73, 115, 130, 131, 167, 168, 306, 456, 457, 467), 400),
    **dict.fromkeys((46, 47, 50, 60, 81), 404),
    **dict.fromkeys((164, 192, 193, 497, 516), 403),
    48: 501,
    159: 408,
    194: 401,
    202: 503,
    223: 413,
}
_NAMED: Final = re.compile(r"\([A-Z][A-Z0-9_]+\)$")
_VERSION: Final = re.compile(r"(?: \(version [^)]*\)\. \(\w+\))+$")
_CODE: Final = re.compile(r"Code: (\d+)\. ")
# What the engine adds about the statement that asked its parser; the position it names is the reader's own.
_PARSER: Final = re.compile(
    r": In scope SELECT (?:parseQueryToJSON|formatQuerySingleLine)\(.*\)\.? \((\w+)\)", re.DOTALL
)


class Refused(Exception):
    """A question that is not answered. `code` is ClickHouse's."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words

    @property
    def status(self) -> int:
        """The HTTP status that ClickHouse answers with."""
        return _STATUS.get(self.code, 500)

    def body(self, version: str) -> str:
        """Return the body that ClickHouse answers with."""
        named = "" if _NAMED.search(self.words) else f" ({_NAMES.get(self.code, 'ERROR')})"
        return f"Code: {self.code}. DB::Exception: {self.words}{named} (version {version})\n"


def from_engine(error: Exception) -> Refused:
    """Return what an exception of chDB says."""
    text = str(error).strip()
    found = _CODE.search(text)
    if not found:
        return Refused(1001, text[:2000] or type(error).__name__)
    words = text[found.end() :].removeprefix("DB::Exception: ")
    while (again := _CODE.match(words)) and again.group(1) == found.group(1):  # it wraps some of its own
        words = words[again.end() :].removeprefix("DB::Exception: ")
    words = _VERSION.sub("", words)
    return Refused(int(found.group(1)), _PARSER.sub(r" (\1)", words)[:4000])
