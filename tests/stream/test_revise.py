"""The role `revise` on a broker: debounced, one revision a burst, and no signal waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from processors.app import Ports
from processors.ports import Narrator
from schemas.codec import encode
from schemas.confluent import SchemaRegistry
from schemas.errors import Retryable
from schemas.events import DeadLetter, SignalEvent
from schemas.proposal import Proposal, Revision
from schemas.topics import DEAD_LETTERS, PROPOSALS, SIGNAL_EVENTS
from tests.builders import T0, event
from tests.schema_registry import FakeRegistry
from tests.stream.embedded import Stream


def told(seq: int, signal_id: str = "g1", **given: Any) -> SignalEvent:
    """Event `seq` of a signal with evidence of its own."""
    return event(1, seq, signal_id=signal_id, evidence_id=f"e{seq}", **given)


class Narrating:
    """Titles a signal after the events it was shown; fails as often as it is told to, and tells when it begins."""

    name = "narrating/1"

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.shown: list[tuple[str, list[int]]] = []

    async def revise(self, events: Sequence[SignalEvent]) -> Revision | None:
        """See processors.ports.Narrator."""
        last = events[-1]
        self.shown.append((last.signal_id, [one.seq for one in events]))
        if self.failures:
            raise self.failures.pop(0)
        title = f"After {len(events)} events"
        return Revision(last.signal_id, last.seq, title, "analysis", "", (last.evidence_id,), self.name)


def revised(
    stream: Stream, narrator: Narrator, *records: SignalEvent | bytes, quiet: float = 0.5, **ports: Any
) -> dict[str, str]:
    """Run the role over the records until all are acknowledged; return the titles proposed, by proposal id."""

    async def body() -> list[Proposal]:
        stream.send(SIGNAL_EVENTS, *records)
        async with stream.running("revise", Ports(now=lambda: T0, narrator=narrator, **ports), narrate_quiet=quiet):
            await stream.until_acknowledged("revise", SIGNAL_EVENTS)
            return stream.read(PROPOSALS, Proposal)

    return {p.proposal_id: p.revision.title for p in asyncio.run(body()) if p.revision}


def test_a_burst_of_events_ends_in_one_revision_a_signal_with_the_newest_in_view(stream: Stream) -> None:
    narrator = Narrating()
    burst: list[SignalEvent | bytes] = [
        told(1),
        told(2),
        told(3, kind="published"),
        b"poison",
        told(4),
        told(2, "g2", kind="published"),
    ]
    assert revised(stream, narrator, *burst) == {"r:g1:4": "After 4 events", "r:g2:2": "After 1 events"}
    assert sorted(narrator.shown) == [("g1", [1, 2, 3, 4]), ("g2", [2])]
    assert [letter.stage for letter in stream.read(DEAD_LETTERS, DeadLetter)] == ["revise/decode"]


def test_what_asks_for_no_narration_is_acknowledged_without_one(stream: Stream) -> None:
    narrator = Narrating()
    quiet = [told(seq) for seq in (4, 5, 6)]
    mine = told(7, kind="revised", cause="r:g1:6", strength_after=9.0)
    assert revised(stream, narrator, told(1, "g2", state="merged", kind="published"), *quiet, mine) == {}
    assert narrator.shown == []


def test_after_a_restart_the_store_tells_what_came_before(stream: Stream) -> None:
    narrator = Narrating()
    before = [told(seq) for seq in (1, 2, 3)]
    already = [told(1, "g2"), told(2, "g2", kind="published"), told(3, "g2", kind="revised", cause="r:g2:2")]

    def recall(signal_id: str) -> Sequence[SignalEvent]:
        return before if signal_id == "g1" else already

    again = told(2, "g2", kind="published")  # delivered again, and told of already
    proposed = revised(stream, narrator, told(4, kind="contradicted"), again, recall=recall)
    assert proposed == {"r:g1:4": "After 4 events"}


def test_a_failing_narrator_leaves_the_words_as_they_are_and_a_service_that_is_away_is_asked_again(
    stream: Stream,
) -> None:
    narrator = Narrating(RuntimeError("told to fail"))
    assert revised(stream, narrator, told(2, kind="published"), told(3), quiet=0.02) == {}
    assert [letter.stage for letter in stream.read(DEAD_LETTERS, DeadLetter)] == ["revise/narrator"]
    narrator = Narrating(Retryable("away", after=0.0), Retryable("away", after=0.01))
    assert revised(stream, narrator, told(4, kind="contradicted"), quiet=0.02) == {"r:g1:4": "After 1 events"}
    narrator = Narrating(*(Retryable("no money", after=0.0) for _ in range(3)))
    assert set(revised(stream, narrator, told(5, kind="contradicted"), quiet=0.02)) == {"r:g1:4"}
    assert len(narrator.shown) == 3
    assert len(stream.read(DEAD_LETTERS, DeadLetter)) == 1, "no money is no fault of the record"


def test_one_slow_signal_does_not_stop_the_others(stream: Stream) -> None:
    class Slow(Narrating):
        async def revise(self, events: Sequence[SignalEvent]) -> Revision | None:
            if events[-1].signal_id == "g1":
                await may_end.wait()
            return await super().revise(events)

    may_end = asyncio.Event()

    async def body() -> list[str]:
        stream.send(
            SIGNAL_EVENTS, told(1, kind="published"), *(told(1, f"g{n}", kind="published") for n in range(2, 6))
        )
        async with stream.running("revise", Ports(now=lambda: T0, narrator=Slow()), narrate_quiet=0.02):
            others = await stream.until(PROPOSALS, Proposal, 4)
            may_end.set()
            await stream.until_acknowledged("revise", SIGNAL_EVENTS)
            return [one.proposal_id for one in others]

    assert sorted(asyncio.run(body())) == ["r:g2:1", "r:g3:1", "r:g4:1", "r:g5:1"]
    assert len(stream.read(PROPOSALS, Proposal)) == 5


def test_with_a_registry_events_are_read_by_its_ids(stream: Stream) -> None:
    fake = FakeRegistry()
    framed = SchemaRegistry(fake.url).register()
    value = framed(SIGNAL_EVENTS.name, encode(told(3, kind="published")))
    reading = SchemaRegistry(fake.url).schema_of
    assert revised(stream, Narrating(), value, schema_of=reading) == {"r:g1:3": "After 1 events"}
    fake.close()
