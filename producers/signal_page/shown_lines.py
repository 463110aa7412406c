"""The lines that a saved page shows: bytes of a text file, or of HTML, become text lines. Pure."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from producers.visible_text import clean_plain, visible_text
from schemas.errors import BadInput

MOST_BYTES: Final = 20_000_000
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET: Final = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
_MARKUP: Final = re.compile(
    r"\s*(?:<!--|<!doctype\s+html|<\?xml|<(?:html|head|body|main|div|section|article|header|p|h[1-6])[\s>])",
    re.IGNORECASE,
)
# Saved pages have buttons that unfold a text: what is written on them is shown.
_BUTTON: Final = re.compile(r"<(/?)button\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank. `number` counts the lines of the file from 1; in HTML, the lines that it shows."""

    number: int
    text: str


def shown_lines(content: bytes) -> list[Line]:
    """Return the lines that are not blank, spaces folded. Raises BadInput for what is no text."""
    if len(content) > MOST_BYTES:
        raise BadInput(f"is larger than {MOST_BYTES // 1_000_000} MB: no page is")
    text = _decoded(content)
    if text.count("\x00") > 3:
        raise BadInput("is no text: it holds zero bytes")
    if _MARKUP.match(text):
        shown = visible_text(_BUTTON.sub(r"<\1div", text)).split("\n")
    else:
        shown = [clean_plain(line) for line in re.split(r"\r\n|\r|\n", text)]
    return [Line(number, line) for number, line in enumerate(shown, start=1) if line.strip()]


def _decoded(content: bytes) -> str:
    """Decode by byte order mark, else as UTF-8, else as the page says, else as Windows-1252."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    named = _CHARSET.search(content[:4096])
    if named:
        try:
            return content.decode(named[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return content.decode("cp1252", "replace")
