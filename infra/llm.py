"""From the settings to what a process must know to reach the language model; it travels to workers as JSON."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from infra.settings import Settings
from processors.analysts.llm.api import LlmConfig, Price, Stage

NO_KEY: Final = "no-key"  # servers of one's own want a header, and no secret in it
BOOKS: Final = "llm.sqlite"


@dataclass(frozen=True, slots=True)
class Binding:
    """What `infra.roles` binds from. `llm` None: the lexical analyst, and nobody judges, narrates or writes."""

    llm: LlmConfig | None = None
    judge: bool = False
    narrator: bool = False
    prose: bool = False
    narrate_quiet: float = 0.0  # seconds
    sentences: bool = False  # vectors made on this machine, for the lexical analyst


def books_path(settings: Settings) -> Path:
    """Return where answers and accounts of the language model are kept."""
    return Path(settings.llm.books or Path(settings.data) / BOOKS).absolute()


def llm_config(settings: Settings, run: str) -> LlmConfig:
    """Return how to reach the model; `run` names this run, for the limits per run."""
    llm = settings.llm
    return LlmConfig(
        base_url=llm.base_url,
        api_key=llm.api_key.get_secret_value() or NO_KEY,
        models=cast("dict[Stage, str]", llm.models()),
        books=str(books_path(settings)),
        run=run,
        prices={model: Price(price.input, price.output) for model, price in llm.prices.items()},
        money_per_day=llm.money_per_day,
        money_per_run=llm.money_per_run,
        tokens_per_day=llm.tokens_per_day,
        tokens_per_run=llm.tokens_per_run,
        concurrency=llm.concurrency,
        requests_per_minute=llm.requests_per_minute,
        timeout=llm.timeout,
        deadline=llm.deadline,
        breaker_failures=llm.breaker_failures,
        breaker_seconds=llm.breaker_seconds,
        temperature=llm.temperature,
        seed=llm.seed,
    )


def binding(settings: Settings, run: str = "") -> Binding:
    """Return what stands behind the ports under these settings; `run` "" begins a new one."""
    if not settings.uses_llm:
        return Binding(sentences=bool(settings.analyst.embeddings))
    llm = settings.llm
    config = llm_config(settings, run or new_run())
    return Binding(config, llm.judge, llm.narrator, llm.prose, llm.narrate_quiet)


def new_run() -> str:
    """Return an id for a run."""
    return uuid.uuid4().hex[:12]


def window_for(settings: Settings) -> int:
    """Return how many records an extractor works on at a time: enough to have every allowed call under way."""
    window = settings.stream.window
    return max(window, settings.llm.concurrency) if settings.uses_llm else window


def patience_for(settings: Settings) -> float:
    """Return after how many seconds without any outcome an article is published again.

    A call may take its whole deadline, an article two of them (its retry with the reason) and a judge another.
    """
    patient = 4 * settings.llm.deadline if settings.uses_llm else 0.0
    return max(settings.stream.sweep_seconds, patient)


def money(amount: float, currency: str) -> str:
    """Return an amount as `0.42 USD`, with more digits when it is small."""
    digits = 2 if amount >= 1 or amount == 0 else 4
    return f"{amount:,.{digits}f} {currency}"
