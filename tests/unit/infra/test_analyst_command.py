"""What the command line understands: parts of a split, who asks."""

from __future__ import annotations

import pytest

from infra.commands.analyst import read_part, who
from infra.settings import load


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Prices=ev-1, ev-2", ("Prices", ["ev-1", "ev-2"])),
        ("A = B=ev-1", ("A = B", ["ev-1"])),
        ("The rest=", ("The rest", [])),
        ("The rest", ("The rest", [])),
    ],
)
def test_a_part(text: str, part: tuple[str, list[str]]) -> None:
    assert read_part(text) == part


def test_who_asks() -> None:
    named = load(environment={"BELLWETHER_READER__NAME": "Ada"})
    assert who(named, " Grace ") == "Grace"
    assert who(named, "") == "Ada"
    assert who(load(environment={}), "")
