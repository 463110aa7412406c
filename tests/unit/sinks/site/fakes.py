"""A site on fakes: two signals, two briefs, two feeds, all in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from starlette.testclient import TestClient

from schemas.errors import BadInput
from schemas.events import Brief
from sinks.brief.compose import compose
from sinks.clickhouse.by_signal import Point
from sinks.clickhouse.listing import Listing
from sinks.profile import Profile
from sinks.site.access import Access
from sinks.site.app import build_site
from sinks.site.ports import ImportedReader, Sources
from tests.builders import article, event, evidence_row, minutes, outcome, signal, story
from tests.unit.sinks.brief.samples import Said, inputs, row

NOW = minutes(1440)
Row = dict[str, Any]


def signal_row(number: int = 1, **given: Any) -> Row:
    """A signal as `Reader.signal` returns it."""
    against = evidence_row(
        number + 10,
        stance="contradicts",
        quote="Licences arrive within a week.",
        anchor="a week",
        family="other",
    )
    copy = evidence_row(number + 20, is_copy=True, micro=0, article_title="The same, elsewhere")
    rejected = evidence_row(number + 30, status="rejected", quote="Made up by a model.", reason="not in the text")
    made = asdict(signal(number, stories=(f"s{number}",), actors={"MOFCOM": 3, "Müller & Söhne": 1}))
    made["evidence"] = [asdict(one) for one in (evidence_row(number), against, copy, rejected)]
    made["events"] = [
        asdict(event(number, 1)),
        asdict(event(number, 2, kind="published", note="two families")),
    ]
    made["why"] = {"supports": {"family-1": 0.7, "família ☂": 0.2}, "contradicts": {"other": 0.1}}
    made["story_rows"] = [asdict(story(number))]
    made["curve"] = (Point(minutes(0), 1.1, 0.3), Point(minutes(1440), 2.3, 0.8, 0.1))
    made["supporting"], made["opposing"] = 0.9, 0.1
    made["counts"] = {"articles": 3, "supporting": 2, "against": 1, "not_counted": 1, "analysts": ["lexical/1"]}
    made |= given
    return made | {"story_count": len(made["stories"]), "family_count": len(made["families"])}


def article_row(number: int = 1, **given: Any) -> Row:
    """An article as `Reader.article` returns it."""
    title = {"signal_title": "Gallium gets scarce", "signal_state": "published"}
    rejected = evidence_row(number + 30, status="rejected", quote="Made up by a model.", reason="not in the text")
    made = asdict(article(number)) | {
        "article_id": f"a{number}",
        "admitted_at": minutes(number),
        "outcome": asdict(outcome(number)),
        "evidence": [asdict(one) | title for one in (evidence_row(number), rejected)],
        "copies": [],
    }
    return made | given


@dataclass
class FakeReader:
    """Signals by id; `merged` maps an absorbed id to its survivor. `fails` is raised by every call."""

    rows: dict[str, Row] = field(default_factory=lambda: {f"g{n}": signal_row(n) for n in (1, 2)})
    merged: dict[str, str] = field(default_factory=dict)
    fails: Exception | None = None
    articles: dict[str, Row] = field(default_factory=lambda: {"a1": article_row()})
    last: int = 4
    told: list[Row] = field(default_factory=list)

    def listing(self, now: datetime) -> Listing:
        if self.fails:
            raise self.fails
        gone = {"mass", "evidence", "events", "story_rows", "why", "curve", "counts"}
        rows = {
            key: {k: v for k, v in row.items() if k not in gone} | {"trend": row.get("trend", 0.4)}
            for key, row in self.rows.items()
        }
        return Listing(now, self.last, rows)

    def sparklines(self, signal_ids: Sequence[str], since: datetime) -> dict[str, list[tuple[datetime, float]]]:
        return {key: [(minutes(0), 1.1), (minutes(600), 2.3)] for key in signal_ids}

    def signal(self, signal_id: str, at: datetime, *, most: int | None = None) -> Row | None:
        if self.fails:
            raise self.fails
        return deepcopy(self.rows.get(self.merged.get(signal_id, signal_id)))

    def article(self, article_id: str) -> Row | None:
        if self.fails:
            raise self.fails
        return deepcopy(self.articles.get(article_id))

    def position(self) -> int:
        if self.fails:
            raise self.fails
        return self.last

    def events(self, after: tuple[int, int] = (0, 0), *, limit: int = 500, published_only: bool = False) -> list[Row]:
        return [row for row in self.told if (row["n"], row["i"]) > after][:limit]


@dataclass
class FakeBriefs:
    """Briefs in memory, newest first."""

    briefs: list[Brief] = field(default_factory=list)

    def get(self, date: str) -> Brief | None:
        return next((one for one in self.briefs if one.date == date), None)

    def latest(self, before_date: str | None = None) -> Brief | None:
        return next((one for one in self.briefs if before_date is None or one.date < before_date), None)

    def list(self, limit: int = 30) -> Sequence[Brief]:
        return self.briefs[:limit]


@dataclass
class FakeCommander:
    """Applies every command at once, or refuses it for `refuses`; `fails` is raised instead."""

    given: list[Row] = field(default_factory=list)
    refuses: str = ""
    fails: Exception | None = None

    def give(self, action: str, *, by: str, reason: str = "", key: str = "", **given: Any) -> Row:
        if self.fails:
            raise self.fails
        others = [given["into"]] if "into" in given else [given["undoes"]] if "undoes" in given else []
        row = {
            "command_id": f"cmd-{len(self.given):016x}", "action": action, "by": by, "reason": reason, "key": key,
            "signal_id": given.get("signal_id", "g1"), "title": "Gallium gets scarce", "refused": self.refuses,
            "undone": False, "undone_by": "", "other_ids": others, "evidence_id": given.get("evidence_id", ""),
            "former_title": "Gallium gets scarce", "new_title": given.get("title", ""), "at": NOW, "n": 5,
            "parts": given.get("parts", ()), "events": [], "pending": False, "repeated": False,
        }  # fmt: skip
        self.given.append(row)
        return row

    def commands(self, *, command_id: str = "", signal_id: str = "", limit: int = 200) -> list[Row]:
        found = [row for row in reversed(self.given) if command_id in ("", row["command_id"])]
        return [row for row in found if signal_id in ("", row["signal_id"])][:limit]


def two_briefs() -> list[Brief]:
    """A day with news after a day without."""
    quiet = Said(False, 0.0, ("no article arrived",), ())
    return [
        compose(inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440)),
        compose(inputs(), quiet, date="2026-04-15", composed_at=minutes(0)),
    ]


def feed(**given: Any) -> Row:
    """A healthy feed."""
    made = {
        "url": "https://news.example/feed.xml", "title": "News", "ok": True, "error": "", "articles": 12,
        "last_success": minutes(1430), "next_poll": minutes(1445),
    }  # fmt: skip
    return made | given


def explained(signal_id: str, at: datetime) -> Row:
    """Where a strength came from, as `Desk.why` says it."""
    if signal_id not in ("g1", "g2"):
        raise BadInput(f"signal {signal_id}: there is none with this id; `bellwether signals` lists them")
    row = {"kind": "event", "day": "2026-04-15", "micro": 420_000, "weight": 1.0}
    voice = {"family": "family-1", "voice": 0.3, "stories": [{"story_id": "s1", "mass": 0.42, "rows": [row]}]}
    return {
        "signal_id": signal_id, "title": "Gallium gets scarce", "as_of": at, "policy": "2",
        "half_life_days": {"event": 10.0}, "one_family": 0.7, "formula": ("V = Σ v",), "supports": [voice],
        "contradicts": [], "supporting": 0.3, "opposing": 0.0, "net": 0.3, "strength": 1.0145, "contested": False,
        "retraced": {"events": 2, "signals": 1, "differing": []},
    }  # fmt: skip


def costs(**given: Any) -> Row:
    """No language model was ever asked."""
    return {"asked": False, "uses_llm": False, "currency": "USD", "priced": True, "breaker": "closed",
            "spend_per_article": 0.0, "report": {}} | given  # fmt: skip


def sources_of(**given: Any) -> Sources:
    """Everything the pages need, from fakes."""
    made: dict[str, Any] = {
        "reader": FakeReader(), "briefs": FakeBriefs(two_briefs()), "feeds": lambda: [feed()], "now": lambda: NOW,
        "status": lambda: {"articles": 12, "lag": 0}, "costs": costs, "why": explained,
    }  # fmt: skip
    return Sources(**(made | given))


def client(
    reader: FakeReader | None = None,
    briefs: FakeBriefs | None = None,
    feeds: Sequence[Row] | None = None,
    *,
    profile: Profile | None = None,
    spent: Row | None = None,
    commander: FakeCommander | None = None,
    access: Access | None = None,
    base_url: str = "http://testserver",
    why: Callable[[str, datetime], Row] = explained,
    imported: ImportedReader | None = None,
    status: Callable[[], Row] = lambda: {"articles": 12, "lag": 0},
) -> TestClient:
    """A browser without script on the site of these fakes."""
    shown = [feed()] if feeds is None else list(feeds)
    sources = Sources(
        reader=reader or FakeReader(),
        briefs=briefs or FakeBriefs(two_briefs()),
        feeds=lambda: shown,
        now=lambda: NOW,
        status=status,
        costs=lambda: spent or costs(),
        commands=commander.commands if commander else None,
        commander=commander,
        why=why,
        imported=imported,
    )
    app = build_site(sources, analyst="lexical/1", profile=profile, access=access)
    return TestClient(app, base_url, raise_server_exceptions=False, follow_redirects=False)
