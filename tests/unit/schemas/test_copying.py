"""A faster dataclasses.replace is a dataclasses.replace."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from schemas.copying import replace
from schemas.mass import Mass

MASS = Mass("st-1", "f", "supports", 20_000, 5, "event")


@dataclasses.dataclass(frozen=True)
class Plain:
    number: int
    name: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("below zero")


def test_a_copy_has_the_changes_and_leaves_the_original_alone() -> None:
    before = dataclasses.asdict(MASS)
    made = replace(MASS, micro=7, family="g")
    assert made == dataclasses.replace(MASS, micro=7, family="g")
    assert dataclasses.asdict(MASS) == before
    assert hash(made) == hash(dataclasses.replace(MASS, micro=7, family="g"))


def test_classes_without_slots_and_checked_ones_work_as_ever() -> None:
    assert replace(Plain(1, "one"), number=2) == Plain(2, "one")
    with pytest.raises(ValueError, match="below zero"):
        replace(Checked(1), number=-1)


@pytest.mark.parametrize("instance", [MASS, Plain(1)])
def test_an_unknown_field_is_a_type_error(instance: Any) -> None:
    with pytest.raises(TypeError, match="colour"):
        replace(instance, colour="red")
