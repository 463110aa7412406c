"""The sections `[analyst]` and `[llm]`: who reads the articles, and how a language model is reached and bounded."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from infra.section import Section

# Read when Bellwether's own settings say nothing: what every OpenAI-compatible program reads.
STANDARD: Final = {"OPENAI_API_KEY": "llm.api_key", "OPENAI_BASE_URL": "llm.base_url"}
# About 600 articles of a newspaper's length, and around one dollar at the prices of small models: a key that happens
# to lie in the environment must not become a bill before anyone has thought of a limit.
CAUTIOUS_TOKENS_PER_DAY: Final = 2_000_000


def _none_by_word(value: Any) -> Any:
    """TOML has no null: the word "none" (or nothing) lifts a limit."""
    return None if isinstance(value, str) and value.strip().lower() in ("", "none") else value


Money = Annotated[float | None, Field(ge=0, allow_inf_nan=False), BeforeValidator(_none_by_word)]
Tokens = Annotated[int | None, Field(ge=0), BeforeValidator(_none_by_word)]


class AnalystSettings(Section):
    """`auto`: `llm` when there is a key or an address for a language model, otherwise `lexical`.

    `embeddings`: sentence vectors made on this machine for the lexical analyst, by the extra that brings the model.
    """

    kind: Literal["auto", "lexical", "llm"] = "auto"
    embeddings: Literal["", "minilm"] = ""


class PriceSettings(Section):
    """Money per million tokens, in `llm.currency`."""

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(0.0, ge=0, allow_inf_nan=False)


class LlmSettings(Section):
    """Any server that speaks OpenAI's protocol. Times in seconds; a day is a UTC day; None is no limit.

    `base_url` empty: OpenAI's own. `judge_model`, `narrator_model` and `brief_model` empty: `model`.
    `embedding_model` empty: no embeddings. `books` empty: `llm.sqlite` in the data folder.
    """

    base_url: str = ""
    api_key: SecretStr = SecretStr("")
    model: str = Field("gpt-4.1-mini", min_length=1)
    judge_model: str = ""
    narrator_model: str = ""
    brief_model: str = ""
    embedding_model: str = ""
    prices: dict[str, PriceSettings] = Field(default_factory=dict)
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    money_per_day: Money = None
    money_per_run: Money = None
    tokens_per_day: Tokens = None
    tokens_per_run: Tokens = None
    concurrency: int = Field(8, ge=1, le=256)
    requests_per_minute: int = Field(0, ge=0)
    timeout: float = Field(60.0, gt=0)
    deadline: float = Field(180.0, gt=0)
    breaker_failures: int = Field(5, ge=1)
    breaker_seconds: float = Field(30.0, gt=0)
    temperature: Annotated[float | None, Field(ge=0, le=2), BeforeValidator(_none_by_word)] = None
    seed: Annotated[int | None, Field(), BeforeValidator(_none_by_word)] = None
    books: str = ""
    judge: bool = True
    narrator: bool = True
    prose: bool = True
    narrate_quiet: float = Field(5.0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _some_limit(cls, given: Any) -> Any:
        if isinstance(given, dict) and not {"tokens_per_day", "money_per_day"} & set(given):
            return {**given, "tokens_per_day": CAUTIOUS_TOKENS_PER_DAY}
        return given

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("is not an address that begins with http:// or https://")
            if parts.username or parts.password:
                raise ValueError("must not hold a name or password; the key belongs in llm.api_key")
        return url.rstrip("/")

    @field_validator("api_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr) -> SecretStr:
        said = key.get_secret_value().strip()
        if not (said.isascii() and all(" " < letter < "\x7f" for letter in said)):
            raise ValueError("is not a key: it may hold printable ASCII characters only, and no spaces")
        return SecretStr(said)

    def models(self) -> dict[str, str]:
        """Return the model of every stage that is switched on; `embed` only when one is named."""
        found = {"extract": self.model}
        if self.judge:
            found["judge"] = self.judge_model or self.model
        if self.narrator:
            found["narrate"] = self.narrator_model or self.model
        if self.prose:
            found["brief"] = self.brief_model or self.model
        if self.embedding_model:
            found["embed"] = self.embedding_model
        return found
