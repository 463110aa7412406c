"""Inputs of a brief as `Reader.brief_inputs` returns them, made from the builders of records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.builders import T0, event, evidence_row, minutes, signal

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "[x](javascript:alert(1))",
    "</style></title><script>alert(1)</script>",
    "\x1b]8;;https://evil.example\x07click\x1b[2J",
    "\u202eexe.fdp",
    "` *a* _b_ # - | ~ & \\ ``` ",
)
HOSTILE_URLS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://a.example/"onmouseover=alert(1)',
    "https://user:secret@bank.example/",
    "//evil.example/x",
    "http://[",
    "file:///etc/passwd",
    "https://a.example/\n\nX: y",
)


@dataclass(frozen=True)
class Said:
    """A verdict, as a fake."""

    worth_saying: bool = True
    score: float = 3.0
    reasons: tuple[str, ...] = ("1 signal was published for the first time",)
    picked: tuple[str, ...] = ("g1",)
    others: tuple[str, ...] = ()


def row(number: int = 1, **given: Any) -> dict[str, Any]:
    """One signal of the inputs: published in the window, with two quotes."""
    made = asdict(
        signal(number, families={"family-1": 2, "family-2": 1}, family_count=2, stories=("s1", "s2"), story_count=2)
    )
    made.pop("mass")
    made["window"] = [
        asdict(event(number, 1)),
        asdict(event(number, 2, kind="published", strength_before=1.1, strength_after=3.2)),
    ]
    made["strength_before"], made["strength_after"] = 0.0, 3.2
    made["quotes"] = [
        asdict(evidence_row(number)),
        asdict(evidence_row(number + 1, stance="contradicts", quote="Licences arrive within a week.", anchor="a week")),
    ]
    return made | given


def inputs(*rows: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """The inputs of a window of one day after T0."""
    made = {
        "since": T0,
        "until": minutes(1440),
        "since_n": 0,
        "until_n": 9,
        "signals": list(rows),
        "candidates": 2,
        "outcomes": {"accepted": 9, "nothing": 3},
    }
    return made | given
