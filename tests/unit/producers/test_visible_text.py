from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.visible_text import clean_plain, one_line, visible_text


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>IGNORE</script>",
        "<style>IGNORE</style>",
        "<!-- IGNORE -->",
        "<template>IGNORE</template>",
        "<noscript>IGNORE</noscript>",
        "<span hidden>IGNORE</span>",
        '<span aria-hidden="true">IGNORE</span>',
        '<span style="display:none">IGNORE</span>',
        '<span style="DISPLAY : none !important">IGNORE</span>',
        '<span style="color:red;visibility:hidden">IGNORE</span>',
        '<span style="font-size:0">IGNORE</span>',
        '<span style="font-size:0px;">IGNORE</span>',
        '<span style="font-size:1px">IGNORE</span>',
        '<span style="opacity:0">IGNORE</span>',
        '<div style="height:0;overflow:hidden">IGNORE</div>',
        '<span style="position:absolute;left:-9999px">IGNORE</span>',
        '<span style="text-indent:-9999px">IGNORE</span>',
        '<span style="clip:rect(0,0,0,0)">IGNORE</span>',
        '<span style="di/**/splay:none;display:none">IGNORE</span>',
        '<span class="sr-only">IGNORE</span>',
        "<textarea>IGNORE</textarea><select><option>IGNORE</option></select>",
        '<div style="display:none"><p>IGNORE <b>IGNORE</b></p></div>',
    ],
)
def test_what_a_reader_would_not_see_is_dropped(hidden: str) -> None:
    assert visible_text(f"<p>before {hidden} after</p>").split() == ["before", "after"]


@pytest.mark.parametrize(
    "style",
    [
        "opacity:0.9",
        "font-size:10px",
        "height:100px",
        "width:0.5em",
        "display:block",
        "left:-10px",
        "max-width:100%",
    ],
)
def test_what_a_reader_sees_stays(style: str) -> None:
    assert visible_text(f'<p style="{style}">seen</p>') == "seen"


def test_paragraphs_breaks_and_entities() -> None:
    markup = "<h2>Head</h2><p>One&nbsp;two<br>three</p>\n<ul><li>a</li><li>b &amp; c</li></ul>tail"
    assert visible_text(markup) == "Head\n\nOne two\nthree\n\na\n\nb & c\n\ntail"


def test_invisible_characters_are_removed() -> None:
    assert one_line("a\u200bb\u00adc\u202e d\x00\x07") == "abc d"


def test_hostile_nesting_and_declarations() -> None:
    assert "x" in visible_text('<?xml version="1.0" encoding="utf-8"?><p>x</p>')
    visible_text("<div>" * 20_000 + "deep")


@given(st.text(max_size=300))
def test_never_raises_and_leaves_no_control_characters(text: str) -> None:
    for result in (visible_text(text), visible_text(f"<p>{text}"), clean_plain(text)):
        assert not any(ord(c) < 32 and c != "\n" for c in result)
        assert "\n\n\n" not in result
        result.encode()
