"""A brief that is composed while the stream runs comes out on `bellwether.briefs`, framed like the other records."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import asyncio, json, sys, time
from datetime import UTC, datetime
from confluent_kafka import Consumer
from infra.host import opened_host
from infra.settings import load
from schemas.codec import decode
from schemas.events import Brief
from schemas.topics import BRIEFS

async def main():
    environment = {"BELLWETHER_STREAM__WORKERS": "0"}
    async with opened_host(load({"data": sys.argv[1]}, environment=environment)) as host:
        await host.stream.tick(datetime(2026, 4, 16, 8, 30, tzinfo=UTC))
        while host.desk.now().year < 2026:
            await asyncio.sleep(0.05)
        for _ in range(2):
            await asyncio.to_thread(host.desk.answer, "brief", {})
            said = await asyncio.to_thread(host.desk.answer, "deliver", {"day": "2026-04-16"})
        consumer = Consumer(host.broker.connection.client(
            {"group.id": "test", "fetch.wait.max.ms": 20, "auto.offset.reset": "earliest"}
        ))
        consumer.subscribe([BRIEFS.name])
        found, until = [], time.monotonic() + 8
        while time.monotonic() < until:
            message = consumer.poll(0.1)
            if message is not None and not message.error():
                brief = decode(message.value(), Brief)
                headers = {name: value.decode() for name, value in message.headers()}
                found.append([message.key().decode(), brief.date, brief.worth_saying, headers["ce_type"]])
                until = min(until, time.monotonic() + 1.5)
        consumer.close()
        print(json.dumps([found, said]))

asyncio.run(main())
"""


def test_each_brief_once(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found, said = json.loads(ran.stdout.splitlines()[-1])
    assert found == [["2026-04-16", "2026-04-16", False, "bellwether.brief"]]
    assert said == [{"channel": "topic", "state": "sent before", "error": ""}]
