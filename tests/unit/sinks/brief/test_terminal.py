"""The brief in a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from schemas.events import Brief
from sinks.brief.compose import compose
from sinks.brief.terminal import terminal
from tests.builders import QUOTE, minutes
from tests.unit.sinks.brief.samples import HOSTILE, HOSTILE_URLS, Said, inputs, row


def printed(brief: Brief, *, colours: bool = False) -> str:
    console = Console(file=io.StringIO(), width=120, force_terminal=colours, legacy_windows=False)
    console.print(terminal(brief))
    out = console.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


def test_a_panel_an_item() -> None:
    text = printed(compose(inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440)))
    for words in (
        "The Bellwether", "Thursday, 16 April 2026", "Gallium gets scarce", "0.0 → 3.2",
        "structural · policy · metals · CN", QUOTE, "Against it", "Paper 1, 15 Apr 2026, 08:31 UTC",
        "2 publisher families · 2 stories · 1 article",
    ):  # fmt: skip
        assert words in text


def test_a_contested_signal_says_so_in_words() -> None:
    long = row(title="Gallium " * 14, contested=True)
    text = printed(compose(inputs(long), Said(), date="2026-04-16", composed_at=minutes(1440)))
    assert "contested: more against than for — Gallium" in text


def test_nothing_worth_saying_has_its_reasons() -> None:
    said = Said(False, 0.0, ("no article arrived",), ())
    text = printed(compose(inputs(), said, date="2026-04-16", composed_at=minutes(1440)))
    assert "Nothing worth saying today" in text
    assert "no article arrived" in text


@pytest.mark.parametrize("words", [*HOSTILE, "[bold]x[/bold]", "[/]"])
def test_foreign_text_is_neither_markup_nor_control(words: str) -> None:
    signal = row(title=words)
    for quote in signal["quotes"]:
        quote.update(quote=words, anchor=words, publisher=words)
    text = printed(compose(inputs(signal), Said(), date="2026-04-16", composed_at=minutes(1440)))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    if words.startswith("[bold]"):
        assert words in text


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_only_clean_addresses_are_linked(url: str) -> None:
    signal = row()
    for quote in signal["quotes"]:
        quote["article_url"] = url
    text = printed(compose(inputs(signal), Said(), date="2026-04-16", composed_at=minutes(1440)), colours=True)
    assert "\x1b]8;" not in text
