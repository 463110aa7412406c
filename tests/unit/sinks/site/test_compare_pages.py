"""The pages of generations and of their comparison, on a made comparison."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.testclient import TestClient

from schemas.errors import BadInput
from sinks.site.app import build_site
from sinks.site.charts import CHART, overlay
from sinks.site.compare_view import EVIDENCE, LISTS, PER, Address, by_day, part
from tests.builders import minutes
from tests.unit.sinks.site.fakes import sources_of
from tests.unit.sinks.site.test_pages import words

Row = dict[str, Any]
HOSTILE = "<script>alert(1)</script>"


def side(name: str, **given: Any) -> Row:
    made = {
        "name": name, "state": "complete", "made_of": "articles of 2026-01-01", "articles": 12, "outcomes": {},
        "evidence": 40, "stories": 3, "signals": 2, "published": 1, "events": 9, "commits": 12, "lag": 0,
        "quotes": {"proposed": 50, "found": 45, "taken": 40, "refused": 10, "validity": 0.9, "reasons": []},
        "questions": {"asked": 2, "open": 0},
        "cost": {"recorded": True, "calls": 7, "from_memory": 3, "spend": 0.25, "currency": "EUR", "priced": True,
                 "note": ""},
        "misfits": [],
    }  # fmt: skip
    return made | given


def pair(number: int = 1, **given: Any) -> Row:
    made = {
        "signal_a": f"g{number}", "signal_b": f"x{number}", "likeness": 0.5, "title_a": "Gallium", "title_b": "Gallium",
        "state_a": "published", "state_b": "published", "published_a": True, "published_b": True, "strength_a": 6.25,
        "strength_b": 3.5, "distance": 4.0, "distance_at": minutes(10), "events_a": 5, "events_b": 4, "families_a": 3,
        "families_b": 3, "evidence_a": 10, "evidence_b": 9, "kept": 8, "lost": 2, "gained": 1, "turned": 1,
        "differs": ["strength", "curve"],
    }  # fmt: skip
    return made | given


def alone(number: int, **given: Any) -> Row:
    made = {"signal_id": f"o{number}", "title": f"Alone {number}", "state": "candidate", "published": False,
            "strength": 1.0, "events": 1, "families": 1, "stories": 1, "evidence": 1}  # fmt: skip
    return made | given


def quoted(number: int, **given: Any) -> Row:
    made = {"evidence_id": f"e{number}", "article_id": f"a{number}", "article_title": "On gallium",
            "publisher": "Paper", "published_at": minutes(number), "quote": f"Quote {number}.", "anchor": "Quote",
            "claim": "", "stance": "supports", "micro": 1, "signal_there": "", "stance_there": ""}  # fmt: skip
    return made | given


@dataclass
class FakeCompared:
    """A comparison as infra makes it."""

    pairs: list[Row] = field(default_factory=lambda: [pair()])
    opened: list[Row] = field(default_factory=list)
    missing: list[Row] = field(default_factory=list)
    divided: list[Row] = field(default_factory=list)
    joined: list[Row] = field(default_factory=list)
    given: Row = field(default_factory=dict)

    @property
    def summary(self) -> Row:
        made = {
            "a": side("live", state="live", made_of=""), "b": side("better"), "at": minutes(60), "identical": False,
            "differing_tables": None,
            "signals": {"matched": 9, "changed": len(self.pairs), "opened": len(self.opened),
                        "missing": len(self.missing), "divided": len(self.divided), "joined": len(self.joined)},
            "evidence": {"a": 40, "b": 39, "kept": 30, "moved": 3, "lost": 10, "gained": 9, "turned": 1,
                         "lost_unread": 0, "gained_unread": 0},
            "articles": {"both": 12, "only_a": 0, "only_b": 0, "changed": 0, "changes": []},
        }  # fmt: skip
        return made | self.given


@dataclass
class FakeComparer:
    """Knows `live` and `better`."""

    compared: FakeCompared = field(default_factory=FakeCompared)
    found: Row = field(default_factory=dict)
    articles: list[Row] = field(default_factory=list)

    def generations(self) -> list[Row]:
        return [side("live", state="live", made_of="") | {"bytes": 1_500_000}, side("better") | {"bytes": 300}]

    def of(self, a: str, b: str, *, stale: float = 0.0) -> FakeCompared:
        for name in (a, b):
            if name not in ("live", "better"):
                raise BadInput(f"{name}: there is no such generation")
        return self.compared

    def signal(self, a: str, b: str, signal_id: str, *, stale: float = 0.0) -> Row:
        self.of(a, b)
        if signal_id != "g1":
            raise BadInput(f"signal {signal_id}: there is none")
        head = {"signal_id": "g1", "title": "Gallium", "state": "published", "strength": 6.2, "events": 5,
                "families": 3, "kind": "event", "lens": "policy", "opened_at": minutes(0),
                "published_at": None}  # fmt: skip
        made = {
            "a": a, "b": b, "at": minutes(60), "signal_a": "g1", "signal_b": "x1", "head_a": head, "head_b": head,
            "pair": pair(), "onto": ["x1", "x2"], "back": ["g1"], "kept": 8, "turned": [], "lost": [quoted(1)],
            "gained": [quoted(2, signal_there="g7")], "curve_a": [(minutes(0), 6.0)], "curve_b": [(minutes(30), 3.0)],
        }  # fmt: skip
        return made | self.found

    def other_outcomes(self, a: str, b: str, limit: int, offset: int) -> list[Row]:
        return self.articles[offset : offset + limit]

    def curves(self, generation: str, ids: list[str]) -> Mapping[str, list[tuple[Any, float]]]:
        return {key: [(minutes(0), 6.0), (minutes(30), 2.0)] for key in ids}


def site(comparer: FakeComparer | None = None) -> TestClient:
    app = build_site(sources_of(comparer=comparer or FakeComparer()))
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def test_generations_lead_to_comparisons_and_the_navigation_to_them() -> None:
    page = site().get("/generations")
    assert 'href="/compare?a=live&amp;b=better"' in page.text
    assert "12 articles · 2 signals, 1 published · about 1.5 MB" in words(page.text)
    assert 'href="/generations"' in site().get("/feeds").text
    assert 'href="/generations"' not in TestClient(build_site(sources_of())).get("/feeds").text
    assert len(site().get("/generations.json").json()["generations"]) == 2


def test_the_summary_comes_first_then_what_differs_most() -> None:
    page = site().get("/compare?a=live&b=better")
    text = words(page.text)
    assert "identical" not in text
    assert "Proposed quotes found in the text90.0 %90.0 %" in text
    assert text.index("In numbers") < text.index("Signals that differ") < text.index("strength now 6.2 → 3.5")
    assert "evidence: 8 kept, 1 gained, 2 lost, 1 with another stance · 5 → 4 events · 3 families" in text
    assert 'class="line one"' in page.text
    assert 'class="line other"' in page.text
    assert "live, whole line" in text
    assert "better, broken line" in text
    assert re.search(
        r'aria-label="Strength in live and in better from [^"]+: now 6.2 and 3.5, furthest apart 4.0"', page.text
    )


def test_it_says_identical_only_when_it_is() -> None:
    same = FakeCompared(pairs=[], given={"identical": True})
    assert "identical: every row" in words(site(FakeComparer(same)).get("/compare?a=live&b=better").text)


def test_ten_thousand_signals_are_turned_over_page_by_page() -> None:
    comparer = FakeComparer(FakeCompared(pairs=[pair(number, title_a=f"Signal {number}") for number in range(10_000)]))
    first = site(comparer).get("/compare?a=live&b=better")
    assert len(first.content) < 100_000
    assert first.text.count("<h3") == PER
    last = site(comparer).get("/compare?a=live&b=better&page=999999").text
    assert "Signal 9999" in last
    assert 'rel="next"' not in last
    found = site(comparer).get("/compare.json?a=live&b=better&page=2").json()
    assert (found["page"], found["pages"], found["total"], len(found["rows"])) == (2, 400, 10_000, PER)
    assert found["next"] == "/compare.json?a=live&b=better&page=3"


@pytest.mark.parametrize("what", LISTS)
def test_every_list_is_escaped_and_may_be_empty(what: str) -> None:
    empty = site(FakeComparer(FakeCompared(pairs=[])))
    assert "None." in empty.get(f"/compare?a=live&b=better&what={what}").text
    bad = alone(1, title=HOSTILE) | {"parts": [{"signal_id": "p", "title": HOSTILE, "shared": 1, "evidence": 2}]}
    misfit = {"command_id": "c", "action": "merge", "signal_id": "g1", "title": HOSTILE, "refused": HOSTILE}
    compared = FakeCompared(
        [pair(title_a=HOSTILE, title_b=HOSTILE + "!")], [bad], [bad], [bad], [bad],
        {"articles": {"both": 1, "only_a": 1, "only_b": 0, "changed": 1, "changes": []},
         "b": side("better", misfits=[misfit])},
    )  # fmt: skip
    article = {
        "article_id": "a1",
        "title": HOSTILE,
        "a": "accepted",
        "b": "nothing",
        "reason_a": "",
        "reason_b": HOSTILE,
    }
    page = site(FakeComparer(compared, articles=[article])).get(f"/compare?a=live&b=better&what={what}")
    assert page.status_code == 200
    assert HOSTILE not in page.text
    assert "&lt;script&gt;" in page.text


def test_one_signal_shows_both_curves_and_what_was_gained_and_lost() -> None:
    page = site().get("/compare?a=live&b=better&signal=g1")
    text = words(page.text)
    assert "Evidence lost: in live’s signal only (1)" in text
    assert "in live it is in g7" in text
    assert "In better its evidence is in x1, x2." in text
    assert "50 % alike by evidence; differs in strength, curve." in text
    bad = FakeComparer(found={"lost": [quoted(1, quote=HOSTILE, publisher=HOSTILE, article_title=HOSTILE)]})
    assert HOSTILE not in site(bad).get("/compare?a=live&b=better&signal=g1").text
    assert site().get("/compare.json?a=live&b=better&signal=g1").json()["kept"] == 8


def test_much_evidence_comes_in_pages() -> None:
    many = FakeComparer(found={"lost": [quoted(number) for number in range(250)]})
    first = site(many).get("/compare?a=live&b=better&signal=g1").text
    assert first.count("<blockquote>") == EVIDENCE + 1
    third = site(many).get("/compare?a=live&b=better&signal=g1&page=3").text
    assert "Quote</mark> 249." in third
    assert "No more of these." in third


def test_a_signal_without_a_match_has_one_side() -> None:
    found: Row = {
        "signal_b": "",
        "head_b": None,
        "pair": None,
        "onto": [],
        "back": [],
        "curve_b": [],
        "kept": 0,
        "gained": [],
    }
    text = words(site(FakeComparer(found=found)).get("/compare?a=live&b=better&signal=g1").text)
    assert "better: no such signal" in text
    assert "broken line (not there)" in text


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?a=live", 400), ("?a=live&b=nobody", 404), ("?a=live&b=better&what=all", 400),
     ("?a=live&b=better&signal=none", 404), ("?a=live&b=better&page=-3", 200), ("?b=better&page=٣", 200)],
)  # fmt: skip
def test_what_cannot_be_meant_is_told(query: str, status: int) -> None:
    for path in ("/compare", "/compare.json"):
        assert site().get(f"{path}{query}").status_code == status


def test_cost_that_was_not_recorded_is_told() -> None:
    unknown = side("better")["cost"] | {"recorded": False, "note": "made before"}
    compared = FakeCompared(given={"b": side("better", cost=unknown)})
    text = words(site(FakeComparer(compared)).get("/compare?a=live&b=better").text)
    assert "Spent0.2500 EURnot recorded" in text
    assert "Cost of better: made before." in text


def test_lines_are_stairs_over_one_time() -> None:
    width, height = CHART
    found = overlay([(minutes(0), 10.0), (minutes(50), 5.0)], [(minutes(100), 0.0)])
    assert found is not None
    assert found.a == (
        f"0.0,{height:.1f} 0.0,0.0 {width / 2:.1f},0.0 {width / 2:.1f},{height / 2:.1f} {width:.1f},{height / 2:.1f}"
    )
    assert found.b == f"{width:.1f},{height:.1f}"
    assert overlay([], []) is None


def test_days_tell_the_last_strength_of_each() -> None:
    a = [(minutes(0), 1.0), (minutes(1), 2.0), (minutes(1440), 3.0)]
    rows = by_day(a, [(minutes(1441), 9.0)])
    assert [(one, other) for _, one, other in rows] == [(2.0, None), (3.0, 9.0)]
    many = by_day([(minutes(1440 * day), float(day % 10)) for day in range(400)], [])
    assert len(many) == 60
    assert (many[0][0], many[-1][0]) == (minutes(0), minutes(1440 * 399))


def test_pages_and_addresses() -> None:
    assert part([], 5).pages == 1
    assert [row for number in (1, 2, 3) for row in part([{"n": n} for n in range(60)], number).rows] == [
        {"n": n} for n in range(60)
    ]
    address = Address("live", "b&x", page=3)
    assert address.query() == "?a=live&b=b%26x&page=3"
    assert address.query(page=1, what="opened") == "?a=live&b=b%26x&what=opened"
