"""From a commit to the pages: the rows of the real reader have the shapes that brief and site expect."""

from __future__ import annotations

from datetime import timedelta

from starlette.testclient import TestClient

from processors.decisions.worthiness import Day, Moved, Thresholds, worthiness
from sinks.brief.compose import compose
from sinks.brief.store import BriefStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.feeds import FeedRows
from sinks.clickhouse.project import Projector
from sinks.clickhouse.queries import Reader
from sinks.site.app import build_site
from sinks.site.ports import Sources
from tests.builders import QUOTE, T0, commit, event, evidence_row, minutes, outcome, signal, story
from tests.unit.sinks.site.fakes import costs

NOW = minutes(60)


def test_a_commit_reaches_the_pages(store: Store) -> None:
    Projector(store, "live").apply(
        [
            commit(
                1,
                events=(event(1, 1), event(1, 2, kind="published", strength_before=1.1, strength_after=2.9)),
                outcomes=(outcome(1),),
                evidence=(evidence_row(1),),
                stories=(story(1),),
                signals=(signal(1),),
            )
        ]
    )
    reader, briefs = Reader(store, "live"), BriefStore(store)

    inputs = reader.brief_inputs(T0 - timedelta(days=1), NOW, 0, 99)
    moved = [
        Moved(
            signal_id=row["signal_id"],
            state=row["state"],
            kind_of_events=tuple(one["kind"] for one in row["window"]),
            strength_before=row["strength_before"],
            strength_after=row["strength_after"],
            families=len(row["families"]),
            stories=len(row["stories"]),
            first_published=any(one["kind"] == "published" for one in row["window"]),
        )
        for row in inputs["signals"]
    ]
    day = Day(articles=sum(inputs["outcomes"].values()), candidates=inputs["candidates"])
    verdict = worthiness(moved, day, Thresholds())
    assert verdict.worth_saying
    assert briefs.save(compose(inputs, verdict, date="2026-04-15", composed_at=NOW))

    site = TestClient(
        build_site(
            Sources(
                reader=reader,
                briefs=briefs,
                feeds=lambda: list(FeedRows(store).load().values()),
                now=lambda: NOW,
                status=reader.status,
                costs=costs,
                why=lambda signal_id, at: {},
            )
        )
    )
    front = site.get("/").text
    assert QUOTE.replace("gallium 🇨🇳", "<mark>gallium 🇨🇳</mark>") in front
    assert "0.0 → 2.9" in front
    page = site.get("/signals/g1")
    assert page.status_code == 200
    assert "family-1" in page.text
    assert "mass" not in site.get("/signals/g1.json").json()
    assert [one["signal_id"] for one in site.get("/signals.json").json()["signals"]] == ["g1"]
    assert site.get("/signals/unknown").status_code == 404
    assert site.get("/feeds").status_code == 200
    assert site.get("/healthz").json()["status"]["published"] == 1
