"""The estimate before a backlog: the newest that fit are read now, the others wait for the next day."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.backlog import Waiting, hold_back, plan, reconsider, told
from infra.backlog_scan import scan, without
from infra.commands.estimating import announce_file, deferral
from infra.llm import llm_config
from infra.settings import Settings, load
from processors.analysts.llm.api import LlmConfig, Price
from processors.analysts.llm.books import Books
from processors.analysts.llm.costs import CostReport, LimitLeft
from processors.analysts.llm.estimate import estimate
from producers.settings import ProducerSettings

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def config_in(folder: Path, **given: object) -> LlmConfig:
    made = {"base_url": "", "api_key": "k", "models": {"extract": "m"}, "books": str(folder / "llm.sqlite"), "run": "r"}
    return LlmConfig(**{**made, **given})  # type: ignore[arg-type]


def leaving(tokens: float, **given: object) -> CostReport:
    limit = LimitLeft("llm.tokens_per_day", "day", "tokens", 2_000_000, 0, tokens)
    return CostReport(since=None, now=NOW, limits=(limit,), **given)  # type: ignore[arg-type]


def days_of(*characters: int) -> list[Waiting]:
    """Articles of that many characters, one a day, the newest first."""
    return [Waiting(NOW - DAY * at, length) for at, length in enumerate(characters)]


def test_what_fits_is_read_whole(tmp_path: Path) -> None:
    made = plan(days_of(1_000, 2_000), config_in(tmp_path), leaving(1_000_000))
    assert (made.fit, made.back_to) == (2, None)
    assert hold_back(made, config_in(tmp_path), leaving(1_000_000)) is None
    assert not (tmp_path / "llm.sqlite").exists()


def test_the_newest_that_fit_are_read_and_older_ones_wait_until_midnight(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    room = estimate([1_000] * 3, config)
    made = plan(days_of(*[1_000] * 10), config, leaving(room.tokens_in + room.tokens_out))
    assert made.fit == 3
    assert made.back_to == NOW - 2 * DAY
    assert hold_back(made, config, leaving(0)) == made.back_to
    books = Books(config.books)
    assert books.cutoff(NOW) == (made.back_to, datetime(2026, 11, 25, tzinfo=UTC))
    assert books.cutoff(datetime(2026, 11, 25, tzinfo=UTC)) is None, "the next day is another limit"
    books.close()


def test_other_limits_lift_the_date_and_the_same_ones_do_not(tmp_path: Path) -> None:
    config = config_in(tmp_path, tokens_per_day=10)
    reconsider(config)
    assert not (tmp_path / "llm.sqlite").exists()
    hold_back(plan(days_of(1_000, 1_000), config, leaving(0)), config, leaving(0))
    books = Books(config.books)
    reconsider(config)
    assert books.cutoff(NOW) is not None
    reconsider(config_in(tmp_path, tokens_per_day=20))
    assert books.cutoff(NOW) is None
    books.close()


def test_with_nothing_left_everything_waits(tmp_path: Path) -> None:
    made = plan(days_of(1_000, 1_000), config_in(tmp_path), leaving(0))
    assert made.fit == 0
    assert made.back_to is not None
    assert made.back_to > NOW


def test_articles_of_one_moment_stay_together(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    same = [Waiting(NOW, 1_000), Waiting(NOW - DAY, 1_000), Waiting(NOW - DAY, 1_000)]
    two = estimate([1_000] * 2, config)
    made = plan(same, config, leaving(two.tokens_in + two.tokens_out))
    assert (made.fit, made.back_to) == (1, NOW)


def test_a_later_date_of_an_earlier_backlog_stands(tmp_path: Path) -> None:
    made = plan(days_of(1_000, 1_000), config_in(tmp_path), leaving(4_000))
    later = NOW + DAY
    assert hold_back(made, config_in(tmp_path), leaving(4_000, read_back_to=later)) == later


def test_money_limits_too(tmp_path: Path) -> None:
    config = config_in(tmp_path, prices={"m": Price(1.0, 1.0)})
    one = estimate([1_000], config)
    assert one.money is not None
    left = LimitLeft("llm.money_per_day", "day", "money", 1.0, 0.0, one.money * 1.5)
    made = plan(days_of(1_000, 1_000), config, CostReport(since=None, now=NOW, limits=(left,)))
    assert made.fit == 1
    assert "EUR" in told(made, "EUR", made.back_to)[0]


@given(st.lists(st.integers(0, 50_000), min_size=1, max_size=40), st.integers(0, 200_000))
def test_the_plan_is_the_longest_newest_part_that_fits(lengths: list[int], left: int) -> None:
    config = config_in(Path("/nonexistent"))
    made = plan(days_of(*lengths), config, leaving(left))
    cost = estimate(lengths[: made.fit], config)
    assert made.fit == 0 or cost.tokens_in + cost.tokens_out <= left
    if made.fit < len(lengths):
        more = estimate(lengths[: made.fit + 1], config)
        assert more.tokens_in + more.tokens_out > left


def test_the_lines_say_how_much_and_back_to_when(tmp_path: Path) -> None:
    config = config_in(tmp_path, prices={"m": Price(0.4, 1.6)})
    made = plan(days_of(*[1_000] * 4), config, leaving(6_500))
    first, second = told(made, "USD", made.back_to)
    assert first.startswith("4 articles ≈ 12,000 tokens ≈ 0.0082 USD, a first guess")
    assert first.endswith("the limits leave 6,500 tokens (llm.tokens_per_day)")
    assert "the newest 2 now, back to 2026-11-23 15:30 UTC; 2 older ones are deferred" in second


def lines() -> bytes:
    made = [
        {"id": "one", "published": "2026-01-02T00:00:00Z", "title": "One", "text": "Ü" * 100},
        {"id": "two", "published": "2026-01-03T00:00:00Z", "title": "Two", "text": "b" * 50},
    ]
    return b"\n".join(json.dumps(one).encode() for one in made) + b"\nnot json\n"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_file_is_scanned_without_storing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(lines()) if name.endswith("gz") else lines())
    found = scan(path, ProducerSettings(), NOW)
    assert sorted(waiting.characters for waiting in found.values()) == [50, 100]
    assert {waiting.published_at.day for waiting in found.values()} == {2, 3}


def test_a_broken_file_counts_up_to_the_break(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl.gz"
    path.write_bytes(gzip.compress(lines() * 500)[:-20])
    assert scan(path, ProducerSettings(), NOW)


def test_what_is_stored_already_costs_nothing() -> None:
    found = {str(number): Waiting(NOW, 10) for number in range(7)}
    asked: list[list[str]] = []

    def known(ids: list[str]) -> list[str]:
        asked.append(ids)
        return [one for one in ids if int(one) < 5]

    assert len(without(found, known, page=3)) == 2
    assert [len(page) for page in asked] == [3, 3, 1]


def settings_in(folder: Path, **given: str) -> Settings:
    return load({"data": str(folder)}, environment=given, folder=folder).settings


def test_what_is_said_before_an_ingest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines())
    model = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}

    def said(analyst: str, file: str, **given: str) -> str:
        announce_file(settings_in(tmp_path, **given), analyst, file, lambda ids: [])
        return capsys.readouterr().err

    assert said("lexical/1", str(path), **model) == ""
    assert "2 articles ≈" in said("llm/m/extract/1", str(path), **model)
    assert "no estimate is possible" in said("llm/m/extract/1", "-", **model)
    assert "no estimate is possible" in said("llm/m/extract/1", str(path))
    config = llm_config(settings_in(tmp_path, **model), "")
    assert config.tokens_per_day == 2_000_000


def test_the_end_says_how_many_wait_and_who_reads_them() -> None:
    assert deferral(1, []) == "1 article is deferred: `bellwether run` reads them by and by, the newest first"
    assert "3 articles are deferred (no money): `bellwether run`" in deferral(3, ["no money"])
