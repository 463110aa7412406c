"""Conditions on events: what they may say, and what is refused when they are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.errors import BadInput
from sinks.where import NAMES, Where, facts
from tests.builders import event

RISEN = replace(
    event(1, 2, kind="published", strength_before=1.1, strength_after=7.2, families=3),
    geographies=("CN", "US"), class_kind="structural", title="Gallium gets scarce",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('event.kind == "published" && "CN" in signal.geographies', True),
        ('"DE" in signal.geographies', False),
        ("crossed(7)", True),
        ("crossed(7.3)", False),
        ("crossed(1)", True),  # to readers it had no strength before it was published
        ("fell(3)", False),
        ("families >= 3", True),
        ("strength > 7 && before.strength < 1", True),
        ("move > 7", True),
        ('signal.kind == "structural"', True),
        ('event.at < timestamp("2026-01-01T00:00:00Z")', False),
        ('signal.title.contains("scarce")', True),
        ("!signal.contested", True),
        ('signal.geographies.exists(place, place == "US")', True),
    ],
)
def test_what_holds(text: str, holds: bool) -> None:
    assert Where(text).holds(RISEN) is holds


def test_falling() -> None:
    fallen = replace(RISEN, kind="contradicted", strength_before=3.1, strength_after=2.9)
    assert Where("fell(3)").holds(fallen)
    assert not Where("crossed(3)").holds(fallen)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nope > 1", "undeclared reference to 'nope'"),
        ('event.kin == "published"', "undeclared reference to 'event.kin'"),
        ("families >= ", "Syntax error"),
        ("", "Syntax error"),
        ('families + "a" == "b"', "no matching overload"),
        ("signal.title", "is no condition"),
        ('crossed("7")', "no matching overload"),
    ],
)
def test_what_is_no_condition_is_refused_when_it_is_read(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=r"^alerts\.rules\.big: .*") as refused:
        Where(text, "alerts.rules.big")
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["1 / (families - 3) > 1", "strength"])
def test_what_cannot_be_said_of_an_event_says_so(text: str) -> None:
    with pytest.raises(BadInput, match="--where: "):
        Where(text).holds(RISEN)


def test_every_name_has_a_value_of_its_type() -> None:
    assert set(facts(RISEN)) == set(NAMES)
    for name in NAMES:
        Where(f"{name} == {name}").holds(RISEN)
