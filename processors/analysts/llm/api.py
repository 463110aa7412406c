"""What the analyst's parts ask of a language model, without saying which client carries it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

from schemas.errors import BellwetherError

Stage = Literal["extract", "judge", "narrate", "brief", "embed"]
A = TypeVar("A", bound=BaseModel)


class Unusable(BellwetherError):
    """The model answered, and what it said cannot be used: cut off, refused, or not of the asked-for shape."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file: `name` is its version too, e.g. "extract/1"; `system` holds the instructions."""

    name: str
    system: str


@dataclass(frozen=True, slots=True)
class Call(Generic[A]):
    """One question to the model, answered in the shape of `answer` (sent as strict JSON schema)."""

    stage: Stage
    prompt: Prompt
    user: str  # the data, fenced; never instructions
    answer: type[A]
    about: str = ""  # the article, question or signal that it is for
    max_output: int = 4_000  # tokens
    dated: datetime | None = None  # event time of the article: what spend limits prefer the newest by


@dataclass(frozen=True, slots=True)
class Vectors:
    """Embeddings in the order of the texts: float32, little-endian, `dimension` of them each."""

    model: str
    dimension: int
    vectors: tuple[bytes, ...]


class Llm(Protocol):
    """A language model with a memory for answers, a purse and patience."""

    def model(self, stage: Stage) -> str:
        """Return the name of the model that answers for `stage`; "" when that stage is not configured."""
        ...

    async def ask(self, call: Call[A]) -> A:
        """Return the model's answer. Raises Unusable, or Retryable when the service or the purse does not allow it."""
        ...

    async def embed(self, texts: Sequence[str], about: str = "") -> Vectors:
        """Return one vector a text. Raises Retryable as `ask` does, Unusable for vectors that do not fit."""
        ...


@dataclass(frozen=True, slots=True)
class Price:
    """Money per million tokens, in the currency of the limits."""

    input: float
    output: float = 0.0


@dataclass(frozen=True, slots=True)
class LlmConfig:
    """How to reach the model and what may be spent. None means no limit."""

    base_url: str  # "" for the client's default
    api_key: str = field(repr=False)  # never shown
    models: Mapping[Stage, str]  # embed "" or missing: no embeddings
    books: str  # path of the SQLite file with answers and accounts; shared by all processes of a folder
    run: str  # id of this run, for the limits per run
    prices: Mapping[str, Price] = field(default_factory=dict)  # by model
    money_per_day: float | None = None  # a day is a UTC day
    money_per_run: float | None = None
    tokens_per_day: int | None = None
    tokens_per_run: int | None = None
    concurrency: int = 8
    requests_per_minute: int = 0  # 0: no limit
    timeout: float = 60.0  # seconds a request may take
    deadline: float = 180.0  # seconds a call may take with all its retries
    breaker_failures: int = 5  # failures in a row that open the breaker
    breaker_seconds: float = 30.0  # how long it stays open before one call tries again
    temperature: float | None = None  # None: not sent, some models refuse it
    seed: int | None = None
