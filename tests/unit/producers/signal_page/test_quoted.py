"""Lines of evidence: where they begin and how far they go, found in one look at each line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.signal_page.quoted import quoted, widths

PIECES = ('"', "“", "”", "[", "]", "a", '" [', '"a', "b]", "(no evidence)", '"" []', " ")


class Counted(list[str]):
    """Lines that count how often one is taken."""

    taken = 0

    def __getitem__(self, at: Any) -> Any:
        self.taken += 1
        return super().__getitem__(at)


def by_trying(lines: Sequence[str], at: int, end: int) -> int | None:
    """Say over how many lines the evidence at `at` goes, by joining ever more of them."""
    if quoted(lines[at]) is not None:
        return 1
    if lines[at][0] not in '"“„«”':
        return None
    for last in range(at + 1, min(at + 20, end)):
        if quoted(lines[last]) is not None:
            return None
        if lines[last][-1] == "]" and quoted(" ".join(lines[at : last + 1])) is not None:
            return last + 1 - at
    return None


LINES = st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join).map(str.strip).filter(bool))


@given(LINES, st.integers(0, 3), st.integers(0, 3))
def test_it_finds_what_joining_ever_more_lines_finds(lines: list[str], begin: int, cut: int) -> None:
    end = max(len(lines) - cut, begin)
    begin = min(begin, len(lines))
    end = min(end, len(lines))
    tried = {at: width for at in range(begin, end) if (width := by_trying(lines, at, end)) is not None}
    assert widths(lines, begin, end) == tried


def test_a_quote_goes_over_twenty_lines_and_no_further() -> None:
    assert widths(['"a', *["b"] * 18, '" [a]'], 0, 20) == {0: 20}
    assert widths(['"a', *["b"] * 19, '" [a]'], 0, 21) == {}


@pytest.mark.parametrize("line", ['"a', '"a]', '"a" [b', '" ['])
def test_each_line_is_taken_once(line: str) -> None:
    lines = Counted([line] * 3000)
    widths(lines, 0, len(lines))
    assert lines.taken <= len(lines)
