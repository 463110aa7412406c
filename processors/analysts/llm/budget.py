"""What a request may cost at most, what it did cost, and whether it still fits: integer arithmetic, no clock, no I/O.

Money is in millionths ("micro") of the currency that the prices and limits are in. A tokenizer that works on bytes
makes at most one token of a byte, so the bytes of everything that is sent are a bound on the input's tokens; the chat
template's own tokens are covered by `OVERHEAD`. Output is bounded by the limit that is sent along.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from processors.analysts.llm.api import LlmConfig, Price

OVERHEAD = 256  # tokens that a chat template and the wrapping of a schema may add
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Amount:
    """Tokens of input and output together, and money in micro-units."""

    tokens: int = 0
    money: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What the server said that a request used. `cached` input tokens are part of `input`, and priced like the rest."""

    input: int
    output: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: `most` in tokens or micro-units, of all requests of one `scope` ("day 2026-10-14", "run …")."""

    setting: str
    scope: str
    unit: str  # "tokens" or "money"
    most: int


def price_of(config: LlmConfig, model: str) -> Price:
    """Return the model's price; without one it costs nothing."""
    return config.prices.get(model, Price(0.0))


def cost(tokens_in: int, tokens_out: int, price: Price) -> int:
    """Return micro-units, rounded up. A price is per million tokens, so a token costs `price` micro-units."""
    exact = tokens_in * Decimal(str(price.input)) + tokens_out * Decimal(str(price.output))
    return int(exact.to_integral_value(ROUND_CEILING))


def bound(sent: int, max_output: int) -> Usage:
    """Return the most that a request of `sent` bytes can use."""
    return Usage(sent + OVERHEAD, max_output)


def amount(usage: Usage, price: Price) -> Amount:
    """Return what this usage takes from the limits."""
    return Amount(usage.input + usage.output, cost(usage.input, usage.output, price))


def day_scope(now: datetime) -> str:
    """Return the scope of a UTC day; a request belongs to the day in which it began."""
    return f"day {now.astimezone(UTC):%Y-%m-%d}"


def run_scope(run: str) -> str:
    """Return the scope of a run."""
    return f"run {run}"


def limits(config: LlmConfig, now: datetime) -> tuple[Limit, ...]:
    """Return the limits that hold at `now`."""
    day, run = day_scope(now), run_scope(config.run)
    given = (
        ("llm.money_per_day", day, "money", config.money_per_day),
        ("llm.money_per_run", run, "money", config.money_per_run),
        ("llm.tokens_per_day", day, "tokens", config.tokens_per_day),
        ("llm.tokens_per_run", run, "tokens", config.tokens_per_run),
    )
    return tuple(
        Limit(setting, scope, unit, int(Decimal(str(most)) * MILLION) if unit == "money" else int(most))
        for setting, scope, unit, most in given
        if most is not None
    )


def spent_of(limit: Limit, spent: Amount) -> int:
    """Return the part of `spent` that this limit is about."""
    return spent.money if limit.unit == "money" else spent.tokens


def fits(limit: Limit, spent: Amount, wanted: Amount) -> bool:
    """Say whether `wanted` may be spent beside what is spent and reserved already."""
    return spent_of(limit, spent) + spent_of(limit, wanted) <= limit.most


def refusal(limit: Limit, wanted: Amount) -> str:
    """Return why a call waits, for people."""
    most, needs = shown(limit, limit.most), shown(limit, spent_of(limit, wanted))
    if spent_of(limit, wanted) > limit.most:
        return f"{limit.setting}: one call may need {needs}, more than the limit of {most}: raise it"
    if limit.scope.startswith("day"):
        return f"{limit.setting}: the spend limit of {most} per day is reached; waits until 00:00 UTC"
    return f"{limit.setting}: the spend limit of {most} per run is reached; waits for the next run"


def shown(limit: Limit, value: int) -> str:
    """Return a value of this limit for people."""
    if limit.unit == "money":
        return f"{Decimal(value) / MILLION:f}"
    return f"{value:,} tokens".replace(",", " ")


def until_midnight(now: datetime) -> float:
    """Return the seconds until the next UTC day."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(days=1) - now).total_seconds()
