"""Builds the Faust app of one role. Nothing here decides anything; see agents/ for the roles."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import faust
from structlog.contextvars import bind_contextvars

from processors.credentials import credentials
from processors.decisions.policy import Policy
from processors.emit import Emitter
from processors.ports import CommitLog, Extractor, Judge, Narrator, Now, Snapshot
from schemas.codec import SchemaOf, locked_schema
from schemas.confluent import Framing
from schemas.errors import BadSetting
from schemas.events import SignalEvent
from schemas.kafka_connection import KafkaConnection
from schemas.ledger import Commit
from schemas.topics import LIVE, Topic

log = logging.getLogger("bellwether.role")
Role = Literal["extract", "ledger", "publish", "judge", "revise"]
ROLES: Final[tuple[Role, ...]] = ("extract", "ledger", "publish", "judge", "revise")


@dataclass(frozen=True, slots=True)
class AppConfig:
    """What a role needs to know about its surroundings."""

    connection: KafkaConnection
    generation: str = LIVE
    incarnation: str = "kafka"  # of the broker; offsets mean nothing across incarnations
    fetch_wait_ms: int = 500
    session_timeout: float = 30.0
    datadir: str = ""  # where Faust may keep its bookkeeping; "" for a temporary folder
    window: int = 64  # records worked on at a time
    group_ms: float = 20.0  # how long the ledger gathers proposals for one write
    group_most: int = 500
    narrate_quiet: float = 5.0  # seconds without news of a signal before its words are written again
    producer: Mapping[str, Any] = field(default_factory=dict)


def _ignore(error: BaseException) -> None:
    """Whoever starts a role in a process of its own lets the raised error end it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What a role is given. Each role says which of them it needs."""

    now: Now
    extractor: Extractor | None = None
    judge: Judge | None = None
    narrator: Narrator | None = None
    commit_log: CommitLog | None = None
    snapshot: Snapshot | None = None  # None: the ledger's own Faust table is its snapshot
    policy: Policy = field(default_factory=Policy)
    on_fatal: Callable[[BaseException], None] = _ignore  # the process must end: its state is ahead of the log
    recall: Callable[[str], Sequence[SignalEvent]] | None = None  # a signal's latest events, in order of seq; may block
    on_commits: Callable[[list[Commit]], None] | None = None  # told after the commits are durable
    framing: Framing | None = None  # of public topics, where a schema registry gives the ids
    schema_of: SchemaOf = locked_schema  # of public topics


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every agent file gets."""

    app: Any
    config: AppConfig
    ports: Ports
    emitter: Emitter

    def sign_logs(self, role: Role) -> None:
        """Name role and generation in every log line of the running task and of those that it starts."""
        bind_contextvars(role=role, generation=self.config.generation)

    def topic(self, topic: Topic) -> Any:
        """Return the Faust topic of raw bytes for a catalogue entry."""
        return self.app.topic(
            topic.named(self.config.generation),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
            partitions=topic.partitions,
        )


def app_id(role: Role, generation: str) -> str:
    """Return the consumer group of a role; a shadow generation has its own."""
    return f"bellwether-{role}" if generation == LIVE else f"bellwether-{role}.{generation}"


def _ends_with(fatal: Callable[[BaseException], None]) -> Callable[[Any, BaseException], Awaitable[None]]:
    async def on_error(agent: Any, error: BaseException) -> None:
        log.critical("the role %s cannot go on", agent.name, exc_info=error)
        fatal(error)

    return on_error


def _hold_until_ready(app: Any) -> None:
    """Let no record in between the end of a table's recovery and Faust's own resuming of the flow.

    Faust 0.15 resumes the partitions first (tables/recovery.py, on_recovery_completed) and the flow a moment later,
    and resuming the flow empties every stream's queue: what was fetched in between is gone and never acknowledged.
    With the flow held the fetcher waits, and Faust resumes both together as it does for apps without tables.
    """

    @app.on_rebalance_complete.connect  # type: ignore[untyped-decorator]
    async def hold(sender: Any, **_: Any) -> None:
        app.consumer.stop_flow()
        app.flow_control.suspend()


def build_app(role: Role, config: AppConfig, ports: Ports) -> Any:
    """Return the Faust app of `role`, ready for `finalize()` and `start()`. Raises BadSetting for a missing port."""
    from processors.agents import extract, judge, ledger, publish, revise

    attach = {
        "extract": (extract.attach, ports.extractor),
        "ledger": (ledger.attach, ports.commit_log),
        "publish": (publish.attach, ports.now),
        "judge": (judge.attach, ports.judge),
        "revise": (revise.attach, ports.narrator),
    }
    build, needed = attach[role]
    if needed is None:
        raise BadSetting(f"role: `{role}` was started without the part it works with")
    app: Any = faust.App(
        app_id(role, config.generation),
        broker=f"bellwether://{config.connection.bootstrap}",
        broker_credentials=credentials(config.connection),
        store="memory://",
        datadir=config.datadir or str(Path(tempfile.gettempdir()) / "bellwether-faust"),
        processing_guarantee="at_least_once",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=1.0,
        broker_session_timeout=config.session_timeout,
        broker_heartbeat_interval=min(3.0, config.session_timeout / 3),
        broker_request_timeout=max(40.0, config.session_timeout + 10),
        stream_wait_empty=False,
        producer_linger=0.01,
        producer_max_batch_size=131_072,
        producer_max_request_size=4_000_000,
        consumer_max_fetch_size=4_194_304,
        stream_buffer_maxsize=1024,
        autodiscover=False,
    )
    app.fetch_max_wait_ms = config.fetch_wait_ms
    _hold_until_ready(app)
    app.emitter = Emitter(config.connection, config.producer, ports.framing)  # whoever stops the app closes it
    build(Wiring(app, config, ports, app.emitter))
    for agent in app.agents.values():
        # Faust would start the agent anew in this process, past the events that it had not finished.
        agent._on_error = _ends_with(ports.on_fatal)
    return app
