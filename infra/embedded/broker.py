"""The embedded Kafka broker: librdkafka's own mock cluster, which ships inside confluent-kafka.

A real TCP listener on a loopback port that any Kafka client talks to. Memory only: it keeps 5 MiB or 100,000 batches
a partition, drops the oldest silently, has no compaction and forgets everything at exit; Bellwether therefore
stores first and publishes again at start. Entry points: librdkafka's `rdkafka_mock.h`.
"""

from __future__ import annotations

import ctypes
import uuid
from collections.abc import Mapping
from pathlib import Path

import confluent_kafka

from processors.app import app_id
from processors.ports import CommitLog
from schemas.kafka_connection import KafkaConnection
from schemas.topics import CATALOGUE

KEPT_BYTES = 5 * 1024 * 1024  # a partition; RD_KAFKA_MOCK's built-in limit
FETCH_WAIT_MS = 20  # there is no long poll: an empty fetch sleeps all the time it may wait
SESSION_TIMEOUT = 6.0


def _library() -> ctypes.CDLL:
    package = Path(confluent_kafka.__file__).parent
    # Wheels keep the library beside the package (Linux: .libs, macOS: .dylibs inside).
    for folder in (package.parent / "confluent_kafka.libs", package / ".dylibs"):
        for path in sorted(folder.glob("librdkafka*")):
            return ctypes.CDLL(str(path))
    raise RuntimeError(
        "confluent-kafka was installed without its bundled librdkafka; install its wheel, or configure "
        "`kafka.bootstrap` to use a real Kafka"
    )


class EmbeddedBroker:
    """One in-process broker. `incarnation` is new for each start: offsets mean nothing across incarnations."""

    fetch_wait_ms = FETCH_WAIT_MS
    session_timeout = SESSION_TIMEOUT

    def __init__(self) -> None:
        lib = _library()
        pointer = ctypes.c_void_p
        for name, result, arguments in (
            ("rd_kafka_conf_new", pointer, []),
            ("rd_kafka_conf_set", ctypes.c_int, [pointer, ctypes.c_char_p, ctypes.c_char_p, pointer, ctypes.c_size_t]),
            ("rd_kafka_new", pointer, [ctypes.c_int, pointer, ctypes.c_char_p, ctypes.c_size_t]),
            ("rd_kafka_mock_cluster_new", pointer, [pointer, ctypes.c_int]),
            ("rd_kafka_mock_cluster_bootstraps", ctypes.c_char_p, [pointer]),
            ("rd_kafka_mock_topic_create", ctypes.c_int, [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]),
            ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, [pointer, ctypes.c_int32]),
            ("rd_kafka_mock_cluster_destroy", None, [pointer]),
            ("rd_kafka_destroy", None, [pointer]),
        ):
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments
        error = ctypes.create_string_buffer(512)
        self._lib = lib
        config = lib.rd_kafka_conf_new()
        lib.rd_kafka_conf_set(config, b"log_level", b"2", None, 0)  # this client connects to nothing, as it would say
        self._client = lib.rd_kafka_new(0, config, error, len(error))
        if not self._client:
            raise RuntimeError(f"the embedded broker did not start: {error.value.decode()}")
        self._cluster = lib.rd_kafka_mock_cluster_new(self._client, 1)
        lib.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        self.connection = KafkaConnection(lib.rd_kafka_mock_cluster_bootstraps(self._cluster).decode())
        self.incarnation = uuid.uuid4().hex[:12]

    def create(self, topics: Mapping[str, int]) -> None:
        """Create topics with their numbers of partitions; an existing one is left as it is."""
        for name, partitions in topics.items():
            self._lib.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)

    def prepare(self, generation: str, commits: CommitLog) -> None:
        """See infra.carrier.Carrier; an empty broker can have nothing of anybody's."""
        topics = {topic.named(generation): topic.partitions for topic in CATALOGUE}
        self.create({**topics, f"{app_id('ledger', generation)}-heads-changelog": 1})

    def close(self) -> None:
        """Stop the broker; everything it holds is gone."""
        if self._cluster:
            self._lib.rd_kafka_mock_cluster_destroy(self._cluster)
            self._lib.rd_kafka_destroy(self._client)
            self._cluster = self._client = None
