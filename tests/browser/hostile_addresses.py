"""Addresses that try to become more than links: none of them may become one on a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final


def _addresses() -> Iterator[str]:
    code = "__pwned('address')"
    for scheme in (
        "javascript:", "JaVaScRiPt:", " javascript:", "\tjavascript:", "\x01javascript:", "java\tscript:",
        "java\nscript:", "java\x00script:", "javascript\t:", "javascript&colon;", "javascript&#58;",
        "&#106;avascript:", "javascript%3A", "vbscript:", "livescript:", "javascript://%0a",
        "javascript:/*--></title></style></textarea></script>*/", "view-source:javascript:", "feed:javascript:",
        "jar:javascript:", "\u00a0javascript:", "\ufeffjavascript:", "http:javascript:", "//javascript:",
        "javascript\u2028:",
    ):  # fmt: skip
        yield scheme + code
    yield f"data:text/html,<script>{code}</script>"
    yield "data:text/html;base64,PHNjcmlwdD5fX3B3bmVkKDEpPC9zY3JpcHQ+"
    yield f"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload=\"{code}\"/>"
    yield "blob:https://news.example/x"
    yield "file:///etc/passwd"
    yield "about:srcdoc"
    yield "ftp://news.example/x"
    yield "mailto:x@news.example?body=y"
    yield "tel:123"
    yield "intent://x#Intent;scheme=x;end"
    yield "//evil.example/x"
    yield "\\\\evil.example\\x"
    yield "/signals"
    yield "../../../x"
    yield "#content"
    yield "https://user:secret@bank.example/"
    yield "https://news.example@evil.example/"
    yield "https:\\\\evil.example/"
    yield "https://"
    yield "http://["
    yield "https://a.example/\n\nX: y"
    yield f'https://a.example/"onmouseover={code} x="'
    yield f"https://a.example/'autofocus onfocus={code} x='"
    yield f"https://a.example/><img src=x onerror={code}>"
    yield f"https://a.example/`{code}`"
    yield f"https://a.example/)[x](javascript:{code})"
    yield "https://a.example/ x"


HOSTILE_ADDRESSES: Final = tuple(_addresses())
