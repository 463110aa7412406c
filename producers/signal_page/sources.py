"""The source articles of a page: a title, the line of its evidence, when it was recorded, the reasoning. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from producers.signal_page.dates import Dates, looks_like_time
from producers.signal_page.doubts import Doubts
from producers.signal_page.quoted import Quoted, quoted, widths
from producers.signal_page.shown_lines import Line
from producers.signal_page.transcript import Transcript, on_line
from schemas.stated import StatedSource, StatedState

_REASONING: Final = re.compile(r"reasoning from this article:?", re.IGNORECASE)


@dataclass(slots=True)
class _Open:
    title: str
    evidence: Quoted
    recorded_at: datetime | None = None
    reasons: bool = False
    reasoning: list[str] = field(default_factory=list)

    def closed(self) -> StatedSource:
        return StatedSource(
            self.title,
            self._state(),
            self.evidence.quote,
            self.evidence.anchor,
            self.recorded_at,
            tuple(self.reasoning),
        )

    def _state(self) -> StatedState:
        if not self.evidence.given:
            return "none"
        if not self.evidence.quote:
            return "empty"
        return "reasoned" if self.reasoning else "quote"


class Titles:
    """Which of some lines are titles of source articles: those that a line of evidence follows.

    A title may look like evidence itself, so in a run of such lines every second one is evidence: what stands before
    an odd run is a title.
    """

    def __init__(self, lines: Sequence[Line], begin: int, end: int) -> None:
        self._texts = [line.text for line in lines]
        self._widths = widths(self._texts, begin, end)
        self._odd: dict[int, bool] = {}  # whether the run of evidence from here on has an odd length
        for at in sorted(self._widths, reverse=True):
            self._odd[at] = not self._odd.get(at + self._widths[at], False)

    def __contains__(self, at: int) -> bool:
        return self._odd.get(at + 1, False)

    def evidence(self, at: int) -> tuple[str, int]:
        """Return the evidence under the title at `at` as one line, and over how many lines it goes."""
        width = self._widths[at + 1]
        return " ".join(self._texts[at + 1 : at + 1 + width]), width


def read_sources(
    lines: Sequence[Line], titles: Titles, begin: int, end: int, dates: Dates, doubts: Doubts, out: Transcript
) -> tuple[StatedSource, ...]:
    """Return the source articles in `lines[begin:end]`. Raises BadInput with the line that cannot be meant."""
    found: list[_Open] = []
    place = begin
    while place < end:
        line = lines[place]
        last = found[-1] if found else None
        number = len(found) - 1
        if last and last.recorded_at is None and looks_like_time(line.text):
            out.put("recorded", line.text, number)
            recorded_at = last.recorded_at = on_line(line, partial(dates.time, line.text))
            day = recorded_at.astimezone(ZoneInfo(dates.zone)).date()
            out.doubt(line, doubts.of_day(day, "when the article was recorded"))
        elif place in titles:
            whole = titles.evidence(place)
            evidence = quoted(whole[0])
            assert evidence is not None
            found.append(_Open(line.text, evidence))
            out.put("source", line.text, number + 1)
            out.put("evidence", whole[0], number + 1)
            place += whole[1]
        elif last and not last.reasons and _REASONING.fullmatch(line.text):
            out.put("heading", line.text, number)
            last.reasons = True
        elif last and last.reasons:
            out.put("reasoning", line.text, number)
            last.reasoning.append(line.text)
        else:
            out.put("unread", line.text, number)
        place += 1
    return tuple(source.closed() for source in found)
