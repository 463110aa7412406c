"""What a replay is asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.generations.wanted import setting, wanted
from infra.settings import changed, load
from schemas.errors import BadInput, BadSetting


def test_days_are_whole_and_in_utc_and_the_last_is_included() -> None:
    asked = wanted("2026-03-01", "2026-03-02")
    assert asked.start == datetime(2026, 3, 1, tzinfo=UTC)
    assert asked.end == datetime(2026, 3, 3, tzinfo=UTC)
    assert (asked.name, asked.stage) == ("replay-2026-03-01-2026-03-02", "articles")


@pytest.mark.parametrize(
    ("first", "last", "name", "stage", "names"),
    [
        ("2026-3-1", "2026-03-02", "", "articles", "--from '2026-3-1'"),
        ("2026-03-01", "soon", "", "articles", "--to 'soon'"),
        ("2026-03-02", "2026-03-01", "", "articles", "--to 2026-03-01"),
        ("2026-03-01", "2026-03-02", "live", "articles", "--name 'live'"),
        ("2026-03-01", "2026-03-02", "A b", "articles", "--name 'A b'"),
        ("2026-03-01", "2026-03-02", "a", "commits", "--stage commits"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_option(
    first: str, last: str, name: str, stage: str, names: str
) -> None:
    with pytest.raises(BadInput, match="^" + names.replace("[", r"\[")):
        wanted(first, last, name, stage)


def test_half_lives_and_the_model_may_be_named_as_people_say_them() -> None:
    assert setting("policy.half_life.structural=120d") == ("policy.half_life_structural", "120")
    assert setting("policy.half_life_event = 3 days") == ("policy.half_life_event", "3")
    assert setting("analyst.model=small") == ("llm.model", "small")


@pytest.mark.parametrize("text", ["policy.join_at", "=1", "policy.join_at=", "site.port=1", "llm.api_key=secret"])
def test_other_settings_and_secrets_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"^--set"):
        setting(text)


def test_settings_are_changed_over_those_in_force_and_checked() -> None:
    loaded = load({"policy.join_at": 0.4, "stream.workers": 3}, environment={})
    other = changed(loaded, {"policy.half_life_event": "3"})
    assert (other.settings.policy.half_life_event, other.settings.policy.join_at) == (3.0, 0.4)
    assert other.settings.stream.workers == 3
    assert other.origins["policy.half_life_event"] == "--set"
    assert loaded.settings.policy.half_life_event is None
    with pytest.raises(BadSetting, match=r"^policy\.half_life_event: .* \(from --set\)"):
        changed(loaded, {"policy.half_life_event": "-3"})
    with pytest.raises(BadSetting, match=r"^policy\.halflife: there is no such setting"):
        changed(loaded, {"policy.halflife": "3"})
