"""Lead times: milestones of a signal against the dates of its articles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.lead_time import MILESTONES, Appeared, Step, earliness, lead_of, totals

DAY = timedelta(days=1)
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def appeared(*days: float, families: str = "abcdefgh") -> list[Appeared]:
    """Articles so many days after T0, each of another family."""
    return [Appeared(f"a{i}", families[i % len(families)], T0 + day * DAY) for i, day in enumerate(days)]


def test_each_figure_is_what_the_module_says() -> None:
    steps = [
        Step("opened", T0, 1.0), Step("published", T0 + DAY, 3.0), Step("reinforced", T0 + 2 * DAY, 5.0),
        Step("contradicted", T0 + 3 * DAY, 4.0), Step("reinforced", T0 + 4 * DAY, 5.5),
    ]  # fmt: skip
    lead = lead_of(steps, appeared(0, 1, 2, 10, 10.1, 10.2, families="aab"))
    assert lead is not None
    assert (lead.articles, lead.families, lead.first, lead.last) == (6, 2, T0, T0 + 10.2 * DAY)
    assert lead.median == T0 + 6 * DAY
    assert lead.peak == datetime(2026, 3, 11, tzinfo=UTC)
    assert set(lead.milestones) == {"opened", "published", "5"}
    assert lead.strongest == 5.5
    crossed = lead.milestones["5"]
    assert crossed.at == T0 + 2 * DAY, "the first time counts"
    assert (crossed.articles, crossed.families) == (0.5, 1.0)
    assert (crossed.before_median, crossed.before_peak) == (4.0, 7.5)
    assert crossed.before_last == pytest.approx(8.2)
    assert lead.milestones["opened"].articles == pytest.approx(1 / 6)


def test_an_article_counts_once_with_its_first_date_and_the_first_of_equal_peaks() -> None:
    lead = lead_of(
        [Step("opened", T0, 7.0)],
        [Appeared("a", "f", T0 + 5 * DAY), Appeared("a", "f", T0), Appeared("b", "f", T0 - 2 * DAY)],
    )
    assert lead is not None
    assert (lead.articles, lead.last, lead.peak) == (2, T0, datetime(2026, 2, 27, tzinfo=UTC))
    assert lead.milestones["7"].before_last == 0.0
    assert lead.milestones["7"].before_peak == -2.5, "late is negative"


def test_without_articles_or_events_there_is_no_lead() -> None:
    assert lead_of([], appeared(1)) is None
    assert lead_of([Step("opened", T0, 1.0)], []) is None


def test_sums_count_who_passed_and_who_never_did_and_the_earliest_comes_first() -> None:
    early = lead_of([Step("opened", T0, 6.0)], appeared(0, 8))
    late = lead_of([Step("opened", T0, 1.0), Step("reinforced", T0 + 6 * DAY, 6.0)], appeared(0, 8))
    never = lead_of([Step("opened", T0, 1.0)], appeared(0, 80))
    assert early
    assert late
    assert never
    assert sorted([never, late, early], key=earliness) == [early, late, never]
    found = totals([early, late, never])
    assert (found["5"].passed, found["5"].never, found["5"].before_median) == (2, 1, 1.0)
    assert (found["7"].passed, found["7"].never, found["7"].before_median) == (0, 3, None)
    assert set(found) == set(MILESTONES)


dates = st.lists(st.floats(-50, 50), min_size=1, max_size=30)


@given(dates, st.lists(st.tuples(st.floats(0, 50), st.floats(0, 9.9)), min_size=1, max_size=20))
def test_shares_grow_with_the_milestones_and_leads_shrink(days: list[float], told: list[tuple[float, float]]) -> None:
    steps = [Step("reinforced", T0 + day * DAY, strength) for day, strength in sorted(told, key=lambda each: each[0])]
    lead = lead_of(steps, appeared(*days))
    assert lead is not None
    passed = [lead.milestones[name] for name in ("opened", "5", "7") if name in lead.milestones]
    for one in passed:
        assert 0 <= one.articles <= 1
        assert 0 <= one.families <= 1
        assert one.before_median <= one.before_last
        assert (one.articles == 1) == (one.before_last <= 0)
    for one, other in pairwise(passed):
        assert one.articles <= other.articles
        assert one.before_last >= other.before_last
