"""Claims: which numbers, names and negations a sentence states that its source does not.

A model's words are shown beside an article's quote, so what can be checked in them is: a number must be in the source
with the same value (`text.numbers`), a name must occur there (`text.names`), a negation needs one in the source
and must not turn it round (`denials`). Everything else in the words stays the model's: this is a net for invented
facts, not a proof of truth.
"""

from __future__ import annotations

from processors.decisions.denials import contradicts
from processors.decisions.text.names import missing_names
from processors.decisions.text.negations import kindred, negations
from processors.decisions.text.numbers import numbers, supports


def unsupported(said: str, source: str, *, language: str = "") -> tuple[str, ...]:
    """Return what `said` states and `source` does not, in words that can be shown; empty when supported.

    `language` is the two-letter code of both ("" when unknown). Names in another language or script than the
    source's are unsupported, but for countries. Never raises; linear in both but for the pairs of clauses.
    """
    found = [f"the number {shown}" for shown in _missing_numbers(said, source)]
    found += [f"the name {name}" for name in missing_names(said, source, language)]
    if negations(said, language) and not (negations(source, language) or kindred(source, faint=True)):
        found.append("a negation")
    elif contradicts(said, source, language):
        found.append("the opposite of what the text says")
    return tuple(dict.fromkeys(item[:120] for item in found))


def _missing_numbers(said: str, source: str) -> list[str]:
    stated = [number for number in numbers(said) if not number.counted]
    if not stated:
        return []
    known = numbers(source)
    return [number.shown for number in stated if not any(supports(other, number) for other in known)]
