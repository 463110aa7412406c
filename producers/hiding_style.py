"""Whether an inline style hides its element from a reader (https://www.w3.org/TR/CSS/). Pure."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LENGTH = re.compile(r"(-?\d*\.?\d+)(px|pt|em|rem|%|vw|vh|ex|ch|cm|mm|in)?")
_NOWHERE = re.compile(r"rect\((?:\s*[01](?:px)?\s*,?){4}\s*\)|inset\(\s*(?:50|100)%")
_SIZES = frozenset(("font-size", "height", "width", "max-height", "max-width", "line-height", "opacity"))
_PLACES = frozenset(("left", "top", "right", "bottom", "margin-left", "margin-top", "text-indent"))
_KEYWORDS = {
    "display": ("none",),
    "visibility": ("hidden", "collapse"),
    "content-visibility": ("hidden",),
    "color": ("transparent",),
}
_OFF_SCREEN = -900.0
_UNREADABLE = 2.0  # px or pt


def hides(style: str) -> bool:
    """Tell whether `style` makes its element invisible, of no size, unreadably small, or off the screen."""
    for declaration in _COMMENT.sub("", style).lower().split(";"):
        name, _, value = declaration.partition(":")
        if _declaration_hides(name.strip(), value.replace("!important", "").strip()):
            return True
    return False


def _declaration_hides(name: str, value: str) -> bool:
    if name in _KEYWORDS:
        return value in _KEYWORDS[name]
    if name in ("clip", "clip-path"):
        return _NOWHERE.match(value) is not None
    if name == "transform":
        return re.match(r"scale\(\s*0\s*[,)]", value) is not None
    if name == "font":  # shorthand: the size is its first length
        found = _LENGTH.search(value)
        return found is not None and found.group(2) is not None and float(found.group(1)) == 0
    length = _LENGTH.fullmatch(value)
    if length is None:
        return False
    amount, unit = float(length.group(1)), length.group(2)
    if name in _SIZES:
        return amount == 0 or (name == "font-size" and unit in ("px", "pt") and amount < _UNREADABLE)
    return name in _PLACES and amount <= _OFF_SCREEN
