"""What a backlog will cost, before it is read: by what articles have cost so far, else by documented guesses."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from processors.analysts.llm.api import LlmConfig
from processors.analysts.llm.books import Books
from processors.analysts.llm.budget import MILLION, cost, price_of

# Without experience: English has about 4 characters a token, other scripts fewer; the instructions and the schema are
# about 2,000 tokens, and an answer with two or three items is about 700.
TOKENS_PER_CHARACTER = 0.3
TOKENS_OF_INSTRUCTIONS = 2_000
TOKENS_OF_ANSWER = 700
ENOUGH = 20  # answered extractions after which experience counts


@dataclass(frozen=True, slots=True)
class Estimate:
    """`money` is in the currency of the prices, None when a model has no price. `days` is None without a limit."""

    articles: int
    characters: int
    tokens_in: int
    tokens_out: int
    money: float | None
    days: int | None  # how many days the limits per day need for it
    basis: str  # "defaults", or how many calls it was measured on


@dataclass(frozen=True, slots=True)
class _Rate:
    """Tokens of one stage: input tokens for a character of an article, and fixed tokens for an article."""

    model: str
    input_per_character: float
    input_per_article: float
    output_per_article: float


def estimate(lengths: Iterable[int], config: LlmConfig) -> Estimate:
    """Return the estimate for articles of these lengths (characters), with the books of `config` as experience.

    Measured: extraction's input grows with the articles' characters; everything else (extraction's answers, embeddings,
    judging, narrating) is a mean per article that was extracted. Without measurements only extraction is guessed.
    """
    given = [max(0, length) for length in lengths]
    articles, characters = len(given), sum(given)
    rates, basis = _rates(config)
    tokens_in = tokens_out = micro = 0
    for rate in rates:
        asked = math.ceil(rate.input_per_character * characters + rate.input_per_article * articles)
        said = math.ceil(rate.output_per_article * articles)
        tokens_in, tokens_out = tokens_in + asked, tokens_out + said
        micro += cost(asked, said, price_of(config, rate.model))
    priced = all(rate.model in config.prices for rate in rates)
    money = micro / MILLION if priced else None
    return Estimate(
        articles, characters, tokens_in, tokens_out, money, _days(config, tokens_in + tokens_out, money), basis
    )


def _rates(config: LlmConfig) -> tuple[list[_Rate], str]:
    model = config.models.get("extract", "")
    guess = [_Rate(model, TOKENS_PER_CHARACTER, TOKENS_OF_INSTRUCTIONS, TOKENS_OF_ANSWER)]
    if not Path(config.books).exists():
        return guess, "defaults"
    books = Books(config.books)
    try:
        with books.reading() as db:
            calls, articles, characters = db.execute(
                "SELECT count(*), count(DISTINCT about), coalesce(sum(chars), 0) FROM calls "
                "WHERE stage = 'extract' AND result = 'ok' AND hit = 0"
            ).fetchone()
            rows = db.execute(
                "SELECT stage, sum(tokens_in), sum(tokens_out) FROM calls "
                "WHERE hit = 0 AND result != 'open' GROUP BY stage"
            ).fetchall()
    finally:
        books.close()
    if calls < ENOUGH or not characters:
        return guess, "defaults"
    rates = []
    for stage, asked, said in rows:
        name = config.models.get(stage, "")
        if name and stage == "extract":
            rates.append(_Rate(name, asked / characters, 0.0, said / articles))
        elif name:
            rates.append(_Rate(name, 0.0, asked / articles, said / articles))
    return rates, f"measured on {calls} calls"


def _days(config: LlmConfig, tokens: int, money: float | None) -> int | None:
    days = []
    if config.tokens_per_day:
        days.append(math.ceil(tokens / config.tokens_per_day))
    if config.money_per_day and money is not None:
        days.append(math.ceil(money / config.money_per_day))
    return max(days, default=None)
