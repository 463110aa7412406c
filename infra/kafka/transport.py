"""The Faust transport `bellwether://`: aiokafka's, with what it hard-codes made settable.

Faust fixes `fetch_max_wait_ms` at 1500. The embedded broker has no long poll, so an empty fetch sleeps that whole
time; and readers of transactional commits must not see aborted ones. `app.fetch_max_wait_ms` sets the former.
"""

from __future__ import annotations

from typing import Any

from faust.transport.drivers import aiokafka as driver


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The consumer's thread, with a consumer whose waiting time and isolation level are ours."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # aiokafka reads both when it starts its fetcher, which happens after this.
        consumer._fetch_max_wait_ms = getattr(self.app, "fetch_max_wait_ms", 500)
        consumer._isolation_level = "read_committed"
        return consumer


class Consumer(driver.Consumer):
    """A Faust consumer that runs our thread."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)


class Transport(driver.Transport):
    """Registered as `bellwether` in the entry-point group `faust.transports`."""

    Consumer = Consumer
