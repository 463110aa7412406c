"""Log lines: their format, their fields, and what must never be in them."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr
from structlog.contextvars import bind_contextvars, bound_contextvars

from infra.commands.say import say
from infra.log_redaction import HIDDEN, Redaction, secrets_of
from infra.logs import Counting, configure_logs, format_for, formatter
from infra.metrics.registry import Metrics
from infra.settings import load
from infra.worker import Job, secrets_of_job
from processors.window import Window
from schemas.kafka_connection import KafkaConnection
from tests.unit.infra.metrics.test_registry import values

log = logging.getLogger("bellwether.test-of-logs")


@contextmanager
def written(
    form: Literal["text", "json"] = "json", secrets: tuple[str, ...] = (), **fields: str
) -> Iterator[io.StringIO]:
    """What the logger writes meanwhile."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter(form, secrets, **fields))
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield out
    finally:
        log.removeHandler(handler)


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_has_time_level_logger_words_and_its_ids() -> None:
    with written(role="sinks", generation="live") as out, bound_contextvars(signal_id="sg-1", stage="bound"):
        log.warning("%d of %s", 3, "them", extra={"article_id": "a-1", "stage": "near"})
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert list(line)[:3] == ["level", "logger", "event"]
    assert line == {
        "level": "warning", "logger": "bellwether.test-of-logs", "event": "3 of them", "role": "sinks",
        "generation": "live", "signal_id": "sg-1", "article_id": "a-1", "stage": "near",
    }  # fmt: skip


def test_what_is_bound_goes_before_what_the_process_says_of_itself() -> None:
    with written(role="host") as out, bound_contextvars(role="ledger"):
        log.info("x")
    assert lines(out)[0]["role"] == "ledger"


def test_extra_cannot_put_itself_in_the_place_of_the_words() -> None:
    with written() as out:
        log.warning("real words", extra={"event": "forged", "level": "debug"})
    assert (lines(out)[0]["event"], lines(out)[0]["level"]) == ("real words", "warning")


def test_text_stays_readable_and_on_one_line() -> None:
    with written("text") as out:
        log.warning("the feed said: %s", "a\n2026-01-01 [critical] forged\r", extra={"feed": "https://f.example"})
    (line,) = out.getvalue().splitlines()
    assert "the feed said: a\\n2026-01-01" in line
    assert "feed=https://f.example" in line
    assert "[warning" in line
    assert "\x1b" not in line


def test_an_exception_is_one_json_line_and_a_traceback_in_text() -> None:
    for form in ("json", "text"):
        with written(form) as out:
            try:
                raise ValueError("at https://ines:hunter22@store.example/db")
            except ValueError:
                log.exception("it failed")
        assert "Traceback" in out.getvalue()
        assert "ValueError: at https://********@store.example/db" in out.getvalue()
        assert "hunter22" not in out.getvalue()
        if form == "json":
            assert len(lines(out)) == 1


def test_what_no_json_has_is_written_as_words() -> None:
    with written() as out:
        log.info("x", extra={"ids": {"b"}, "path": threading.Lock(), "nothing": None, "number": 3})
    (line,) = lines(out)
    assert line["ids"] == ["b"]
    assert isinstance(line["path"], str)
    assert (line["nothing"], line["number"]) == (None, 3)


def test_tasks_of_a_window_keep_their_ids_apart() -> None:
    """In `extract` each article is read in a task of its own; all write while others are half done."""

    class Event:
        def __init__(self, number: int) -> None:
            self.number = number

        def ack(self) -> None: ...

    async def read(event: Event) -> None:
        bind_contextvars(article_id=f"a{event.number}")
        for _ in range(3):
            await asyncio.sleep(0.001 * (event.number % 5))
            log.info("reading %d", event.number)
        await asyncio.to_thread(log.info, "in a thread %d", event.number)

    async def events() -> Any:
        for number in range(40):
            yield Event(number)

    async def confirmed() -> None: ...

    async def body() -> None:
        bind_contextvars(role="extract")
        await Window(16, confirmed).run(events(), read)
        log.info("ended 0")

    with written() as out:
        asyncio.run(body())
    found = lines(out)
    assert len(found) == 40 * 4 + 1
    assert {line["role"] for line in found} == {"extract"}
    assert "article_id" not in found[-1], "what a task binds is gone with it"
    assert all(line["article_id"] == "a" + line["event"].split()[-1] for line in found[:-1])


def test_threads_keep_their_ids_apart() -> None:
    def work(number: int) -> None:
        bind_contextvars(sink=f"s{number}")
        for _ in range(50):
            log.info("%d", number)

    with written() as out:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(line["sink"] == f"s{line['event']}" for line in lines(out))


SECRETS = [
    ("store.dsn: clickhouse://bellwether:pa55word@db:8123/x failed", "pa55word"),
    ("GET https://token-only@hooks.example.org/x", "token-only"),
    ("https://feeds.example.org/rss?user=ines&api_key=abc123def&x=1", "abc123def"),
    ("https://feeds.example.org/rss?token=abc123def", "abc123def"),
    ("password=hunter22, retrying", "hunter22"),
    ("header Authorization: Bearer eyJhbGciOi.J9.x-y_z was refused", "eyJhbGciOi"),
    ("Incorrect API key provided: sk-proj-0123456789abcdef", "0123456789abcdef"),
    ("signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("refused {'user': 'x', 'password': 'abcdef'}", "abcdef"),
    ('answered {"token": "abc def"}', "abc def"),
    (r"said {\"token\": \"abcdefg\"}", "abcdefg"),
    ("POST grant_type=x&client_secret=qwertz1", "qwertz1"),
    ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "wJalrXUtnFEMI/K7MDENG"),
    ("clickhouse://bellwether:pa/55word@db:8123/x failed", "55word"),
    ("sk-ant-api03-AbCdEfGh1234567890abcdef", "AbCdEfGh1234567890abcdef"),
    ("ghp_0123456789abcdefghij and xoxb-12345678-abc", "0123456789abcdefghij"),
]


