"""Answers are paid for once: cache, single flight; and embeddings, which are kept a text at a time."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from processors.analysts.llm.api import Unusable, Vectors
from processors.analysts.llm.client import OpenAiLlm
from processors.analysts.llm.costs import costs
from schemas.errors import BadSetting, Retryable
from tests.llm.server import EmbedRequest, Reply, answer, raw_content, status, vector, vectors
from tests.unit.processors.analysts.llm.asking import (
    GOOD,
    NOON,
    Shape,
    call,
    client,
    config_for,
    outcome,
    serving,
    using,
)


def test_an_answer_is_there_after_a_restart_and_costs_nothing(tmp_path: Path) -> None:
    with serving() as server:
        config = config_for(tmp_path, server)
        assert using(config, lambda llm: llm.ask(call())) == Shape(**GOOD)
        again = replace(config, run="r2", tokens_per_run=1)
        assert using(again, lambda llm: llm.ask(call())) == Shape(**GOOD)
        assert len(server.requests) == 1
    report = costs(config.books, None, NOON)
    assert (report.total.calls, report.total.hits) == (1, 1)


def test_a_dead_server_does_not_matter_for_what_is_known(tmp_path: Path) -> None:
    with serving() as server:
        config = config_for(tmp_path, server)
        using(config, lambda llm: llm.ask(call()))
    assert using(replace(config, base_url="http://127.0.0.1:9/v1"), lambda llm: llm.ask(call())) == Shape(**GOOD)


@pytest.mark.parametrize(
    "change",
    [
        {"models": {"extract": "other"}},
        {"temperature": 0.3},
        {"seed": 1},
        {"max_output": 51},
        {"user": "other"},
    ],
)
def test_whatever_changes_an_answer_changes_the_key(tmp_path: Path, change: dict[str, Any]) -> None:
    with serving() as server:
        config = config_for(tmp_path, server)
        using(config, lambda llm: llm.ask(call()))
        if "max_output" in change or "user" in change:
            using(config, lambda llm: llm.ask(replace(call(), **change)))
        else:
            using(replace(config, **change), lambda llm: llm.ask(call()))
        assert len(server.requests) == 2


def test_identical_calls_in_flight_are_one_request_even_if_the_first_caller_gives_up(tmp_path: Path) -> None:
    with serving(lambda _: answer(GOOD).after(0.05)) as server:
        config = config_for(tmp_path, server)

        async def work(llm: OpenAiLlm) -> list[Shape]:
            first = asyncio.ensure_future(llm.ask(call()))
            others = [asyncio.ensure_future(llm.ask(call())) for _ in range(20)]
            await asyncio.to_thread(server.arrived.wait, 30)
            first.cancel()
            found = await asyncio.gather(*others)
            assert first.cancelled()
            return found

        assert using(config, work) == [Shape(**GOOD)] * 20
        assert len(server.requests) == 1
    assert costs(config.books, None, NOON).total.hits == 20


def test_unusable_answers_are_not_remembered(tmp_path: Path) -> None:
    with serving(lambda _: raw_content("nonsense")) as server:
        config = config_for(tmp_path, server)
        assert isinstance(using(config, lambda llm: outcome(llm.ask(call()))), Unusable)
        server.reply = lambda _: answer(GOOD)
        assert using(config, lambda llm: llm.ask(call())) == Shape(**GOOD)


def test_a_kept_answer_that_no_longer_fits_is_asked_for_again(tmp_path: Path) -> None:
    with serving() as server:
        config = config_for(tmp_path, server)

        async def work(llm: OpenAiLlm) -> Shape:
            await llm.ask(call())
            with llm.books.writing() as db:
                db.execute("UPDATE answers SET body = '{\"number\": 1}'")
            return await llm.ask(call())

        assert using(config, work) == Shape(**GOOD)
        assert len(server.requests) == 2


def test_a_full_disk_puts_calls_off_and_ends_nothing(tmp_path: Path) -> None:
    with serving() as server:
        config = config_for(tmp_path, server)

        async def work(llm: OpenAiLlm) -> list[Shape | Exception]:
            with llm.books.reading() as db:
                db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
            found = [await outcome(llm.ask(call(number, about="x" * 500))) for number in range(40)]
            with llm.books.reading() as db:
                db.execute("PRAGMA max_page_count = 100000")
            return [*found, await outcome(llm.ask(call(99)))]

        *full, later = using(config, work)
    assert all(isinstance(one, Shape | Retryable) for one in full)
    assert isinstance(full[-1], Retryable)
    assert "llm.books" in str(full[-1])
    assert later == Shape(**GOOD)


def embedded(folder: Path, texts: list[str], reply: Any = None) -> tuple[Vectors | Exception, int]:
    with serving() as server:
        if reply:
            server.embed_reply = reply
        found = using(config_for(folder, server), lambda llm: outcome(llm.embed(texts, "a1")))
        return found, len(server.embed_requests)


def test_vectors_are_unit_float32_in_the_order_of_the_texts(tmp_path: Path) -> None:
    texts = ["chips to China", "chips to Iran", "milk prices", "chips to China"]
    found, requests = embedded(tmp_path, texts)
    assert isinstance(found, Vectors)
    assert (found.model, found.dimension, requests) == ("e", 64, 1)
    read = [np.frombuffer(one, dtype="<f4") for one in found.vectors]
    for text, one in zip(texts, read, strict=True):
        assert np.allclose(one, vector(text, 64), atol=1e-6)
        assert math.isclose(float(np.linalg.norm(one)), 1.0, rel_tol=1e-5)
    assert read[0] @ read[1] > read[0] @ read[2]


def test_known_texts_are_not_sent_again(tmp_path: Path) -> None:
    with serving() as server:
        config = config_for(tmp_path, server)
        first = using(config, lambda llm: llm.embed(["a", "b"]))
        second = using(config, lambda llm: llm.embed(["b", "c", "a"]))
        assert [request.texts for request in server.embed_requests] == [("a", "b"), ("c",)]
        assert second.vectors[2] == first.vectors[0]
        using(config, lambda llm: llm.embed(["a", "c"]))
        assert len(server.embed_requests) == 2
        assert using(config, lambda llm: llm.embed([])) == Vectors("e", 0, ())
    report = costs(config.books, None, NOON)
    assert [(stage.stage, stage.sums.calls, stage.sums.hits) for stage in report.stages] == [("embed", 2, 1)]


def test_many_texts_go_in_batches(tmp_path: Path) -> None:
    found, requests = embedded(tmp_path, [f"text {number}" for number in range(150)])
    assert isinstance(found, Vectors)
    assert (len(found.vectors), requests) == (150, 3)


def test_base64_is_understood_as_well_and_order_is_restored(tmp_path: Path) -> None:
    def backwards(request: EmbedRequest) -> Reply:
        import json

        asked = replace(request, body={**request.body, "encoding_format": "base64"})
        whole = json.loads(vectors(asked, [vector(text, 8) for text in request.texts]).body)
        whole["data"].reverse()
        return Reply(body=json.dumps(whole).encode())

    found, _ = embedded(tmp_path, ["one", "two"], backwards)
    assert isinstance(found, Vectors)
    assert np.allclose(np.frombuffer(found.vectors[1], dtype="<f4"), vector("two", 8), atol=1e-6)


def test_huge_and_tiny_numbers_still_make_unit_vectors(tmp_path: Path) -> None:
    found, _ = embedded(tmp_path, ["a", "b"], lambda request: vectors(request, [[1e300, 0.0], [0.0, 1e-300]]))
    assert isinstance(found, Vectors)
    assert [np.frombuffer(one, dtype="<f4").tolist() for one in found.vectors] == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    "given",
    [
        [[1.0, 0.0]],
        [[1.0, 0.0], [1.0]],
        [[1.0, 0.0], [0.0, 0.0]],
        [[1.0, 0.0], [math.nan, 1.0]],
        [[1.0, 0.0], [math.inf, 1.0]],
        [[1.0, 0.0], []],
        [[1.0, 0.0], ["x", 1.0]],
        [[1.0, 0.0], [None, 1.0]],
        [[1.0, 0.0], [True, 1.0]],
        [[1.0, 0.0], [0.1] * 20_000],
    ],
)
def test_vectors_that_cannot_be_compared_are_unusable_and_not_kept(tmp_path: Path, given: list[Any]) -> None:
    found, requests = embedded(tmp_path, ["a", "b"], lambda request: vectors(request, given))
    assert isinstance(found, Unusable), found
    assert requests == 2
    assert isinstance(embedded(tmp_path, ["a", "b"])[0], Vectors)


def test_a_server_that_changes_its_dimension_is_found_out(tmp_path: Path) -> None:
    embedded(tmp_path, ["a"])
    found, _ = embedded(tmp_path, ["a", "b"], lambda request: vectors(request, [[1.0, 0.0]]))
    assert isinstance(found, Unusable)
    assert "2 and 64 dimensions" in str(found)


def test_blank_texts_and_missing_models_are_said(tmp_path: Path) -> None:
    assert isinstance(embedded(tmp_path, ["a", " "])[0], Unusable)
    config = config_for(tmp_path, models={"extract": "m"})
    assert isinstance(using(config, lambda llm: outcome(llm.embed(["a"]))), BadSetting)


def test_embeddings_are_put_off_like_anything_else_and_do_not_stop_the_chat(tmp_path: Path) -> None:
    with serving() as server:
        server.embed_reply = lambda _: status(404)
        config = config_for(tmp_path, server)

        async def work(llm: OpenAiLlm) -> list[Any]:
            return [await outcome(llm.embed(["a"])), await outcome(llm.embed(["a"])), await llm.ask(call())]

        first, second, answered = using(config, work)
    assert isinstance(first, Retryable)
    assert isinstance(second, Retryable)
    assert answered == Shape(**GOOD)


def test_a_closed_client_puts_calls_off(tmp_path: Path) -> None:
    async def whole() -> Shape | Exception:
        async with client(config_for(tmp_path)) as llm:
            pass
        return await outcome(llm.ask(call()))

    assert isinstance(asyncio.run(whole()), Retryable)
