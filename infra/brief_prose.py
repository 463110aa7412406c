"""Binds the processors' prose to the brief: another thread, a deadline, and an extractive brief when it fails."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from typing import Protocol

from processors.analysts.llm.prose import ProseItem, Source
from schemas.errors import BellwetherError
from schemas.evidence import CitedSentence
from sinks.brief.items import BriefItem, ProseSentence
from sinks.brief.prose import Written

log = logging.getLogger("bellwether.brief")
PATIENCE = 30.0  # seconds a brief waits for its prose


class Writer(Protocol):
    """Writes prose, as processors.analysts.llm.prose.LlmProse does."""

    name: str

    async def write(self, items: Sequence[ProseItem]) -> Mapping[str, tuple[CitedSentence, ...]]:
        """Return sentences by signal id. May raise anything."""
        ...


class BriefProse:
    """The brief's `Prose`. The writer runs on an event loop of its own: its client must not be shared."""

    def __init__(
        self, writer: Writer, patience: float = PATIENCE, closing: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """`closing` lets go of the writer's client, on the loop that it belongs to."""
        self._writer, self._patience, self._closing = writer, patience, closing
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="brief-prose", daemon=True)
        self._thread.start()

    def __call__(self, items: Sequence[BriefItem]) -> Written:
        """Return the prose, or a note that there is none. Never raises, and takes no longer than its patience."""
        future = asyncio.run_coroutine_threadsafe(self._written(items), self._loop)
        try:
            sentences = future.result(self._patience)
        except TookTooLong:
            future.cancel()
            return self._none(f"it did not answer within {self._patience:g} seconds")
        except BellwetherError as error:
            return self._none(str(error))
        except Exception as error:  # the brief is worth more than its prose
            log.warning("the brief's prose failed", exc_info=error)
            return self._none(type(error).__name__)
        return Written(self._writer.name, sentences)

    def close(self) -> None:
        """Close the client and end the thread. What is being written is given up."""
        with suppress(Exception):
            asyncio.run_coroutine_threadsafe(self._wind_up(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _wind_up(self) -> None:
        """Cancel what is being written, wait until it has let go, then close the client."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._closing is not None:
            await self._closing()

    async def _written(self, items: Sequence[BriefItem]) -> Mapping[str, Sequence[ProseSentence]]:
        made = await self._writer.write([prose_item(item) for item in items])
        return {
            signal_id: [ProseSentence(one.text, one.cites) for one in sentences]
            for signal_id, sentences in made.items()
        }

    def _none(self, why: str) -> Written:
        log.warning("no prose for the brief: %s", why)
        return Written(note=f"Without prose: {self._writer.name} was asked, and could not write it.")


def prose_item(item: BriefItem) -> ProseItem:
    """Return a brief's item as the writer sees it: quotes whose evidence is known."""
    sources = tuple(
        Source(quote.evidence_id, quote.quote, quote.publisher, quote.article_title, quote.stance)
        for quote in item.all_quotes
        if quote.evidence_id
    )
    return ProseItem(item.signal_id, item.title, item.happened, sources)
