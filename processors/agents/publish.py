"""The role `publish`: commits in, public topics and questions out. May be repeated at will: every id is derived."""

from __future__ import annotations

import logging
from typing import Any

from processors.app import Wiring
from processors.guard import Guard
from processors.window import Window
from schemas.codec import decode, encode
from schemas.errors import Poison
from schemas.ledger import Commit
from schemas.topics import COMMITS, LIVE, OUTCOMES, QUESTIONS, SIGNAL_EVENTS, SIGNALS

log = logging.getLogger("bellwether.publish")

# The handler never waits, so records are handled in order; the window only lets one flush confirm many.
IN_ORDER = 256


def attach(wiring: Wiring) -> None:
    """Add the agent to the app. Only the live generation speaks to the public topics."""
    config, emitter = wiring.config, wiring.emitter
    guard = Guard(emitter, config.incarnation, wiring.ports.now)
    position = 0  # last commit published by this process, 0 before the first

    def emit(commit: Commit) -> None:
        for question in commit.questions:
            if any(row.evidence_id == question.evidence_id for row in commit.evidence):  # not a sibling's joining
                emitter.send(QUESTIONS.named(config.generation), encode(question), question.evidence_id.encode())
        if config.generation != LIVE:
            return
        # One that was public only by what a command did, now undone, is public once more: to say so.
        undone = {event.signal_id for event in commit.events if event.kind == "undone"}
        public = {
            head.signal_id: head for head in commit.signals if head.published_at is not None or head.signal_id in undone
        }
        for event in commit.events:
            if event.signal_id in public:
                emitter.send(
                    SIGNAL_EVENTS.name, encode(event), event.signal_id.encode(), cloud_event(event.event_id, event.kind)
                )
        for signal_id, head in public.items():
            emitter.send(SIGNALS.name, encode(head), signal_id.encode())
        for outcome in commit.outcomes:
            emitter.send(OUTCOMES.name, encode(outcome), outcome.article_id.encode())

    async def handle(event: Any) -> None:
        nonlocal position
        try:
            commit = decode(event.message.value, Commit)
        except Poison as poison:
            guard.bury(event, f"publish/{poison.stage}", poison.reason)
            return
        if commit.n <= position:
            return
        if position and commit.n > position + 1:
            log.warning(
                "commits %d–%d were not on the topic; reading them from the log", position + 1, commit.n - 1,
                extra={"commit": commit.n},
            )  # fmt: skip
            if wiring.ports.commit_log is not None:
                for missed in wiring.ports.commit_log.read(position, commit.n - 1):
                    emit(missed)
        emit(commit)
        position = commit.n

    @wiring.app.agent(wiring.topic(COMMITS), name="publish")  # type: ignore[untyped-decorator]
    async def publish(stream: Any) -> None:
        wiring.sign_logs("publish")
        await Window(IN_ORDER, emitter.flush).run(stream.noack().events(), handle)


def cloud_event(event_id: str, kind: str) -> dict[str, str]:
    """Return the headers of CloudEvents' Kafka binding, binary mode (https://github.com/cloudevents/spec, v1.0.2)."""
    return {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": "bellwether",
        "ce_type": f"bellwether.signal.{kind}",
        "content-type": "application/avro",
    }
