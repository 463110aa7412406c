"""Negations: the words that turn a sentence into its opposite, and the few that only look like it.

Two sets. *Plain* negations ("not", "no", "never", "nicht", "ne … pas") are what must not be added to or dropped from a
statement. *Wide* ones add words that may carry the same meaning in a paraphrase ("refused", "unlikely", "without",
"failed"): a source that has one of them can stand behind a plain negation.
Covered: English, German, French, Spanish, Italian, Portuguese, Dutch, Russian, Chinese, Japanese, Korean, Arabic,
Hebrew. In other languages no negation is seen.
"""

from __future__ import annotations

import re

from processors.decisions.text.folding import fold

# Words that negate in every text, whatever its language.
_ALWAYS = r"""
not|no|never|none|nobody|nothing|neither|nor|cannot|without|n't
|nicht|kein(?:e[mnrs]?)?|nie|niemals|nichts|niemand(?:em|en)?|weder|ohne
|jamais|aucune?|nunca|jam[aá]s|ning[uú]n[oa]?|tampoco|não|nenhuma?|niet|geen|nooit
|не|нет|никогда|ни|без|لا|لم|لن|ليس|ليست|دون|לא|אין|בלי
"""
# Words that negate in one language and are something else in another ("sin", "mai", "pas", "non-bank").
_IN: dict[str, str] = {
    "fr": r"ne|n'|pas|non|sans|ni|rien",
    "es": r"ni|sin|nada|nadie",
    "it": r"non|n[eé]|mai|nessun[oa]?|senza|nulla|niente",
    "pt": r"nem|sem|nada|ningu[eé]m",
    "nl": r"niets|niemand|zonder",
}
# Scripts without spaces: the sign itself. 不 and 无 begin many words that deny nothing.
_SIGNS = (
    r"不(?![仅僅但断斷过過同久少论論管得])|没有?|沒有?|未(?![来來])|无法|無法|無し|并非|並非|拒绝|拒絕"
    r"|ない|ません|なかった|なく|ずに|않|못|없"
)
_HARMLESS = (
    r"not (?:only|just|merely|least|to mention)|no (?:doubt|matter|less than|fewer than|sooner)|nothing less than"
    r"|whether or not|why not|none other than|nicht (?:nur|zuletzt|zuletzt)|ohne zweifel|non seulement|pas seulement"
    r"|sans doute|no s[oó]lo|no solamente|sin duda|non solo|não só|niet alleen|не только|no\. ?\d+|no \d+\b"
)
_WIDE = r"""
fail(?:s|ed|ing|ure|ures)?|refus(?:e|es|ed|ing|al)|reject(?:s|ed|ing|ion)?|den(?:y|ies|ied|ying|ial)|lack(?:s|ed|ing)?
|unable|unlikely|halt(?:s|ed|ing)?|stop(?:s|ped|ping)?|ban(?:s|ned|ning)?|block(?:s|ed|ing)?|prevent(?:s|ed|ing)?
|avoid(?:s|ed|ing)?|declin(?:e|es|ed|ing)|ceas(?:e|es|ed|ing)|end(?:s|ed|ing)?|suspend(?:s|ed|ing)?|suspension
|cancel(?:s|led|ed|ling)?|scrap(?:s|ped)?|abandon(?:s|ed|ing)?|bar(?:s|red|ring)|forb(?:id|ids|ade|idden)
|prohibit(?:s|ed|ing|ion)?|absen(?:t|ce)|hardly|barely|scarcely|seldom|rarely
|un(?!i|der|til|cle)\w{4,}|in(?:capable|ability|sufficient|adequate|effective)|im(?:possible|probable)|illegal
|dis(?:agree|approv|allow|continu|miss|pute)\w*|withdr(?:aw|ew)\w*|pull(?:ed)? out
|unmöglich|verweiger\w*|lehn(?:t|te|ten)|ablehn\w*|abgelehnt|verbiet\w*|verbot\w*|scheiter\w*|stopp\w*|kaum
|refus\w*|rejet\w*|interdi\w*|échou\w*|rechaz\w*|neg(?:ó|aron|ado)|prohib\w*|cancel\w*
"""
# Enough for a source to stand behind a negation, too little to be one.
_FAINT = (
    "few|little|miss(?:ed|es|ing)?|rather|instead|only|too|clos(?:e|es|ed|ing|ure)|loss(?:es)?|los(?:e|es|t|ing)"
    "|left|quit"
)


def _words(listed: str) -> str:
    return listed.replace("\n", "")


def _plain_pattern(language: str) -> re.Pattern[str]:
    local = f"|{_IN[language]}" if language in _IN else ""
    return re.compile(
        rf"(?P<harmless>(?<!\w)(?:{_HARMLESS})(?!\w))"
        rf"|(?P<no>(?<!\w)(?:{_words(_ALWAYS)}{local})(?!\w)|(?<=\w)n't\b|(?<!\w)n'(?=\w)|(?<!\w)can ?not\b|{_SIGNS})"
    )


_PLAIN = {language: _plain_pattern(language) for language in ("", *_IN)}
# "n'est pas" and "ne peut pas" are clear enough in a text whose language is not told.
_FRENCH = re.compile(r"(?<!\w)(?:ne |n')\w+(?: \w+){0,2} (?:pas|plus|rien|personne|que)(?!\w)")
_WIDER = re.compile(rf"(?<!\w)(?:{_words(_WIDE)})(?!\w)")
_FAINTER = re.compile(rf"(?<!\w)(?:{_FAINT})(?!\w)")


def negations(text: str, language: str = "") -> list[tuple[int, int]]:
    """Return the spans of the plain negations in `folded(text)`. `language` is a two-letter code or ""."""
    text = folded(text)
    code = language[:2].lower()
    found = [m.span() for m in _PLAIN.get(code, _PLAIN[""]).finditer(text) if m.lastgroup == "no"]
    if code not in _IN:
        found += [m.span() for m in _FRENCH.finditer(text)]
    return sorted(found)


def kindred(text: str, *, faint: bool = False) -> set[str]:
    """Return the wide negations of `text`, folded; with `faint` also words that a negation may paraphrase."""
    text = folded(text)
    found = {match.group() for match in _WIDER.finditer(text)}
    return found | {match.group() for match in _FAINTER.finditer(text)} if faint else found


def folded(text: str) -> str:
    """Return the form of `text` in which the spans of `negations` are given."""
    return fold(text, casefold=True).text


_LONE = re.compile(
    rf"(?:{_words(_ALWAYS)}|{'|'.join(_IN.values())}|{_SIGNS}"
    r"|hardly|barely|scarcely|seldom|rarely|kaum|à peine|apenas|\w+n't)"
)


def denies(word: str) -> bool:
    """Whether one folded word negates in any of the languages: strict, for words that a quote changed."""
    return _LONE.fullmatch(word) is not None
