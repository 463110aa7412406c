"""A site on fakes: two signals, two briefs, two feeds, all in memory."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from starlette.testclient import TestClient

from schemas.events import Brief
from sinks.brief.compose import compose
from sinks.site.app import build_site
from tests.builders import event, evidence_row, minutes, signal, story
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
    made |= given
    return made | {"story_count": len(made["stories"]), "family_count": len(made["families"])}


@dataclass
class FakeReader:
    """Signals by id; `merged` maps an absorbed id to its survivor. `fails` is raised by every call."""

    rows: dict[str, Row] = field(default_factory=lambda: {f"g{n}": signal_row(n) for n in (1, 2)})
    merged: dict[str, str] = field(default_factory=dict)
    fails: Exception | None = None

    def signals(self, *, published_only: bool = True, limit: int = 1000, at: datetime | None = None) -> list[Row]:
        if self.fails:
            raise self.fails
        gone = {"mass", "evidence", "events", "story_rows", "why"}
        return [{k: v for k, v in row.items() if k not in gone} for row in self.rows.values()][:limit]

    def signal(self, signal_id: str, at: datetime) -> Row | None:
        if self.fails:
            raise self.fails
        return deepcopy(self.rows.get(self.merged.get(signal_id, signal_id)))


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


def client(
    reader: FakeReader | None = None, briefs: FakeBriefs | None = None, feeds: Sequence[Row] | None = None
) -> TestClient:
    """A browser without script on the site of these fakes."""
    shown = [feed()] if feeds is None else list(feeds)
    app = build_site(
        reader or FakeReader(),
        briefs or FakeBriefs(two_briefs()),
        feeds=lambda: shown,
        now=lambda: NOW,
        status=lambda: {"articles": 12, "lag": 0},
        analyst="lexical/1",
    )
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)
