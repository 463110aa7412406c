"""Plain: text that a model wrote, made harmless wherever it is shown.

Pages and messages escape what they print; this is the second wall. Taken out: tags with scripts and their like,
markdown links and images (their words stay), addresses of any scheme ("https:", "hxxp:", "javascript:", "data:"),
"www." and domains with a path, e-mail addresses, escape sequences, control, format and bidirectional characters. A
bare domain that may be a company's name ("Booking.com") keeps its words and loses its dot, so that nothing makes a
link of it. Entities are decoded first, as often as they nest.
"""

from __future__ import annotations

import html
import re
import unicodedata

_MOST_ROUNDS = 12
_FULLWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFE64: "<", 0xFE65: ">", 0xFE60: "&"}
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])|\x9b[0-?]*[ -/]*[@-~]")
_HELD = "script|style|iframe|object|embed|svg|math|template|noscript|textarea|title|head"
_BLOCK = re.compile(rf"<({_HELD})\b[^<>]*>.*?</\1\s*>|<!--.*?-->|<!\[CDATA\[", re.IGNORECASE | re.DOTALL)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|em|font|i|ins|mark|q|s|small|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-z!?][^<>]*>", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\s?(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])")
_MARKDOWN_REFERENCE = re.compile(r"^\s*\[[^\[\]]+\]:\s*\S+.*$", re.MULTILINE)
_MARKS = re.compile(r"\*\*+|__+|~~+|`+|^\s{0,3}#{1,6}\s+|^\s{0,3}>\s+", re.MULTILINE)
_SCHEME = re.compile(
    r"(?<![a-z0-9])(?:[a-z][a-z0-9+.\-]{1,20}\s?:\s?//\S*|//[\w-]+\.\S*"
    r"|(?:data|mailto|tel|sms|file|blob|about|magnet|bitcoin|ipfs|urn|skype|callto|intent|view-source):(?=\S)\S*)"
    r"|(?:java|vb|live)\s*script\s*:\s*\S*",
    re.IGNORECASE,
)
_WWW = re.compile(r"(?<![^\W_])www\d{0,2}\.\S*", re.IGNORECASE)
_MAIL = re.compile(r"[^\s@<>()\[\],;:\"']{1,100}@[^\s@<>()\[\],;:\"']{1,100}")
_DOTTED_NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+|/)\S*")
_DOMAIN = re.compile(
    r"(?<![\w.-])((?:[^\W_][\w-]{0,62}\.)+)([^\W\d_]{2,24}|xn--[\w-]+)(?![\w-])((?::\d+)?(?:[/?#]\S*)?)"
)
_SIGNS = re.compile(r"[<>\[\]()&:/.@\\*_~`#。｡]")
# Endings of domains that occur after a dot in running text; every ending of two letters counts too.
_ENDINGS_LIST = """
com net org edu gov mil int info biz name pro app dev xyz online site shop store tech cloud news blog live world
today agency media link click top win bid loan stream download zip mov example test invalid onion local localhost
club page web space digital email finance bank money trade group global network systems solutions services center
company life games video chat social support help academy arpa aero asia cat coop jobs mobi museum post tel travel
xxx icu buzz vip work fun press host website run ltd exchange capital fund insure health law limited international
москва онлайн рф 中国 网络 公司
"""
_ENDINGS = frozenset(_ENDINGS_LIST.split())
_NO_ENDINGS = frozenset(("js", "ts", "cs", "eg", "ie"))  # "Node.js"
_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def plain(text: str, most: int) -> str:
    """Return `text` as one line of harmless words, cut at a word to `most` characters ("…" stands for the rest).

    "" when no letter or digit is left. The same text and `most` give the same, and `plain` of the result is the
    result. Reads no more than a few times `most`. Never raises.
    """
    if most <= 0:
        return ""
    current = _settled(text[: 6 * most + 2000])
    for _ in range(_MOST_ROUNDS):
        cut = _cut(current, most)
        # A cut can make a domain of what was none ("000.AA00" loses its zeros), so what is cut is cleaned again.
        current = _settled(cut)
        if current == cut:
            break
    else:
        cut = _cut(_without_signs(current), most)
    return cut if any(c.isalnum() for c in cut) else ""


def _settled(text: str) -> str:
    """Clean until nothing changes; what still nests after so many rounds loses its signs."""
    for _ in range(_MOST_ROUNDS):
        cleaned = _cleaned(text)
        if cleaned == text:
            return text
        text = cleaned
    return _without_signs(text)


def _without_signs(text: str) -> str:
    """Return the words alone: no sign that anything in `_cleaned` looks for."""
    return " ".join(_SIGNS.sub(" ", text).split())


def _cleaned(text: str) -> str:
    text = html.unescape(_ESCAPE.sub("", text)).translate(_FULLWIDTH)
    text = "".join(c if c.isspace() else "" if unicodedata.category(c) in _UNSAFE else c for c in text)
    text = _MARKDOWN_REFERENCE.sub(" ", _MARKS.sub("", text))
    text = _TAG.sub(" ", _INLINE.sub("", _BLOCK.sub(" ", text)))
    text = re.sub(r"<(?=[a-zA-Z!?/])", "< ", text)
    text = _MARKDOWN_LINK.sub(r"\1", text)
    text = text.replace("](", "] (")
    for address in (_SCHEME, _MAIL, _WWW, _DOTTED_NUMBER):
        text = address.sub(_but_punctuation, text)
    text = re.sub(r":\s?//+", ": ", text)
    text = re.sub(r"(?<=[a-zA-Z0-9])[。｡](?=[a-zA-Z0-9])", "。 ", text)
    text = _DOMAIN.sub(_domain, text)
    return " ".join(text.split())


def _but_punctuation(match: re.Match[str]) -> str:
    """Return what follows an address and belongs to the sentence."""
    found = match.group()
    tail = found[len(found.rstrip(".,;!?…。")) :]
    return (tail or " ") if tail in (".", ",", "!", "?", ";") else " "


def _domain(match: re.Match[str]) -> str:
    labels, ending, rest = match.groups()
    lower = ending.lower()
    if lower not in _ENDINGS and not (len(ending) == 2 and lower not in _NO_ENDINGS) and not lower.startswith("xn--"):
        return match.group()
    if rest.strip("/?#"):
        return _but_punctuation(match) if rest[0] in ":/" or len(rest) > 1 else match.group()
    if labels.count(".") == 1 and ending[0].isupper() and ending[1:].islower():
        return f"{labels} {ending}"  # a stop without a space: "it ended.It began"
    return labels.replace(".", " ") + ending + rest


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    head = text[: most - 1]
    if not text[most - 1].isspace() and " " in head[most // 2 :]:
        head = head[: head.rindex(" ")]
    while head and (unicodedata.combining(head[-1]) or head[-1] in " ,;:–—-("):
        head = head[:-1]
    return f"{head}…" if head else ""
