"""HTML to the text that a reader sees: hidden markup is dropped, paragraphs are kept as blank lines.

Hidden is what a browser would not show: comments, scripts, styles, the `hidden` attribute
(https://html.spec.whatwg.org/multipage/interaction.html#the-hidden-attribute), `aria-hidden`, inline styles
that make an element invisible, zero in size or off-screen, and the usual class names for screen-reader-only
text. Style sheets are not evaluated.
"""

from __future__ import annotations

import re

from lxml import etree, html  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from producers.hiding_style import hides

_DROPPED_WORDS = """
    script style template noscript iframe frame frameset object embed applet svg math canvas audio
    video map select option textarea input button datalist dialog head title meta link base
"""
_DROPPED = frozenset(_DROPPED_WORDS.split())
_BLOCKS_WORDS = """
    address article aside blockquote body caption center dd details div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary
    table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCKS_WORDS.split())
_HIDDEN_CLASSES_WORDS = """
    sr-only visually-hidden visuallyhidden screen-reader-text screen-reader-only hidden d-none
    is-hidden u-hidden invisible
"""
_HIDDEN_CLASSES = frozenset(_HIDDEN_CLASSES_WORDS.split())
# Zero-width, directional and other format characters, which a reader cannot see; the joiners between letters
# of Indic and Arabic scripts and inside emoji stay.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")
_PARAGRAPH_BREAK = re.compile(r"\s*\n\s*\n\s*")
_MAX_DEPTH = 400  # deeper nesting is an attack or a generator's mistake


def clean_plain(text: str) -> str:
    """Return `text` without invisible and control characters, spaces folded, paragraphs split by "\\n\\n"."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    text = _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", _CONTROL.sub("", text)))
    paragraphs = _PARAGRAPH_BREAK.split(_SPACES.sub(" ", text).strip())
    return "\n\n".join("\n".join(part.strip() for part in lines.split("\n")) for lines in paragraphs).strip()


def one_line(text: str) -> str:
    """Return `text` as one line with single spaces: the form of titles and names."""
    return " ".join(clean_plain(text).split())


def is_hidden(element: HtmlElement) -> bool:
    """Tell whether a reader would not see `element`, going by its tag, attributes and inline style."""
    tag = element.tag
    if not isinstance(tag, str):  # a comment or a processing instruction
        return True
    if tag in _DROPPED:
        return True
    attributes = element.attrib
    if not attributes:
        return False
    if "hidden" in attributes and attributes["hidden"].lower() != "until-found":
        return True
    if attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    if not _HIDDEN_CLASSES.isdisjoint(attributes.get("class", "").lower().split()):
        return True
    if attributes.get("width") == "0" or attributes.get("height") == "0":
        return True
    style = attributes.get("style", "")
    return bool(style) and hides(style)


def strip_hidden(root: HtmlElement) -> None:
    """Remove in place what a reader would not see; the text that follows a removed element stays."""
    doomed: list[HtmlElement] = []
    stack: list[HtmlElement] = [root]
    while stack:
        for child in stack.pop():
            if is_hidden(child) and child.tag not in ("head", "title", "meta", "link", "base"):
                doomed.append(child)
            else:
                stack.append(child)
    for element in doomed:
        parent = element.getparent()
        if parent is not None:
            _remove_keeping_tail(parent, element)


def visible_text(markup: str) -> str:
    """Return the visible text of an HTML fragment or document; paragraphs are split by "\\n\\n".

    Never raises for any input: what cannot be parsed as HTML yields "".
    """
    markup = _XML_DECLARATION.sub("", _SURROGATE.sub("\ufffd", markup.replace("\x00", "")))
    if not markup.strip():
        return ""
    if "<" not in markup and "&" not in markup:
        return clean_plain(markup)
    try:
        root = html.fragment_fromstring(f"<div>{markup}</div>", create_parent="div")
    except (etree.LxmlError, ValueError, AssertionError):
        return ""
    parts: list[str] = []
    # An explicit stack of (element, its closing step): hostile nesting must not exhaust Python's own stack.
    stack: list[tuple[HtmlElement, bool, int]] = [(root, False, 0)]
    while stack:
        element, closing, depth = stack.pop()
        if closing:
            if element.tag in _BLOCKS:
                parts.append("\n\n")
            if depth and element.tail:
                parts.append(_inline(element.tail))
            continue
        if depth > _MAX_DEPTH or (depth and is_hidden(element)):
            if element.tail:
                parts.append(_inline(element.tail))
            continue
        if element.tag == "br":
            parts.append("\n")
        elif element.tag in _BLOCKS:
            parts.append("\n\n")
        if element.text:
            parts.append(_inline(element.text))
        stack.append((element, True, depth))
        stack.extend((child, False, depth + 1) for child in reversed(element))
    return clean_plain("".join(parts))


def _inline(text: str) -> str:
    return " ".join(text.split("\n")) if "\n" in text else text


def _remove_keeping_tail(parent: HtmlElement, element: HtmlElement) -> None:
    tail = element.tail or ""
    previous = element.getprevious()
    if previous is None:
        parent.text = (parent.text or "") + tail
    else:
        previous.tail = (previous.tail or "") + tail
    parent.remove(element)
