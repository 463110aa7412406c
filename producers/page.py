"""The article in a web page: full text by trafilatura, hidden parts gone. Pure, but slow (~20 ms)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from lxml import etree, html  # type: ignore[import-untyped]

from producers.canonical import accepted_canonical
from producers.languages import declared_language
from producers.visible_text import clean_plain, strip_hidden

_LEAST = 200  # characters; less is a consent wall or a caption
_WORDS = re.compile(r"\w+")
_LONG_WORD, _FEW_WORDS, _SHARED = 5, 4, 0.3


@dataclass(frozen=True, slots=True)
class Page:
    """A page's visible article text, believable `rel=canonical` ("" if none) and declared language."""

    text: str
    canonical: str
    language: str


def read_page(body: bytes, content_type: str, url: str, *, title: str, teaser: str) -> Page | None:
    """Return the article in the page `body`, or None when it holds nothing better than `teaser`.

    Better is a text of at least 200 characters that is longer than the teaser and speaks of the same things:
    a wall that asks for consent or money does not. Never raises for any bytes.
    """
    import trafilatura  # half a second that only full text needs

    try:
        root = _tree(body, content_type)
        if root is None:
            return None
        canonical = _declared_canonical(root, url)
        language = declared_language(root.get("lang") or root.get("xml:lang") or "")
        strip_hidden(root)
        extracted = trafilatura.extract(root, include_comments=False, include_tables=False, output_format="txt")
    except Exception:  # a page is hostile input, and trafilatura and lxml raise many kinds
        return None
    text = clean_plain("\n\n".join(line for line in (extracted or "").split("\n") if line.strip()))
    if len(text) < _LEAST or len(text) <= len(teaser) or not _same_matter(f"{title} {teaser}", text):
        return None
    return Page(text, canonical, language)


def _same_matter(announced: str, text: str) -> bool:
    """Tell whether enough of the announcement's longer words occur in the text."""
    words = {word for word in _WORDS.findall(announced.casefold()) if len(word) >= _LONG_WORD}
    if len(words) < _FEW_WORDS:
        return True
    return len(words & set(_WORDS.findall(text.casefold()))) >= _SHARED * len(words)


def _tree(body: bytes, content_type: str) -> html.HtmlElement | None:
    charset = _charset(content_type)
    if charset:
        try:
            return html.document_fromstring(body, parser=html.HTMLParser(encoding=charset))
        except (LookupError, etree.LxmlError, ValueError):
            pass
    from trafilatura import load_html

    return load_html(body)


def _charset(content_type: str) -> str:
    message = Message()
    message["content-type"] = content_type or "text/html"
    return message.get_content_charset() or ""


def _declared_canonical(root: html.HtmlElement, url: str) -> str:
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return accepted_canonical(link.get("href"), url)
    return ""
