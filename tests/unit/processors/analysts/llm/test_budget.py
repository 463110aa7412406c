"""Costs, bounds and limits as integer arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.analysts.llm.api import Price
from processors.analysts.llm.budget import (
    Amount,
    Limit,
    Usage,
    amount,
    bound,
    cost,
    day_scope,
    fits,
    limits,
    refusal,
    until_midnight,
)
from tests.unit.processors.analysts.llm.asking import NOON, config_for

counts = st.integers(0, 10**9)
prices = st.decimals(0, 1000, places=4).map(float)


def test_a_price_is_per_million_tokens() -> None:
    assert cost(1_000_000, 500_000, Price(0.15, 0.6)) == 150_000 + 300_000
    assert cost(1, 0, Price(0.02)) == 1  # rounded up: never less than the truth


@given(counts, counts, prices, prices)
def test_the_cost_is_exact_but_for_rounding_up(asked: int, said: int, input_: float, output: float) -> None:
    exact = asked * Fraction(str(input_)) + said * Fraction(str(output))
    assert 0 <= cost(asked, said, Price(input_, output)) - exact < 1


@given(st.text(), st.integers(0, 1000), prices, prices)
def test_no_usage_of_a_byte_tokenizer_costs_more_than_its_bound(text: str, said: int, a: float, b: float) -> None:
    most = amount(bound(len(text.encode()), 1000), Price(a, b))
    real = amount(Usage(len(text.encode()) + 200, said), Price(a, b))
    assert real.tokens <= most.tokens
    assert real.money <= most.money


@given(st.lists(st.integers(0, 500), max_size=50), st.integers(0, 2000))
def test_what_fits_never_adds_up_to_more_than_the_limit(wants: list[int], most: int) -> None:
    limit, spent = Limit("llm.money_per_day", "day x", "money", most), 0
    for want in wants:
        if fits(limit, Amount(0, spent), Amount(0, want)):
            spent += want
    assert spent <= most


def test_the_limits_of_a_moment(tmp_path: Path) -> None:
    config = config_for(tmp_path, money_per_day=2.5, tokens_per_run=7)
    assert limits(config, NOON) == (
        Limit("llm.money_per_day", "day 2026-10-14", "money", 2_500_000),
        Limit("llm.tokens_per_run", "run r1", "tokens", 7),
    )
    assert limits(config_for(tmp_path), NOON) == ()


def test_a_day_is_a_utc_day() -> None:
    tokyo = datetime(2026, 10, 15, 2, 30, tzinfo=timezone(timedelta(hours=9)))
    assert day_scope(tokyo) == "day 2026-10-14"
    assert until_midnight(tokyo) == 6.5 * 3600
    assert until_midnight(datetime(2026, 10, 14, tzinfo=UTC)) == 86_400


@pytest.mark.parametrize(
    ("limit", "wanted", "words"),
    [
        (
            Limit("llm.money_per_day", "day x", "money", 2_500_000),
            1,
            "limit of 2.5 per day is reached; waits until 00:00",
        ),
        (Limit("llm.tokens_per_run", "run r", "tokens", 9_000), 1, "limit of 9 000 tokens per run is reached"),
        (Limit("llm.money_per_day", "day x", "money", 10), 11, "one call may need 0.000011, more than the limit"),
    ],
)
def test_a_refusal_names_its_setting_and_what_it_waits_for(limit: Limit, wanted: int, words: str) -> None:
    text = refusal(limit, Amount(wanted, wanted))
    assert text.startswith(limit.setting + ": ")
    assert words in text
