"""Judges a page that shows hostile words: only our own elements and addresses, and the words to be read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.visitors import Visitors

# What a page of ours consists of. No image, frame, object, embedded style or script inside the page.
_NAMES: Final = """
html head meta title link body header nav main aside footer article section div span a p h1 h2 h3 h4 ul ol li dl dt
dd b strong em i small s q cite mark time figure blockquote figcaption details summary table caption thead
tbody tfoot tr th td form label input select option button output fieldset legend textarea svg rect path line
circle text g polyline polygon desc meter progress sup sub hr br ins del code pre
"""
_ELEMENTS: Final = frozenset(_NAMES.split())
_LOOK: Final = """() => {
  for (const one of document.querySelectorAll('details')) one.open = true;
  const all = [...document.querySelectorAll('*')];
  return {
    elements: all.filter(one => !(one.localName === 'script' && one.src && !one.textContent)).map(one => one.localName),
    scripts: all.filter(one => one.localName === 'script').map(one => one.src),
    handlers: all.flatMap(one => one.getAttributeNames().filter(name => name.startsWith('on') || name === 'style'
      || name === 'srcdoc' || name === 'ping').map(name => `${one.localName} ${name}`)),
    addresses: all.flatMap(one => ['href', 'src', 'action', 'formaction', 'data', 'poster', 'srcset', 'xlink:href']
      .filter(name => one.hasAttribute(name)).map(name => one.getAttribute(name))),
    refresh: all.filter(one => one.localName === 'meta' && /refresh/i.test(one.httpEquiv)).length,
    text: document.body.innerText + all.filter(one => one.localName === 'input').map(one => one.value).join(' '),
  };
}"""


def legible(text: str) -> str:
    """Return what of a text can be seen: without control characters and white space, which pages fold."""
    return "".join(
        one for one in text if not one.isspace() and unicodedata.category(one) != "Cc" and one not in "\ufffd"
    )


def assert_harmless(
    visitors: Visitors, page: Page, path: str, words: Iterable[str], *, status: int = 200, styled: bool = False
) -> None:
    """Open the page and fail if it holds what is not ours or does not show the words.

    A `styled` page has its one style sheet in itself.
    """
    if status != 200:
        visitors.watch.missing.add(visitors.origin + path)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status, f"{path}: {answer.status}"
    seen: dict[str, Any] = page.evaluate(_LOOK)
    strange = set(seen["elements"]) - _ELEMENTS - ({"style"} if styled else set())
    assert not strange, f"{path}: elements {strange}"
    assert seen["elements"].count("style") <= styled, f"{path}: several style sheets"
    assert not seen["handlers"], f"{path}: {seen['handlers'][:5]}"
    assert not seen["refresh"], f"{path}: refreshes"
    for address in (*seen["addresses"], *seen["scripts"]):
        assert is_ours_or_web(address, visitors.origin), f"{path}: {address!r}"
    for script in seen["scripts"]:
        assert script.startswith(visitors.origin + "/static/"), f"{path}: {script}"
    shown = legible(seen["text"])
    hidden = [one for one in words if legible(one) not in shown]
    assert not hidden, f"{path}: not shown: {hidden[:3]!r}"


def is_ours_or_web(address: str, origin: str) -> bool:
    """Say whether an address is a path or fragment of the site, or leads to the web in the open."""
    if address.startswith(("#", "?", origin + "/")) or address in ("data:,", ""):
        return True
    if address.startswith("/"):
        return not address.startswith(("//", "/\\"))
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def assert_nothing_else_was_asked(visitors: Visitors) -> None:
    """Fail when a page loaded anything but pages that were opened and the site's own files."""
    paths = {urlsplit(url).path for url in visitors.watch.requests if not url.startswith("data:")}
    opened = {urlsplit(url).path for url in visitors.watch.navigations}
    strange = [path for path in paths - opened if not re.fullmatch(r"/static/[\w.-]+|/live", path)]
    assert not strange, strange[:5]
