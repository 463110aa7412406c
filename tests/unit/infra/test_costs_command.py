"""`bellwether costs` and what `status` says of the model, from books that were kept by the client's own accounts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.analyst_status import analyst_status
from infra.cli import app
from infra.clock import wall_clock
from infra.llm import llm_config
from infra.settings import load
from processors.analysts.llm.accounts import Accounts, Asked
from processors.analysts.llm.books import Books
from processors.analysts.llm.budget import Usage
from schemas.errors import BadInput

PRICED = {
    "BELLWETHER_LLM__API_KEY": "sk-SECRET",
    "BELLWETHER_LLM__MODEL": "m",
    "BELLWETHER_LLM__PRICES": "{ m = { input = 1.0, output = 2.0 } }",
    "BELLWETHER_LLM__MONEY_PER_DAY": "3",
}


def spend(folder: Path, at: datetime) -> None:
    """One paid extraction of 1,000,000 tokens in and 500,000 out, and one answer from memory."""
    config = llm_config(load({"data": str(folder)}, environment=PRICED, folder=folder).settings, "run-1")
    books = Books(config.books)
    accounts = Accounts(books, config)
    accounts.publish_limits(at)
    asked = Asked("extract", "m", "extract/1", "article-1", 400, 1_000, 100)
    row = accounts.reserve(asked, at)
    accounts.settle(row, "m", Usage(1_000_000, 500_000), "ok", 1.5)
    accounts.hit(asked, at)
    books.close()


def run(folder: Path, *options: str) -> str:
    done = CliRunner().invoke(app, ["costs", "--data", str(folder), *options], catch_exceptions=False)
    return done.output


@pytest.fixture(autouse=True)
def _priced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRICED.items():
        monkeypatch.setenv(name, value)


def test_without_books_it_says_so_kindly(tmp_path: Path) -> None:
    assert run(tmp_path).startswith("No language model was ever asked here")
    assert json.loads(run(tmp_path, "--json"))["report"]["total"]["calls"] == 0


def test_stages_articles_limits_and_breaker(tmp_path: Path) -> None:
    spend(tmp_path, wall_clock())
    said = run(tmp_path)
    assert "2.00 USD" in said
    assert "1 articles asked about, 2.00 USD an article" in said
    assert "article-1" in said
    assert "llm.money_per_day: 2.00 USD of 3.00 USD used, 1.00 USD left" in said
    assert "breaker: closed" in said
    assert "SECRET" not in said
    found = json.loads(run(tmp_path, "--json"))
    assert found["currency"] == "USD"
    assert found["report"]["stages"][0]["sums"]["hits"] == 1
    assert "SECRET" not in json.dumps(found)


def test_since_leaves_out_what_was_before(tmp_path: Path) -> None:
    spend(tmp_path, datetime(2026, 1, 5, tzinfo=UTC))
    assert json.loads(run(tmp_path, "--json", "--since", "2026-01-05"))["report"]["total"]["spend"] == 2.0
    assert json.loads(run(tmp_path, "--json", "--since", "2026-01-06"))["report"]["total"]["spend"] == 0.0
    with pytest.raises(BadInput, match="--since"):
        run(tmp_path, "--since", "yesterday")


def test_status_names_the_analyst_and_what_is_left(tmp_path: Path) -> None:
    spend(tmp_path, wall_clock())
    books = Books(str(tmp_path / "llm.sqlite"))
    back_to = wall_clock() - timedelta(days=3)
    books.read_back_to(back_to, wall_clock() + timedelta(hours=1))
    books.close()
    settings = load({"data": str(tmp_path)}, environment=PRICED, folder=tmp_path).settings
    found = analyst_status(settings)
    assert found["analyst"] == "llm/m/extract/1"
    assert found["llm"]["breaker"] == "closed"
    assert found["llm"]["USD today"] == 2.0
    assert found["llm"]["money_per_day left"] == 1.0
    assert abs(found["llm"]["reading back to"] - back_to) < timedelta(seconds=1)
    lexical = load({"data": str(tmp_path), "analyst.kind": "lexical"}, environment=PRICED, folder=tmp_path).settings
    assert analyst_status(lexical) == {"analyst": "lexical/1"}
