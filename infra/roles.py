"""Which analyst, judge and narrator stand behind the ports. The only place that binds them."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from infra.brief_prose import BriefProse
from infra.llm import Binding, binding
from infra.settings import Settings
from processors.analysts.llm.api import LlmConfig
from processors.ports import Extractor, Judge, Narrator
from sinks.brief.items import BriefItem
from sinks.brief.prose import Prose, Written


async def _nothing_to_close() -> None:
    return


@dataclass(frozen=True, slots=True)
class Analysts:
    """What was bound, for one process and one event loop. `close` after use.

    `extractor` makes the extractor when it is asked, since a process with workers needs none itself.
    """

    name: str  # of the extractor
    extractor: Callable[[], Extractor]
    judge: Judge | None = None
    narrator: Narrator | None = None
    binding: Binding = field(default_factory=Binding)
    close: Callable[[], Coroutine[Any, Any, None]] = _nothing_to_close

    @property
    def judge_name(self) -> str:
        """Return the name of the judge that the policy asks, "" for none."""
        return self.judge.name if self.judge else ""


def analysts_for(settings: Settings, run: str = "") -> Analysts:
    """Return what stands behind the ports under these settings. Raises BadSetting when it cannot be used."""
    return bound(binding(settings, run))


def bound(to: Binding) -> Analysts:
    """Return what `to` names; for workers, which get it from their parent."""
    return _lexical(to) if to.llm is None else _llm(to)


@asynccontextmanager
async def opened_analysts(settings: Settings, run: str = "") -> AsyncIterator[Analysts]:
    """Bind what stands behind the ports, and let go of it in the same event loop. Raises BadSetting."""
    analysts = analysts_for(settings, run)
    try:
        yield analysts
    finally:
        await analysts.close()


@contextmanager
def opened_prose(settings: Settings, run: str = "") -> Iterator[Prose | None]:
    """Give the brief's prose, None when nobody writes any. Nothing is opened before the first brief asks for it."""
    to = binding(settings, run)
    if to.llm is None or not to.prose:
        yield None
        return
    prose = _ProseOnDemand(to.llm)
    try:
        yield prose
    finally:
        prose.close()


class _ProseOnDemand:
    """The prose of briefs, with a client and an event loop of its own."""

    def __init__(self, config: LlmConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._made: BriefProse | None = None

    def __call__(self, items: Sequence[BriefItem]) -> Written:
        """See sinks.brief.prose.Prose."""
        with self._lock:
            if self._made is None:
                self._made = _brief_prose(self._config)
        return self._made(items)

    def close(self) -> None:
        """Let go of what was opened."""
        if self._made is not None:
            self._made.close()


def _brief_prose(config: LlmConfig) -> BriefProse:
    from processors.analysts.llm.client import OpenAiLlm
    from processors.analysts.llm.prose import LlmProse

    llm = OpenAiLlm(config)
    return BriefProse(LlmProse(llm), closing=llm.close)


def _lexical(to: Binding) -> Analysts:
    from processors.analysts.lexical.extractor import NAME, LexicalExtractor

    if not to.sentences:
        return Analysts(NAME, LexicalExtractor)
    from processors.analysts.sentences import MiniLm, WithSentences, check_installed

    check_installed()
    return Analysts(NAME, lambda: WithSentences(LexicalExtractor(), MiniLm()), binding=to)


def _llm(to: Binding) -> Analysts:
    from processors.analysts.llm.client import OpenAiLlm
    from processors.analysts.llm.extractor import LlmExtractor
    from processors.analysts.llm.judge import LlmJudge
    from processors.analysts.llm.narrator import LlmNarrator

    assert to.llm is not None
    llm = OpenAiLlm(to.llm)
    extractor = LlmExtractor(llm, shared=llm.books)
    return Analysts(
        name=extractor.name,
        extractor=lambda: extractor,
        judge=LlmJudge(llm, llm.books) if to.judge else None,
        narrator=LlmNarrator(llm) if to.narrator else None,
        binding=to,
        close=llm.close,
    )
