"""A run as an operator sees it: /metrics over HTTP while articles come, and the log as JSON."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from confluent_kafka import Producer
from prometheus_client.parser import text_string_to_metric_families as families

from infra.demo.newsroom import Newsroom
from infra.embedded.folder import DataFolder
from infra.metrics.catalogue import CATALOGUE
from schemas.topics import ARTICLES
from tests.embedded.commands import BELLWETHER, bellwether, wait_for
from tests.embedded.test_expose import free_port

TOKEN = "only-for-the-scraper"
# Set by running code in tests/unit/infra/metrics/test_meters.py: what needs a language model, and what alerts leave.
ELSEWHERE = {metric.name for metric in CATALOGUE if re.match(r"bellwether_(llm|alert)_", metric.name)} - {
    "bellwether_llm_requests_under_way"
}
Scrape = dict[tuple[str, ...], float]


@contextmanager
def run(folder: Path, newsroom: Newsroom, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`bellwether run` on the newsroom's feeds, its standard error in a file."""
    feeds = [part for url in newsroom.feed_urls().values() for part in ("--feeds", url)]
    command = [BELLWETHER, "run", "--data", str(folder), "--allow-host", "127.0.0.1", "--port", "0", "--expose", *feeds]
    environment = {
        **os.environ, "BELLWETHER_FEEDS__PER_HOST_DELAY": "0", "BELLWETHER_FEEDS__BACKLOG_DAYS": "60",
        "BELLWETHER_METRICS__TOKEN": TOKEN, "BELLWETHER_LOG": "info", "BELLWETHER_LOG_FORMAT": "json",
        "BELLWETHER_EXPOSE__KAFKA_PORT": str(free_port()), "BELLWETHER_EXPOSE__CLICKHOUSE_PORT": str(free_port()),
    }  # fmt: skip
    with log.open("w") as errors, subprocess.Popen(command, env=environment, stderr=errors) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def scraped(url: str) -> Scrape:
    """Every sample by name and the values of its labels in the order of the catalogue."""
    answer = httpx2.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    assert answer.status_code == 200
    order = {metric.name: metric.labels for metric in CATALOGUE}
    return {
        (sample.name, *(sample.labels[label] for label in order.get(sample.name, sample.labels))): sample.value
        for family in families(answer.text)
        for sample in family.samples
    }


def test_numbers_move_while_articles_arrive_and_log_lines_have_ids(tmp_path: Path) -> None:
    folder, log = tmp_path / "data", tmp_path / "log"
    now = datetime.now(UTC)
    with Newsroom((now - timedelta(days=6)).date()) as newsroom:
        newsroom.set_now(now)
        with run(folder, newsroom, log):
            wait_for("the pages", lambda: "pages at" in log.read_text())
            url = str(re.search(r"pages at ([^\s\"]+)", log.read_text())[1])  # type: ignore[index]
            assert httpx2.get(f"{url}/metrics", timeout=30).status_code == 401

            def settled() -> bool:
                found = scraped(url)
                outcomes = sum(value for (name, *_), value in found.items() if name == "bellwether_outcomes_total")
                return outcomes >= 10 and outcomes == found["bellwether_articles_read_total", "new"]

            wait_for("every article having its outcome", settled, 120)
            bellwether("brief", "--data", str(folder))
            lines = [
                json.dumps({"title": "A bridge closes in Riga", "published": now.isoformat(), "id": "riga"}), "no json"
            ]  # fmt: skip
            (tmp_path / "two.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
            before = scraped(url)
            bellwether("ingest", str(tmp_path / "two.jsonl"), "--data", str(folder))
            exposed = (DataFolder(folder).door() or {})["exposed"]
            producer = Producer({"bootstrap.servers": exposed["kafka"]})
            producer.produce(ARTICLES.name, b"not avro", key=b"a-strange")
            assert producer.flush(30) == 0
            letter = ("bellwether_dead_letters_total", "extract", "decode")
            wait_for("the dead letter", lambda: scraped(url)[letter] == 1)
            read = before["bellwether_articles_read_total", "new"] + 2  # Riga, and what is none

            def at_rest() -> bool:  # figures that others keep are remembered for some seconds
                found = scraped(url)
                told = found.get(("bellwether_brief_last_timestamp_seconds",), 0.0) > 0
                done = found["bellwether_stage_records_total", "extract"] >= read
                return told and done and sum(_of(found, "bellwether_stage_lag_records")) == 0

            wait_for("the stages at rest and a brief", at_rest)
            after = scraped(url)
    assert before[letter] == 0
    fates = {fate: after["bellwether_articles_read_total", fate] for fate in ("new", "refused")}
    assert fates == {"new": before["bellwether_articles_read_total", "new"] + 1, "refused": 1}
    assert after["bellwether_commits_total",] > before["bellwether_commits_total",] > 0
    assert after["bellwether_commit_number",] == after["bellwether_commits_total",]
    assert after["bellwether_signals", "candidate"] + after["bellwether_signals", "published"] > 0
    assert after["bellwether_feeds", "ok"] == len(newsroom.feed_urls())
    assert after["bellwether_unprojected_commits",] == 0
    assert sum(_of(after, "bellwether_scrape_errors_total")) == 0
    seen = {re.sub(r"_(bucket|sum|count)$", "", name) for name, *_ in after}
    assert {metric.name for metric in CATALOGUE} - seen == ELSEWHERE
    _look_at_the_log(log)


def _of(found: Scrape, metric: str) -> list[float]:
    return [value for (name, *_), value in found.items() if name == metric]


def _look_at_the_log(log: Path) -> None:
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    (letter,) = [line for line in lines if line["event"].startswith("dead letter bellwether.articles")]
    assert (letter["article_id"], letter["role"], letter["generation"]) == ("a-strange", "extract", "live")
    assert letter["level"] == "warning"
    (ledger,) = [line for line in lines if line["event"].startswith("ledger at commit")]
    assert (ledger["role"], ledger["generation"], ledger["commit"]) == ("ledger", "live", 0)
    assert all({"timestamp", "level", "logger", "event"} <= set(line) for line in lines)
    assert TOKEN not in log.read_text("utf-8")
