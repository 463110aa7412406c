"""What is bound under which settings, and how it travels to a worker."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from infra.embedded.children import Children
from infra.llm import NO_KEY, Binding, binding, books_path, llm_config, patience_for, window_for
from infra.roles import analysts_for, bound, opened_prose
from infra.settings import Settings, load
from infra.worker import Job
from sinks.brief.prose import Prose

ADDRESS = {"BELLWETHER_LLM__BASE_URL": "http://127.0.0.1:9/v1"}


def settings_with(folder: Path, **given: str) -> Settings:
    environment = {f"BELLWETHER_{name.upper()}": value for name, value in given.items()}
    return load({"data": str(folder)}, environment=environment, folder=folder).settings


def with_model(folder: Path, **given: str) -> Settings:
    return settings_with(folder, llm__base_url="http://127.0.0.1:9/v1", **given)


def test_without_a_model_only_the_lexical_analyst_is_bound(tmp_path: Path) -> None:
    analysts = analysts_for(settings_with(tmp_path))
    assert analysts.extractor().name == analysts.name == "lexical/1"
    assert (analysts.judge, analysts.narrator, analysts.judge_name) == (None, None, "")
    with opened_prose(settings_with(tmp_path)) as prose:
        assert prose is None
    asyncio.run(analysts.close())
    assert not books_path(settings_with(tmp_path)).exists()


def test_with_a_model_every_part_names_its_model_and_prompt(tmp_path: Path) -> None:
    async def look() -> None:
        analysts = analysts_for(with_model(tmp_path, llm__model="m", llm__judge_model="j"))
        try:
            assert analysts.extractor().name == analysts.name == "llm/m/extract/1"
            assert analysts.judge_name == "llm/j/judge/1"
            assert analysts.narrator is not None
            assert analysts.narrator.name == "llm/m/narrate/1"
        finally:
            await analysts.close()

    asyncio.run(look())
    assert (tmp_path / "llm.sqlite").exists()


def test_parts_can_be_switched_off_and_have_no_model_then(tmp_path: Path) -> None:
    settings = with_model(tmp_path, llm__judge="false", llm__narrator="false", llm__prose="false")
    assert dict(llm_config(settings, "r").models) == {"extract": "gpt-4.1-mini"}

    async def look() -> None:
        analysts = analysts_for(settings)
        assert (analysts.judge, analysts.narrator) == (None, None)
        await analysts.close()

    asyncio.run(look())
    with opened_prose(settings) as prose:
        assert prose is None


def test_a_server_of_ones_own_gets_a_key_that_is_none(tmp_path: Path) -> None:
    assert llm_config(with_model(tmp_path), "r").api_key == NO_KEY
    assert llm_config(settings_with(tmp_path, llm__api_key="sk-1"), "r").api_key == "sk-1"


def test_a_worker_gets_the_binding_through_its_pipe_and_the_key_shows_nowhere_else(tmp_path: Path) -> None:
    to = binding(with_model(tmp_path, llm__api_key="sk-SECRET", llm__prices="{ m = { input = 1.5 } }"), "run-1")
    job = {
        "connection": {"bootstrap": "b"},
        "generation": "live", "incarnation": "i", "fetch_wait_ms": 1, "session_timeout": 6.0,
        "window": 1, "datadir": "", "analyst": to,
    }  # fmt: skip
    line = msgspec.json.encode(job)
    assert msgspec.json.decode(line, type=Job).analyst == to
    assert msgspec.json.decode(line, type=Job).analyst.llm == to.llm
    assert b"\n" not in line
    assert b"sk-SECRET" in line
    assert "SECRET" not in repr(to)
    assert "SECRET" not in " ".join(Children("extract", 1, job)._command)


def test_a_worker_of_before_the_model_is_lexical() -> None:
    assert bound(Binding()).name == "lexical/1"


def test_the_window_lets_every_allowed_call_run_and_patience_covers_slow_ones(tmp_path: Path) -> None:
    assert window_for(settings_with(tmp_path, llm__concurrency="200")) == 64
    assert window_for(with_model(tmp_path, llm__concurrency="200")) == 200
    assert patience_for(settings_with(tmp_path)) == 120
    assert patience_for(with_model(tmp_path, llm__deadline="100")) == 400


def test_prose_opens_nothing_before_a_brief_asks(tmp_path: Path) -> None:
    with opened_prose(with_model(tmp_path)) as prose:
        assert prose is not None
        asked: Prose = prose
        assert not (tmp_path / "llm.sqlite").exists()
        assert asked([]).sentences == {}
    assert (tmp_path / "llm.sqlite").exists()
