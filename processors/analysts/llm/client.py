"""The language model behind the `Llm` protocol: an OpenAI-compatible server with a memory, a purse and patience."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

import openai

from processors.analysts.llm.accounts import Accounts, Asked
from processors.analysts.llm.api import A, Call, LlmConfig, Stage, Unusable, Vectors
from processors.analysts.llm.books import Books
from processors.analysts.llm.budget import OVERHEAD, Usage
from processors.analysts.llm.endpoint import Endpoint
from processors.analysts.llm.faults import NOTHING, Fault, all_words
from processors.analysts.llm.flights import Flights
from processors.analysts.llm.patience import Patience, patiently
from processors.analysts.llm.service import Service
from processors.analysts.llm.vectors import batches, vector_key, vectors_of
from processors.analysts.llm.wire import (
    Dialect,
    adapt,
    answer_key,
    chat_body,
    content_of,
    json_body,
    sent_bytes,
    usage_of,
    validated,
)
from schemas.errors import BadSetting, Retryable

T = TypeVar("T")
log = logging.getLogger("bellwether.llm")


class OpenAiLlm:
    """See `Llm`. One client belongs to one event loop; any number of processes may share the books.

    Raises BadSetting at once for books, key, address or prices that cannot work.
    """

    def __init__(
        self,
        config: LlmConfig,
        *,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        _check(config)
        self._config, self._clock, self._patience = config, clock, patience or Patience()
        self._endpoint = Endpoint(config)
        self.books = Books(config.books)
        self._accounts = Accounts(self.books, config)
        self._accounts.publish_limits(clock())
        self._service = Service(self.books, self._accounts, config, clock)
        self._slots = asyncio.Semaphore(max(1, config.concurrency))
        self._answers: Flights[str] = Flights()
        self._vectors: Flights[list[bytes]] = Flights()
        self._dialects: dict[str, Dialect] = {}
        self._closed = False

    def model(self, stage: Stage) -> str:
        """Return the model of a stage, "" when it has none."""
        return self._config.models.get(stage, "")

    async def ask(self, call: Call[A]) -> A:
        """Return the answer, from memory if it was given before. Raises Unusable or Retryable."""
        model = self._model(call.stage)
        asked = Asked(
            call.stage, model, call.prompt.name, call.about, len(call.user), 0, call.max_output, call.dated
        )  # fmt: skip
        key = answer_key(call, model, self._config)
        content = await self._answers.join(
            key, partial(self._find, key, call, asked), partial(self._service.disk, self._note_hit, asked)
        )
        return validated(content, call.answer)

    async def embed(self, texts: Sequence[str], about: str = "") -> Vectors:
        """Return unit vectors in the order of the texts. Raises Unusable for blank texts and for unfit vectors."""
        model = self._model("embed")
        if any(not text.strip() for text in texts):
            raise Unusable("a blank text cannot be embedded")
        keys = {text: vector_key(model, text) for text in texts}
        known = await self._service.disk(self.books.vectors, list(keys.values()))
        missing = [text for text, key in keys.items() if key not in known]
        asked = Asked("embed", model, "", about, 0, 0, 0)
        if texts and not missing:
            await self._service.disk(self._note_hit, asked)
        for batch in batches(missing):
            flight = sha256("".join(keys[text] for text in batch).encode()).hexdigest()
            got = await self._vectors.join(
                flight, partial(self._embed, model, batch, about), partial(self._service.disk, self._note_hit, asked)
            )
            known |= zip((keys[text] for text in batch), got, strict=True)
        found = tuple(known[keys[text]] for text in texts)
        sizes = {len(vector) // 4 for vector in found}
        if len(sizes) > 1:
            raise Unusable(
                f"the vectors of {model} have {' and '.join(map(str, sorted(sizes)))} dimensions: it has changed"
            )
        return Vectors(model, sizes.pop() if sizes else 0, found)

    async def close(self) -> None:
        """Stop what is under way (its cost stays reserved) and close the connections and the books."""
        self._closed = True
        await self._answers.close()
        await self._vectors.close()
        await self._endpoint.close()
        self._service.close()
        self.books.close()

    async def _find(self, key: str, call: Call[Any], asked: Asked) -> str:
        content = await self._service.disk(self.books.cached, key)
        if content is not None and _fits(content, call):
            await self._service.disk(self._note_hit, asked)
            return content
        content = await self._patiently(partial(self._chat, call, asked))
        await self._remember(self.books.keep, key, asked.model, asked.prompt, content)
        return content

    async def _chat(self, call: Call[Any], asked: Asked, most: float) -> str:
        dialect = self._dialects.get(asked.model, Dialect())
        body = chat_body(call, asked.model, self._config, dialect)
        sent = sent_bytes(body)

        async def post() -> bytes:
            try:
                return await self._endpoint.chat(body)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                other = adapt(dialect, body, all_words(error))
                if other is None:
                    raise
                if self._dialects.get(asked.model, Dialect()) == dialect:  # nobody has learnt it meanwhile
                    self._dialects[asked.model] = other
                    log.warning("%s does not take a parameter, which is no longer sent so: %s", asked.model, other)
                raise Fault("parameter", "parameter", "a parameter was refused", usage=NOTHING) from None

        def read(received: bytes) -> tuple[str, Usage]:
            reply = json_body(received)
            usage = usage_of(reply, sent + OVERHEAD, len(received), call.max_output)
            content = content_of(reply, usage)
            try:
                validated(content, call.answer)
            except ValueError as error:
                raise Fault(
                    "content", "invalid", f"the model's answer has another shape: {error}", usage=usage
                ) from None
            return content, usage

        return await self._service.request(replace(asked, sent=sent), post, read, most)

    async def _embed(self, model: str, texts: list[str], about: str) -> list[bytes]:
        sent = sum(len(text.encode(errors="replace")) for text in texts)
        asked = Asked("embed", model, "", about, sum(map(len, texts)), sent, 0)
        body = {"model": model, "input": texts, "encoding_format": "float"}

        def read(received: bytes) -> tuple[list[bytes], Usage]:
            reply = json_body(received)
            usage = usage_of(reply, sent + OVERHEAD, 0, 0)
            return vectors_of(reply, len(texts), usage), usage

        post = partial(self._endpoint.embeddings, body)
        found = await self._patiently(lambda most: self._service.request(asked, post, read, most))
        keys = [vector_key(model, text) for text in texts]
        await self._remember(self.books.keep_vectors, model, dict(zip(keys, found, strict=True)))
        return found

    async def _patiently(self, once: Callable[[float], Awaitable[T]]) -> T:
        async with self._slots:
            try:
                return await patiently(once, self._config.deadline, self._patience)
            except Fault as fault:
                if fault.group in ("content", "request"):
                    raise Unusable(fault.text) from None
                raise Retryable(fault.text, after=fault.after) from None

    async def _remember(self, keep: Callable[..., None], *args: Any) -> None:
        try:
            await self._service.disk(keep, *args)
        except Retryable as error:  # the answer is here and paid for: better asked again one day than lost now
            log.warning("an answer could not be kept: %s", error)

    def _note_hit(self, asked: Asked) -> None:
        self._accounts.hit(asked, self._clock())

    def _model(self, stage: Stage) -> str:
        if self._closed:
            raise Retryable("the language model's client is closed")
        model = self.model(stage)
        if not model:
            raise BadSetting(f"llm.model: no model is named for {stage}")
        return model


def _fits(content: str, call: Call[Any]) -> bool:
    try:
        validated(content, call.answer)
    except ValueError:  # kept when the type had other rules
        return False
    return True


def _check(config: LlmConfig) -> None:
    limited = config.money_per_day is not None or config.money_per_run is not None
    for model in sorted({model for model in config.models.values() if model}):
        if limited and model not in config.prices:
            raise BadSetting(f"llm.prices: no price for {model}; without one a limit on money cannot hold")
