"""Slips: which differences between a quote and its text may be forgiven, and which never.

Never: a changed number, name or negation, a word of opposite meaning, and any changed letter in a script without
capitals, where names cannot be told from other words (中国 and 美国 differ in one sign).
"""

from __future__ import annotations

from processors.decisions.text.negations import denies
from processors.decisions.text.numbers import numbers
from processors.decisions.text.opposites import opposed
from processors.decisions.text.stopwords import STOPWORDS
from processors.decisions.text.words import Word


def conflict(said: list[Word], true: list[Word], lower: set[str]) -> str:
    """Return what the words `said` change that must not change, in words; "" when they only slip."""
    left, right = [word.key for word in said], [word.key for word in true]
    if "".join(left) == "".join(right):
        return ""
    if any(any(c.isdigit() for c in key) or key in "%‰$€£¥₹" for key in left + right):
        return "it changes a number"
    if _denials(left) != _denials(right):
        return "it adds or drops a negation"
    if [word.key for word in said if _named(word, lower)] != [word.key for word in true if _named(word, lower)]:
        return "it changes a name"
    if any(not c.isascii() and _caseless(c) for key in left + right for c in key):
        return "it changes a word"
    if opposed(left, right):
        return "it says the opposite"
    return ""


def _denials(keys: list[str]) -> list[str]:
    """Return the negations among `keys` in order, "isn't" and "cannot" being "not"."""
    return ["not" if key.endswith("n't") or key == "cannot" else key for key in keys if denies(key)]


def _named(word: Word, lower: set[str]) -> bool:
    """Whether it may be a name: a capital within a sentence, or at its beginning in a word never seen without."""
    if not any(c.isupper() for c in word.shown):
        return False
    if any(c.isupper() for c in word.shown[1:]):
        return True
    return not word.opens or not (word.key in STOPWORDS or word.shown.lower() in lower)


def _caseless(character: str) -> bool:
    return character.isalpha() and character.lower() == character.upper()


def same_numbers(said: str, true: str) -> bool:
    """Whether both texts state the same numbers with the same units in the same order; "one" does not count."""
    left, right = (
        [number for number in numbers(text) if not (number.counted and ("1", 0) in number.values)]
        for text in (said, true)
    )
    return len(left) == len(right) and all(
        one.unit == other.unit and not one.values.isdisjoint(other.values)
        for one, other in zip(left, right, strict=True)
    )
