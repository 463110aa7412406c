"""A saved page of an older system becomes a StatedSignal. Pure.

A page is: the site's name, its tagline, a link back, the title, a line of figures, the class; then sections in this
order, each with its heading: Analysis, Key actors, Source articles (N), Reasoning (legacy, …) — N; then a footer. Blank
lines mean nothing. What is not understood is kept as an unread line.
"""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from typing import Final

from producers.signal_page.dates import Dates, looks_like_day, looks_like_time
from producers.signal_page.doubts import Doubts
from producers.signal_page.figures import begins_figures, has_all, read_class, read_figures
from producers.signal_page.legacy import divided
from producers.signal_page.shown_lines import Line, shown_lines
from producers.signal_page.sources import Titles, read_sources
from producers.signal_page.transcript import Transcript, cut, on_line
from schemas.errors import BadInput
from schemas.stated import MOST_QUOTE, LegacyReasoning, StatedActor, StatedSignal, StatedSource, import_id

_ANALYSIS: Final = re.compile(r"analysis", re.IGNORECASE)
_ACTORS: Final = re.compile(r"key actors(?:\s*\(\d+\))?", re.IGNORECASE)
_SOURCES: Final = re.compile(r"source articles(?:\s*\(\s*(\d{1,9})\s*\))?", re.IGNORECASE)
_LEGACY: Final = re.compile(r"reasoning \(legacy\b[^)]*\)(?:\s*[-–—:]\s*(\d{1,9}))?", re.IGNORECASE)
_COUNTED: Final = re.compile(r"(.*\S)\s*(?:\((\d{1,9})\)|[×x]\s?(\d{1,9}))")
_FOOTER: Final = re.compile(r"(?=.*[·©|])(?=.*\b(?:19|20)\d\d\b).{1,160}")


def read_page(content: bytes, *, locale: str, zone: str, today: date | None = None) -> StatedSignal:
    """Return what the page states. Raises BadInput with what was missing, or the line that cannot be meant.

    `locale` (BCP 47) is that of the browser that showed the page, `zone` (IANA) where it stood.
    `today` is the day there: what the page dates later is kept and warned of; None warns of no such thing.
    """
    dates = Dates(locale, zone)
    lines = shown_lines(content)
    if not lines:
        raise BadInput("is empty")
    return _Reading(lines, dates, Doubts(today)).page()


