"""Every kind of fault, through the real openai client over HTTP: what is raised, what is tried again, what it costs."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest

from processors.analysts.llm.api import LlmConfig, Unusable
from processors.analysts.llm.client import OpenAiLlm
from schemas.errors import BadSetting, Retryable
from tests.llm.server import (
    ChatRequest,
    FakeOpenAi,
    Reply,
    answer,
    drop,
    hang,
    html,
    no_choices,
    no_usage,
    not_json_body,
    null,
    raw_content,
    refusal,
    status,
    truncated,
)
from tests.unit.processors.analysts.llm.asking import (
    GOOD,
    KEY,
    Shape,
    call,
    client,
    config_for,
    outcome,
    serving,
    using,
)


def rows(config: LlmConfig) -> list[tuple[str, int]]:
    """Return (result, cost in micro-units) of each request."""
    import sqlite3

    with sqlite3.connect(config.books) as db:
        return db.execute("SELECT result, cost FROM calls WHERE hit = 0 ORDER BY id").fetchall()


def ask_once(server: FakeOpenAi, folder: Path, **changes: Any) -> tuple[Shape | Exception, LlmConfig]:
    config = config_for(folder, server, **changes)
    return using(config, lambda llm: outcome(llm.ask(call()))), config


FREE = [("429", status(429)), ("500", status(500)), ("503", status(503)), ("409", status(409))]
PERHAPS_BILLED = [
    ("html", html()),
    ("null-body", null()),
    ("not-json", not_json_body()),
    ("not-json", Reply(body=b"[" * 100_000)),
    ("connection", drop()),
    ("502", status(502)),
    ("error", Reply(body=b'{"error": {"message": "overloaded"}}')),
]
CONTENT = [
    ("truncated", truncated(GOOD)),
    ("refusal", refusal("I would rather not")),
    ("no-content", raw_content(None)),
    ("no-content", raw_content("  ")),
    ("invalid", raw_content("not JSON")),
    ("invalid", answer({"number": 1, "colour": "green"})),
    ("invalid", answer({"number": 1})),
    ("invalid", raw_content('{"number": 1, "colour": "\\ud800"}')),
    ("invalid", raw_content("[" * 100_000)),
    ("invalid", raw_content("null")),
]


@pytest.mark.parametrize(("kind", "reply"), FREE + PERHAPS_BILLED + [("no-choices", no_choices())])
def test_a_fault_of_the_service_is_tried_again_and_then_put_off(tmp_path: Path, kind: str, reply: Reply) -> None:
    with serving(lambda _: reply) as server:
        found, config = ask_once(server, tmp_path)
        assert isinstance(found, Retryable), found
        assert len(server.requests) == 3
    assert [result for result, _ in rows(config)] == [kind] * 3
    if (kind, reply) in FREE:
        assert all(cost == 0 for _, cost in rows(config))
    elif (kind, reply) in PERHAPS_BILLED:  # nobody knows, so the whole reservation stays spent
        assert all(cost > 256 + 100 for _, cost in rows(config))


@pytest.mark.parametrize(("kind", "reply"), FREE + PERHAPS_BILLED)
def test_a_fault_that_passes_is_not_noticed(tmp_path: Path, kind: str, reply: Reply) -> None:
    with serving(lambda request: reply if request.number < 3 else answer(GOOD)) as server:
        found, config = ask_once(server, tmp_path)
    assert found == Shape(**GOOD)
    assert [result for result, _ in rows(config)] == [kind, kind, "ok"]


@pytest.mark.parametrize(("kind", "reply"), CONTENT)
def test_an_answer_that_cannot_be_used_is_asked_for_once_more(tmp_path: Path, kind: str, reply: Reply) -> None:
    with serving(lambda _: reply) as server:
        found, config = ask_once(server, tmp_path)
        assert isinstance(found, Unusable), found
        assert len(server.requests) == 2
        assert [result for result, _ in rows(config)] == [kind] * 2
        assert all(cost > 0 for _, cost in rows(config))
        server.reply = lambda request: reply if request.number == 3 else answer(GOOD)
        assert ask_once(server, tmp_path)[0] == Shape(**GOOD)


def test_a_request_that_hangs_ends_and_stays_spent(tmp_path: Path) -> None:
    with serving(lambda _: hang()) as server:
        found, config = ask_once(server, tmp_path, timeout=0.05)
        assert isinstance(found, Retryable)
    assert "in time" in str(found)
    assert [(result, cost > 0) for result, cost in rows(config)] == [("timeout", True)] * 3


def test_the_deadline_holds_over_a_server_that_never_ends(tmp_path: Path) -> None:
    with serving(lambda _: hang()) as server:
        found, config = ask_once(server, tmp_path, timeout=500.0, deadline=1.0)
    assert isinstance(found, Retryable)
    assert [(result, cost > 0) for result, cost in rows(config)] == [("timeout", True)]


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as bound:  # bound, not listening: connections are refused
        bound.bind(("127.0.0.1", 0))
        config = config_for(tmp_path, base_url=f"http://127.0.0.1:{bound.getsockname()[1]}/v1")
        found = using(config, lambda llm: outcome(llm.ask(call())))
    assert isinstance(found, Retryable)
    assert rows(config) == [("connection", 0)] * 3


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (status(401), "llm.api_key"),
        (status(403), "llm.api_key"),
        (status(402), "llm.api_key"),
        (status(429, body={"error": {"message": "pay", "code": "insufficient_quota"}}), "llm.api_key"),
        (status(404, body={"error": {"message": "no model m"}}), "llm.model or llm.base_url"),
        (status(307, {"location": "http://127.0.0.1:9/other"}), "llm.base_url"),
    ],
)
def test_a_wrong_setting_is_named_and_opens_the_breaker_at_once(tmp_path: Path, reply: Reply, words: str) -> None:
    with serving(lambda _: reply) as server:
        config = config_for(tmp_path, server)

        async def work(llm: OpenAiLlm) -> list[Shape | Exception]:
            return [await outcome(llm.ask(call(1))), await outcome(llm.ask(call(2)))]

        found = using(config, work)
        assert all(isinstance(one, Retryable) and words in str(one) for one in found)
        assert len(server.requests) == 1  # the second found the breaker open
        assert isinstance(found[1], Retryable)
        assert found[1].after == 30.0


def test_a_refused_request_is_not_tried_again_and_tells_what_the_server_said(tmp_path: Path) -> None:
    words = "too long:\x1b[31m " + "x" * 1000
    with serving(lambda _: status(400, body={"error": {"message": words}})) as server:
        found, config = ask_once(server, tmp_path)
        assert len(server.requests) == 1
    assert isinstance(found, Unusable)
    assert "too long: [31m xxx" in str(found)
    assert len(str(found)) < 300
    assert rows(config) == [("400", 0)]


def test_fences_around_the_json_are_put_up_with(tmp_path: Path) -> None:
    with serving(lambda _: raw_content('```json\n{"number": 7, "colour": "blue"}\n```\n')) as server:
        assert ask_once(server, tmp_path)[0] == Shape(number=7, colour="blue")


def test_usage_that_is_missing_or_absurd_costs_the_bytes_of_prompt_and_reply(tmp_path: Path) -> None:
    absurd = Reply(message=answer(GOOD).message, usage={"prompt_tokens": -5, "completion_tokens": 10**30})
    for at, reply in enumerate((no_usage(GOOD), absurd)):
        folder = tmp_path / str(at)
        folder.mkdir()
        with serving(lambda _, reply=reply: reply) as server:  # type: ignore[misc]
            found, config = ask_once(server, folder)
        assert found == Shape(**GOOD)
        ((result, cost),) = rows(config)
        assert result == "ok"
        assert cost > 256 + 2 * 50 + len("Say which.article 1")


def test_an_endless_reply_is_cut_off(tmp_path: Path) -> None:
    with serving(lambda _: Reply(body=b" " * 9_000_000)) as server:
        found, config = ask_once(server, tmp_path)
    assert isinstance(found, Retryable)
    assert {result for result, _ in rows(config)} == {"too-large"}


@pytest.mark.parametrize("value", ["30", "Wed, 14 Oct 2026 12:00:30 GMT"])
def test_a_server_that_asks_for_a_longer_wait_than_is_left_is_not_waited_for(tmp_path: Path, value: str) -> None:
    with serving(lambda _: status(429, {"retry-after": value})) as server:
        found, _ = ask_once(server, tmp_path)
        assert isinstance(found, Retryable)
        assert found.after == 30.0
        assert len(server.requests) == 1


def test_retry_after_is_waited_for_instead_of_our_own_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float, result: object = None) -> object:
        waits.append(seconds)
        return await real(0, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    replies: list[Reply] = [status(429, {"retry-after": "7"}), status(503, {"retry-after-ms": "1500"}), answer(GOOD)]
    with serving(lambda request: replies[request.number - 1]) as server:
        assert ask_once(server, tmp_path)[0] == Shape(**GOOD)
    asked_for = [wait for wait in waits if wait >= 1]
    assert [round(wait, 1) for wait in asked_for] == [7.0, 1.5]


Picky = Callable[[dict[str, Any]], str | None]


def _no_temperature(body: dict[str, Any]) -> str | None:
    return "Unsupported value: 'temperature' does not support 0.5 with this model" if "temperature" in body else None


def _old_server(body: dict[str, Any]) -> str | None:
    return "max_completion_tokens: Extra inputs are not permitted" if "max_completion_tokens" in body else None


def _no_schema(body: dict[str, Any]) -> str | None:
    return "response_format is not supported" if "response_format" in body else None


@pytest.mark.parametrize(
    ("picky", "refused"),
    [(_no_temperature, 1), (_old_server, 1), (_no_schema, 2)],
    ids=lambda one: getattr(one, "__name__", ""),
)
@pytest.mark.parametrize("code", [400, 422])
def test_a_parameter_that_the_server_does_not_know_is_dropped_once_and_remembered(
    tmp_path: Path, picky: Picky, refused: int, code: int
) -> None:
    def reply(request: ChatRequest) -> Reply:
        words = picky(dict(request.body))
        return status(code, body={"error": {"message": words}}) if words else answer(GOOD)

    with serving(reply) as server:
        config = config_for(tmp_path, server, temperature=0.5)

        async def work(llm: OpenAiLlm) -> list[Shape]:
            return [await llm.ask(call(number)) for number in (1, 2)]

        assert using(config, work) == [Shape(**GOOD)] * 2
        assert len(server.requests) == refused + 2
        last = server.requests[-1]
        assert 50 in (last.body.get("max_tokens"), last.body.get("max_completion_tokens"))
        if picky is _no_schema:
            assert '"colour"' in last.system  # the shape is asked for in words


def test_a_value_that_is_too_large_does_not_lose_its_parameter(tmp_path: Path) -> None:
    text = "max_completion_tokens is too large: 50. This model supports at most 10 completion tokens"
    with serving(lambda _: status(400, body={"error": {"message": text}})) as server:
        found, _ = ask_once(server, tmp_path)
        assert len(server.requests) == 1
    assert isinstance(found, Unusable)


def test_what_is_sent_is_the_strict_schema_named_after_the_stage(tmp_path: Path) -> None:
    with serving() as server:
        ask_once(server, tmp_path, temperature=0.0, seed=4)
        (request,) = server.requests
    assert (request.stage, request.system, request.user) == ("extract", "Say which.", "article 1")
    assert request.body["response_format"]["json_schema"]["strict"] is True
    assert request.schema["additionalProperties"] is False
    assert (request.body["temperature"], request.body["seed"], request.body["max_completion_tokens"]) == (0.0, 4, 50)
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_the_schema_is_the_one_that_parse_sends(tmp_path: Path) -> None:
    async def parse(server: FakeOpenAi) -> None:
        async with openai.AsyncOpenAI(api_key="none", base_url=server.base_url) as theirs:
            message = {"role": "user", "content": "x"}
            await theirs.chat.completions.parse(model="m", messages=[message], response_format=Shape)  # type: ignore[list-item]

    with serving() as server:
        ask_once(server, tmp_path)
        asyncio.run(parse(server))
        ours, parsed = (request.body["response_format"] for request in server.requests)
    parsed["json_schema"]["name"] = "extract"
    assert ours == parsed


def test_the_key_is_in_no_error_log_or_repr(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"error": {"message": f"no such thing for Bearer {KEY}"}}
    replies = [status(code, body=echo) for code in (400, 401, 404, 429, 500)] + [
        Reply(body=b'{"error": "%s"}' % KEY.encode())
    ]
    shown = [repr(config_for(tmp_path))]
    for at, reply in enumerate(replies):
        folder = tmp_path / str(at)
        folder.mkdir()
        with serving(lambda _, reply=reply: reply) as server:  # type: ignore[misc]
            found, config = ask_once(server, folder)
            shown += [repr(found), str(found), repr(getattr(found, "__cause__", ""))]
        shown.append(Path(config.books).read_bytes().decode("latin-1"))
    assert KEY not in "".join(shown)
    assert KEY not in caplog.text


def test_a_redirect_takes_the_key_nowhere(tmp_path: Path) -> None:
    with (
        serving() as other,
        serving(lambda _: status(307, {"location": f"{other.base_url}/chat/completions"})) as server,
    ):
        assert isinstance(ask_once(server, tmp_path)[0], Retryable)
        assert other.requests == []


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"api_key": f"{KEY}\n"}, "llm.api_key"),
        ({"api_key": "schlüssel"}, "llm.api_key"),
        ({"base_url": "localhost:11434"}, "llm.base_url"),
        ({"base_url": "http://[::1"}, "llm.base_url"),
        ({"prices": {}, "money_per_day": 1.0}, "llm.prices"),
    ],
)
def test_settings_that_cannot_work_are_named_at_once(tmp_path: Path, changes: dict[str, Any], setting: str) -> None:
    with pytest.raises(BadSetting, match=f"^{setting}: ") as caught:
        OpenAiLlm(config_for(tmp_path, **changes))
    assert KEY not in str(caught.value)


def test_closing_ends_what_is_under_way(tmp_path: Path) -> None:
    with serving(lambda _: hang()) as server:
        config = config_for(tmp_path, server)

        async def whole() -> Shape | Exception:
            async with client(config) as llm:
                waiting = asyncio.ensure_future(outcome(llm.ask(call())))
                await asyncio.to_thread(server.arrived.wait, 30)
            return await waiting

        assert isinstance(asyncio.run(whole()), Retryable)
    ((result, cost),) = rows(config)
    assert (result, cost > 0) == ("cancelled", True)
