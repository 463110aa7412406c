"""`bellwether signal`: for and against apart, matches and strength explained, readable at eighty columns."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
import pytest
from rich.console import Console

from infra.commands import one_signal, tables, why_report
from infra.why import explanation
from processors.decisions.policy import Policy
from processors.decisions.strength import weights_at
from processors.decisions.substance import Substance, components
from schemas.mass import Mass
from tests.builders import T0, event, evidence_row
from tests.unit.sinks.site.fakes import signal_row

Row = dict[str, Any]
MASS = (
    *(Mass("st-3bedc1e21252e688", "Reuters", "supports", 20558 - n, 700_000 + n, "structural") for n in range(9)),
    Mass("st-3bedc1e21252e688", "AP", "contradicts", 20558, 900_000, "event"),
)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of eighty columns without colours."""
    for module in (one_signal, why_report):
        monkeypatch.setattr(module, "console", lambda: Console(width=80, highlight=False, color_system=None))


def explained(*, wrong: float = 0.0) -> Row:
    strength = components(MASS, T0, Policy()).strength
    told = event(1, 1, at=T0, mass=MASS, strength_after=strength + wrong, policy="2")
    found: Row = msgspec.json.decode(msgspec.json.encode(explanation("g1", [told], T0, Policy(), {})))
    return found


def test_why_adds_up_to_the_last_digit(capsys: pytest.CaptureFixture[str]) -> None:
    found = explained()
    why_report.why(found)
    out = capsys.readouterr().out
    substance, weights = Substance(MASS), weights_at(T0, Policy())
    parts, voices = substance.components(weights), substance.voices(weights)
    for number in (parts.strength, parts.supporting, parts.opposing, voices["supports", "Reuters"]):
        assert repr(number) in out
    assert "structural 45, cyclical 21, event 10 days" in out
    assert "3 earlier" in out
    assert "1 event: each gives exactly the strength that it carries." in out


def test_why_says_what_does_not_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    why_report.why(explained(wrong=0.5))
    assert "1 event: 1 of them do NOT give the strength that they carry" in capsys.readouterr().out


@pytest.mark.usefixtures("narrow")
def test_why_is_readable_at_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    why_report.why(explained())
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("2026-04-15 structural" in line and "700000" in line for line in lines), "a row stays on one line"


def test_for_and_against_stand_apart(capsys: pytest.CaptureFixture[str]) -> None:
    found = signal_row(contested=True, supporting=0.9, opposing=1.5)
    one_signal.signal(found)
    out = capsys.readouterr().out
    assert "Gallium gets scarce (contested: more against than for)" in out.splitlines()[0]
    assert "For it:     0.90  family-1 0.70, família ☂ 0.20" in out
    assert "Against it: 1.50  other 0.10" in out
    assert (
        out.index("For it (2)") < out.index("Against it (1)") < out.index("“Licences arrive") < out.index("Not counted")
    )
    assert "matched:" not in out


def test_evidence_says_why_it_was_matched(capsys: pytest.CaptureFixture[str]) -> None:
    one_signal.signal(signal_row(), matches=True)
    out = capsys.readouterr().out
    assert "matched: cosine 0.71" in out
    assert "compared with story s9 of signal g9: 0.410 (actors 1.000, centroid 0.500)" in out


def test_a_thesis_and_a_lost_reason_are_said_so() -> None:
    row = asdict(evidence_row(1, reason=""))
    row["candidates"][0]["story_id"] = ""
    assert one_signal.match_lines(row)[0] == "matched: no reason kept"
    assert "thesis of signal g9" in one_signal.match_lines(row)[1]


def test_the_list_says_what_is_contested(capsys: pytest.CaptureFixture[str]) -> None:
    tables.signals([signal_row(contested=True), signal_row(2, title="Calm")])
    out = capsys.readouterr().out
    assert out.count("(contested: more against than for)") == 1