class _Reading:
    def __init__(self, lines: list[Line], dates: Dates, doubts: Doubts) -> None:
        self._lines, self._dates, self._doubts = lines, dates, doubts
        self._out = Transcript()

    def page(self) -> StatedSignal:
        out = self._out
        top, width = self._figures()
        below = top + width
        title = self._lines[top - 1].text
        site, tagline = self._masthead(top - 1)
        out.put("title", title)
        for line in self._lines[top:below]:
            out.put("figures", line.text)
        figures = on_line(self._lines[top], lambda: read_figures(self._joined(top, width), self._dates))
        out.doubt(self._lines[top], self._doubts.of_figures(figures))
        end = len(self._lines)
        footer = ""
        if end > below and _FOOTER.fullmatch(self._lines[-1].text):
            end, footer = end - 1, self._lines[-1].text
        marks = self._sections(below, end)
        known = None
        for line in self._lines[below : marks["head"]]:
            found = read_class(line.text, out.warn) if known is None else None
            known = known or found
            out.put("class" if found else "unread", line.text)
        analysis = self._analysis(marks["analysis"], marks["actors"])
        actors = self._actors(marks["actors"], marks["sources"])
        stated_sources, sources = self._sources(marks["sources"], marks["legacy"], figures.articles)
        stated_legacy, legacy = self._legacy(marks["legacy"], end)
        if footer:
            out.put("footer", footer)
        unread = [line.text for line in out.lines if line.role == "unread"]
        if unread:
            out.warn(
                f"{len(unread)} lines are no part of a signal's page and are kept as unread, such as {cut(unread[0])}"
            )
        if known is None:
            out.warn("there is no line of the class (kind · lens · sectors · geographies)")
        return StatedSignal(
            import_id=import_id(title, figures.first_written),
            title=title,
            strength=figures.strength,
            times_extracted=figures.times_extracted,
            first_day=figures.first_day,
            last_reinforced=figures.last_reinforced,
            articles=figures.articles,
            kind=known.kind if known else "",
            lens=known.lens if known else "",
            sectors=known.sectors if known else (),
            geographies=known.geographies if known else (),
            analysis=analysis,
            actors=actors,
            sources=sources,
            stated_sources=stated_sources,
            legacy=legacy,
            stated_legacy=stated_legacy,
            site=site,
            tagline=tagline,
            footer=footer,
            locale=self._dates.locale,
            zone=self._dates.zone,
            lines=tuple(out.lines),
            warnings=out.closed(),
        )

    def _figures(self) -> tuple[int, int]:
        """Return where the figures begin, and over how many lines they go."""
        begin = None
        for at, line in enumerate(self._lines):
            if not begins_figures(line.text):
                continue
            begin = at if begin is None else begin
            for width in range(1, 9):
                if has_all(self._joined(at, width)):
                    if at == 0:
                        raise BadInput(
                            f"is no page of a signal: line {line.number}: there is no title over the figures"
                        )
                    return at, width
        if begin is None:
            raise BadInput(
                "is no page of a signal: it has no line such as “str 8 extracted 13× DATE · last reinforced …”"
            )
        line = self._lines[begin]
        on_line(line, lambda: read_figures(line.text, self._dates))
        raise AssertionError("a line with all figures was found before")

    def _joined(self, at: int, width: int) -> str:
        return " ".join(line.text for line in self._lines[at : at + width])

    def _masthead(self, end: int) -> tuple[str, str]:
        """Read what stands over the title: site and tagline up to the link back, the rest is unread."""
        site = tagline = ""
        back = next((at for at in range(end) if self._lines[at].text.startswith(("←", "‹", "<-"))), None)
        for at, line in enumerate(self._lines[:end]):
            if at == back:
                self._out.put("back", line.text)
            elif at == 0:
                site = line.text
                self._out.put("site", site)
            elif at == 1 and (back is None or at < back):
                tagline = line.text
                self._out.put("tagline", tagline)
            else:
                self._out.put("unread", line.text)
        return site, tagline

    def _sections(self, begin: int, end: int) -> dict[str, int]:
        """Return where each section begins: the place of its heading, or of the next section where it is missing."""
        texts = [line.text for line in self._lines]
        titles = Titles(self._lines, begin, end)
        sources = next((at for at in range(begin, end) if _SOURCES.fullmatch(texts[at]) and at not in titles), None)
        if sources is None:
            raise BadInput("is no page of a signal: it has no section “Source articles (N)”")
        legacy = next(
            (at for at in range(end - 1, sources, -1) if _LEGACY.fullmatch(texts[at]) and at not in titles), end
        )
        analysis = next((at for at in range(begin, sources) if _ANALYSIS.fullmatch(texts[at])), None)
        actors = next((at for at in range(sources - 1, begin - 1, -1) if _ACTORS.fullmatch(texts[at])), sources)
        if analysis is None or analysis > actors:
            analysis = actors
        return {"head": analysis, "analysis": analysis, "actors": actors, "sources": sources, "legacy": legacy}

    def _analysis(self, begin: int, end: int) -> tuple[str, ...]:
        paragraphs = []
        for at in range(begin, end):
            self._out.put("heading" if at == begin else "analysis", self._lines[at].text)
            if at > begin:
                paragraphs.append(self._lines[at].text)
        return tuple(paragraphs)

    def _actors(self, begin: int, end: int) -> tuple[StatedActor, ...]:
        actors = []
        for at in range(begin, end):
            text = self._lines[at].text
            self._out.put("heading" if at == begin else "actor", text)
            if at > begin:
                found = _COUNTED.fullmatch(text)
                actors.append(StatedActor(found[1], int(found[2] or found[3])) if found else StatedActor(text))
        return tuple(actors)

    def _sources(self, begin: int, end: int, articles: int) -> tuple[int | None, tuple[StatedSource, ...]]:
        heading = self._lines[begin].text
        self._out.put("heading", heading)
        found = _SOURCES.fullmatch(heading)
        assert found is not None
        stated = int(found[1]) if found[1] else None
        titles = Titles(self._lines, begin + 1, end)
        sources = read_sources(self._lines, titles, begin + 1, end, self._dates, self._doubts, self._out)
        for where, count in (("the line of figures", articles), ("the heading", stated)):
            if count is not None and count != len(sources):
                self._out.warn(f"{where} states {count} source articles, the page lists {len(sources)}")
        for source in sources:
            if len(source.quote) > MOST_QUOTE:
                self._out.warn(
                    f"the quote under {cut(source.title)} is longer than {MOST_QUOTE} characters: it cannot be verified"
                )
        return stated, sources

    def _legacy(self, begin: int, end: int) -> tuple[int | None, tuple[LegacyReasoning, ...]]:
        if begin >= end:
            return None, ()
        heading = self._lines[begin].text
        self._out.put("heading", heading)
        found = _LEGACY.fullmatch(heading)
        assert found is not None
        stated = int(found[1]) if found[1] else None
        read: list[tuple[Line | None, list[str]]] = []
        for line in self._lines[begin + 1 : end]:
            if looks_like_day(line.text) or looks_like_time(line.text):
                self._out.put("legacy-date", line.text)
                read.append((line, []))
                continue
            self._out.put("legacy", line.text)
            self._out.doubt(line, self._doubts.of_markers(line.text))
            if not read:
                read.append((None, []))
            read[-1][1].append(line.text)
        reasonings = []
        for dated, paragraphs in read:
            day = on_line(dated, partial(_day, dated.text, self._dates)) if dated else None
            if dated and day:
                self._out.doubt(dated, self._doubts.of_day(day, "the date of a legacy reasoning"))
            reasonings.append(LegacyReasoning(day, divided(paragraphs)))
        if stated is not None and stated != len(reasonings):
            self._out.warn(f"the heading states {stated} legacy reasonings, the page lists {len(reasonings)}")
        return stated, tuple(reasonings)


def _day(text: str, dates: Dates) -> date:
    """Return the day of a line that may have a time, too: the day that the page names, whatever the zone."""
    if looks_like_time(text):
        dates.time(text)
        text = re.split(r"[,\s]", text.strip(), maxsplit=1)[0]
    return dates.day(text)