@pytest.mark.parametrize(("words", "secret"), SECRETS, ids=[secret for _, secret in SECRETS])
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(words: str, secret: str) -> None:
    for form in ("json", "text"):
        with written(form) as out:
            log.warning(words)
            log.warning("%s", words, extra={"feed": words, "nested": {"list": [words]}, "error": ValueError(words)})
        assert secret not in out.getvalue()
        assert HIDDEN in out.getvalue()


def test_ordinary_words_and_addresses_stay() -> None:
    words = "poll of https://news.example/a?id=1&q=x at 10:15, mail to ines@example.org; the token was refused; sk-ill"
    assert Redaction().text(words) == words
    for words in (
        "https://news.example/sk-hynix-announces-new-memory and sk-hynix-hbm4-memory-in-2026",
        "https://social.example/@ines, https://news.example:8080/@ines",
        "llm.api_key: set one (from default); kafka.security.password: the broker refuses ines",
        "design=round, 3 tokens: 1 2 3, an address by http://[::1]:8711/a?b=c",
    ):
        assert Redaction().text(words) == words


def test_a_password_of_an_address_is_known_as_written_and_as_it_is() -> None:
    class Holding(BaseModel):
        dsn: SecretStr

    found = secrets_of(Holding(dsn=SecretStr("clickhouse://me:qu%2Fiet%40ly@db/x")))
    assert {"qu%2Fiet%40ly", "qu/iet@ly"} <= set(found)
    assert "qu/ietly" in secrets_of(Holding(dsn=SecretStr("clickhouse://me:qu/ietly@db/x")))


def test_an_extract_worker_knows_the_keys_to_kafka() -> None:
    connection = KafkaConnection("kafka:9093", "sasl_ssl", password="plain-words", key_password="other-words")
    job = Job(connection, "live", "i", 10, 30.0, 8, "/nowhere")
    assert secrets_of_job(job) == ["plain-words", "other-words"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_said_to_people_holds_no_secret(
    form: Literal["text", "json"], capfd: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        configure_logs("warning", form, ["quiet-word"])
        say("https://ines:hunter22@feeds.example/rss?token=abc123def: 401 quiet-word")
    finally:
        configure_logs("warning", "text")
        root.handlers[:], root.level = before, level
    said = capfd.readouterr().err
    assert "feeds.example" in said
    assert not [one for one in ("hunter22", "abc123def", "quiet-word") if one in said]
    if form == "json":
        assert json.loads(said)["logger"] == "bellwether.said"


def test_numbers_that_json_does_not_have_are_words() -> None:
    with written() as out:
        log.info("x", extra={"rate": float("nan"), "more": [float("inf")], "fine": 0.5})
    (line,) = [json.loads(each, parse_constant=pytest.fail) for each in out.getvalue().splitlines()]
    assert (line["rate"], line["more"], line["fine"]) == ("nan", ["inf"], 0.5)


def test_the_secrets_of_the_settings_are_hidden_even_if_they_look_like_nothing(tmp_path: Any) -> None:
    settings = load(
        {
            "store.dsn": "clickhouse://bellwether:plainword@db:8123/x", "llm.api_key": "quiet-key-of-mine",
            "alerts.channels.team": "slack://AAAA/BBBB/CCCC/#x", "site.password": "letmein-please",
            "metrics.token": "scrapescrape1",
        },
        environment={}, folder=tmp_path,
    ).settings  # fmt: skip
    found = secrets_of(settings)
    assert {"plainword", "quiet-key-of-mine", "slack://AAAA/BBBB/CCCC/#x", "letmein-please", "scrapescrape1"} <= set(
        found
    )
    with written(secrets=tuple(found)) as out:
        log.warning("said %s", " ".join(found), extra={"reply": "your key quiet-key-of-mine is wrong"})
    for secret in found:
        assert secret not in out.getvalue()


@given(st.text(alphabet="abcdefgh0123456789", min_size=6, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_a_known_secret_never_comes_through(secret: str, before: str, after: str) -> None:
    shown = Redaction([secret]).text(f"{before}{secret}{after}")
    assert secret not in shown.replace(HIDDEN, "") or secret in f"{before}{after}"


def test_warnings_are_counted_and_information_is_not() -> None:
    metrics = Metrics()
    handler = Counting(metrics)
    log.addHandler(handler)
    try:
        log.info("fine")
        log.warning("hm")
        log.critical("oh")
    finally:
        log.removeHandler(handler)
    found = {of[0]: value for (name, of), value in values(metrics).items() if name == "bellwether_log_messages_total"}
    assert found == {"warning": 1, "error": 0, "critical": 1}


def test_auto_is_json_for_a_service_without_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert format_for("auto", service=True) == "json"
    assert format_for("auto", service=False) == "text", "make demo in a CI log"
    assert (format_for("json", service=False), format_for("text", service=True)) == ("json", "text")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    assert format_for("auto", service=True) == "text"
