"""The list: filters, order and pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinks.site.signal_list import SORTS, Filter, read_filter, shown
from tests.builders import T0
from tests.unit.sinks.site.fakes import Row, client, signal_row


def made(number: int, **given: object) -> Row:
    row = signal_row(number, signal_id=f"g{number}", title=f"Title {number}", **given)
    row["trend"] = given.get("trend", 0.0)
    return row


ROWS = [
    made(1, strength=5.0, kind="structural", lens="policy", sectors={"AI": 2}, geographies={"CN": 1}, trend=-1.5),
    made(
        2, strength=7.0, kind="event", lens="policy", sectors={"AI": 1, "metals": 1}, geographies={"US": 1}, trend=0.2
    ),
    made(3, strength=1.0, kind="event", lens="science", sectors={}, geographies={"US": 1}, actors={"Huawei": 1}),
]


def ids(**wanted: object) -> list[str]:
    return [row["signal_id"] for row in shown(ROWS, Filter(**wanted)).rows]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["g2", "g1", "g3"]),
        ({"kind": "event"}, ["g2", "g3"]),
        ({"lens": "policy"}, ["g2", "g1"]),
        ({"sector": "AI"}, ["g2", "g1"]),
        ({"geography": "US"}, ["g2", "g3"]),
        ({"sector": "AI", "geography": "CN"}, ["g1"]),
        ({"least": 5.0}, ["g2", "g1"]),
        ({"words": "huawei title"}, ["g3"]),
        ({"words": "nobody"}, []),
        ({"sort": "trend"}, ["g1", "g2", "g3"]),
        ({"sort": "title"}, ["g1", "g2", "g3"]),
    ],
)
def test_filters_and_orders(wanted: dict[str, object], found: list[str]) -> None:
    assert ids(**wanted) == found


def test_newest_comes_first_when_asked() -> None:
    older = made(1, last_reinforced=T0, opened_at=T0)
    newer = made(2, last_reinforced=T0 + timedelta(days=1), opened_at=T0 - timedelta(days=1))
    rows = [older, newer]
    assert [row["signal_id"] for row in shown(rows, Filter(sort="reinforced")).rows] == ["g2", "g1"]
    assert [row["signal_id"] for row in shown(rows, Filter(sort="opened")).rows] == ["g1", "g2"]


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_total(sort: str) -> None:
    assert sorted(ids(sort=sort)) == ["g1", "g2", "g3"]
    assert ids(sort=sort) == [row["signal_id"] for row in shown(ROWS[::-1], Filter(sort=sort)).rows]


def test_facets_count_all_signals() -> None:
    facets = shown(ROWS, Filter(kind="event")).facets
    assert facets["kind"] == (("event", 2), ("structural", 1))
    assert facets["sector"] == (("AI", 2), ("metals", 1))


def test_pages() -> None:
    rows = [made(number, strength=float(number % 10)) for number in range(1, 8)]
    first, last = shown(rows, Filter(per=3)), shown(rows, Filter(per=3, page=99))
    assert (first.pages, first.matching, len(first.rows), len(last.rows)) == (3, 7, 3, 1)
    assert not {row["signal_id"] for row in first.rows} & {row["signal_id"] for row in last.rows}


def test_an_address_asks_for_what_it_was_made_from() -> None:
    wanted = Filter(5.5, "a & b", "event", "policy", "AI", "US", "trend", 3, 20)
    query = dict(part.split("=") for part in wanted.query(page=3)[1:].split("&"))
    assert query["q"] == "a+%26+b"
    assert read_filter({**query, "q": "a & b"}) == wanted
    assert Filter().query() == ""
    assert wanted.query(words="").count("page") == 0, "another filter begins on the first page"


@pytest.mark.parametrize("page", ["0", "-1", "abc", "1e99", "nan", ""])
def test_senseless_pages_are_the_nearest_one(page: str) -> None:
    assert client().get(f"/signals?page={page}&per={page}&sort={page}").status_code == 200


def test_the_twin_has_the_same_page_and_the_next_address() -> None:
    twin = client().get("/signals.json?per=1").json()
    assert (twin["total"], twin["matching"], twin["pages"], len(twin["signals"])) == (2, 2, 2, 1)
    onward = client().get(twin["next"]).json()
    assert onward["next"] is None
    assert onward["signals"][0]["signal_id"] != twin["signals"][0]["signal_id"]
