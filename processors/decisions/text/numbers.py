"""Numbers in running text, in a form in which "$2 bn", "2 billion" and "2,000 million" are the same.

Read: digits of any script with thousands separators (comma, stop, space, apostrophe) and decimals, percent and
currency signs and words, scale words, years, quarter labels ("Q3" is "third quarter"), ordinals, and number words of
English up to ninety-nine, of German, French and Spanish up to twelve. Not read: signs, fractions in words, Roman
and Han numerals ("三"; Han scale signs after digits are read). A value that can be read in two ways ("1.234" is
1234 or 1.234, "5m" is five metres or five million) keeps both.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

Value = tuple[str, int]  # significant digits without zeros at either end, power of ten


@dataclass(frozen=True, slots=True)
class Number:
    """One mention: `shown` as written, every value it may mean, and its unit ("", "%" or a currency sign)."""

    shown: str
    values: frozenset[Value]
    unit: str
    power: int  # of the scale word, 0 without one
    counted: bool  # a word such as "one", "first" or "the two", which may count what the source only lists
    start: int
    end: int


def numbers(text: str) -> list[Number]:
    """Return the numbers of `text` in order, with offsets into its NFKC form. Linear time; never fails."""
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    found = [number for match in _MENTION.finditer(text) if (number := _read(text, match)) is not None]
    return _ranged(text, found)


def supports(source: Number, said: Number) -> bool:
    """Whether `source` states the number `said`: a common value, and no other unit than the one said."""
    if source.values.isdisjoint(said.values):
        return False
    if said.unit in ("", source.unit):
        return True
    return said.unit != "%" and source.unit == ""


_SIGNS = str.maketrans({"\u2212": "-", "\u066b": ".", "\u066c": ",", "’": "'"})
_UNITS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_FOREIGN = (
    "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "- deux trois quatre cinq six sept huit neuf dix onze douze",
    "- dos tres cuatro cinco seis siete ocho nueve diez once doce",
)
_WORDS: dict[str, int] = {word: value for value, word in enumerate(_UNITS.split())}
_WORDS |= {word: 20 + 10 * place for place, word in enumerate(_TENS.split())}
_DIGITS = {word: value for word, value in _WORDS.items() if 0 < value < 10}
_ORDERED = {word: value for value, word in enumerate(_ORDINALS.split(), 1)}
_WORDS |= _ORDERED
# "once" and "six" of French and Spanish mean other things in English; "once" would be eleven everywhere.
_FOREIGN_WORDS = {w: v for row in _FOREIGN for v, w in enumerate(row.split(), 1) if w not in ("-", "once", "six")}
_WORDS = _FOREIGN_WORDS | _WORDS
_WORDS |= {"einer": 1, "eine": 1, "ein": 1, "un": 1, "une": 1, "uno": 1, "una": 1, "dozen": 12, "both": 2, "beide": 2}
_WORDS |= {"twice": 2, "doubled": 2, "double": 2, "tripled": 3, "triple": 3, "beiden": 2}
_COUNTED = {"one", "first", "second", "eins", "einer", "eine", "ein", "un", "une", "uno", "una", "both", "beide"}
_COUNTED |= {"beiden", "twice", "doubled", "double", "tripled", "triple"}

_SCALES: dict[str, tuple[int, ...]] = {}
for _power, _names in (
    (2, "hundred hundreds"),
    (3, "thousand thousands k tausend mille mil"),
    (6, "million millions mn mln m mio million millionen millionen millón millones"),
    (9, "billion billions bn b mrd milliarde milliarden milliard milliards"),
    (12, "trillion trillions tn trn t billionen billón billones"),
    (5, "lakh lakhs"),
    (7, "crore crores"),
    (4, "万 萬"),
    (8, "亿 億 억"),
    (12, "兆"),
):
    for _name in _names.split():
        _SCALES[_name] = (_power,)
_SCALES["mil millones"] = (9,)
# A single letter is as often a unit of measure.
_LETTERS = frozenset("kmbt")

_CURRENCY_WORDS = {
    "$": "$ us$ usd dollar dollars dólares",
    "€": "€ eur euro euros",
    "£": "£ gbp pound pounds sterling",
    "¥": "¥ jpy cny rmb yen yuan renminbi 元 円",
    "₹": "₹ inr rupee rupees",
    "₩": "₩ krw won",
    "F": "chf francs franken",
    "R": "₽ rub rouble roubles ruble rubles",
    "%": "% ‰ percent per\u0020cent percentage prozent pour\u0020cent por\u0020ciento pct pc",
}
_UNIT_OF = {
    word: unit
    for unit, listed in _CURRENCY_WORDS.items()
    for word in ([*listed.split(), "per cent", "pour cent", "por ciento"] if unit == "%" else listed.split())
    if word not in ("per", "cent", "pour", "por", "ciento")
}
MEASURES = frozenset(_SCALES) | frozenset(_UNIT_OF)  # no names, whatever their capitals


def _either(words: list[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_SCALE = _either(list(_SCALES))
_AFTER = _either([word for word in _UNIT_OF if word not in ("₹", "₽")])
_WORD_NUMBER = _either(list(_WORDS))
_MENTION = re.compile(
    rf"""
    (?P<before>us\$|[$€£¥₹₩₽]|\b(?:usd|eur|gbp|chf|rmb|cny|jpy|inr)\b)?\s?
    (?:
      (?<![^\W_])(?:q(?P<quarter>[1-4])|(?P<quarter2>[1-4])q)(?![^\W_])
      | (?P<digits>(?<!\d)(?:\d{{1,3}}(?:[ ,.']\d{{3}})++(?!\d)(?:[.,]\d++)?|\d++(?:[.,]\d++)*+))
        (?:st|nd|rd|th|s|ers?|e|º|ª)?
      | (?<![^\W_])(?P<words>
          an?(?=[ ](?:{_SCALE})(?![^\W_])) | (?:{_WORD_NUMBER})(?:[ -](?:{"|".join(_DIGITS)}))?
        )(?![^\W_])
    )
    (?P<scales>(?:[\s-]?(?:{_SCALE})(?![^\W_\u3040-\u9fff]))*)
    \.?(?:[\s-]?(?P<after>{_AFTER})(?![^\W_\u3040-\u9fff]))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCALE_WORD = re.compile(_SCALE, re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:-|to|and|or|bis|und|oder|à|et|ou|a|y|o|against|from|up from|down from)\s*", re.IGNORECASE)


def _read(text: str, match: re.Match[str]) -> Number | None:
    shown = " ".join(match.group().split())
    digits, words = match["digits"], match["words"]
    counted = False
    if quarter := match["quarter"] or match["quarter2"]:
        readings = {(quarter, 0)}
    elif digits is not None:
        readings = _digit_readings(digits)
        before = text[match.start("digits") - 1] if match.start("digits") else ""
        if before.lower() != before.upper():
            return None  # a code such as H100: a name, not a number
    else:
        first, *rest = re.split(r"[ -]", words.strip().lower())
        count = _WORDS.get(first, 1)
        if rest and 20 <= count < 100 and rest[0] in _DIGITS:
            count += _DIGITS[rest[0]]
            rest = []
        readings = {_value(str(count), 0)}
        counted = not rest and (first in _COUNTED or (count == 2 and _after_article(text, match.start())))
    powers = [_SCALES[word.lower()][0] for word in _SCALE_WORD.findall(match["scales"] or "")]
    if powers:
        counted = False
        scaled = {(mantissa, power + sum(powers)) for mantissa, power in readings}
        readings = scaled | readings if match["scales"].strip(" -").lower() in _LETTERS else scaled
    unit = _UNIT_OF.get((match["after"] or "").lower(), "") or _UNIT_OF.get((match["before"] or "").lower(), "")
    return Number(shown, frozenset(readings), unit, sum(powers), counted and not unit, match.start(), match.end())


def _digit_readings(digits: str) -> set[tuple[str, int]]:
    """Return every value that `digits` with its separators may mean."""
    plain = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in digits)
    marks = [c for c in plain if not c.isdigit()]
    whole = re.sub(r"\D", "", plain)
    if not marks:
        return {_value(whole, 0)}
    decimals = len(plain) - 1 - max(plain.rfind("."), plain.rfind(","), plain.rfind(" "), plain.rfind("'"))
    if len(set(marks)) > 1:
        return {_value(whole, 0 if marks[-1] in " '" else -decimals)}
    if len(marks) > 1 or marks[0] in " '":
        return {_value(whole, 0)}
    as_decimal = _value(whole, -decimals)
    if decimals != 3 or plain[0] == "0":
        return {as_decimal}
    # Nobody writes three noughts after a decimal point, and "9,000" must not pass for nine.
    return {_value(whole, 0)} if plain.endswith("000") else {as_decimal, _value(whole, 0)}


def _value(digits: str, power: int) -> Value:
    significant = digits.lstrip("0").rstrip("0")
    if not significant:
        return "0", 0
    return significant, power + len(digits) - len(digits.rstrip("0"))


def _after_article(text: str, start: int) -> bool:
    before = text[max(0, start - 10) : start].lower().split()
    return bool(before) and before[-1] in (
        "the",
        "these",
        "those",
        "die",
        "les",
        "los",
        "las",
        "between",
        "its",
        "their",
    )


def _ranged(text: str, found: list[Number]) -> list[Number]:
    """Give "2 to 3 billion euros" and "2023-24" their full values, beside the bare ones."""
    out = list(found)
    for place in range(len(found) - 2, -1, -1):
        one, other = out[place], out[place + 1]
        if other.start - one.end > 12:
            continue
        between = text[one.end : other.start]
        if not _RANGE.fullmatch(between) and not (between == "/" and one.shown.isdigit() and other.shown.isdigit()):
            continue
        if len(one.shown) == 4 and one.shown.isdigit() and other.shown.isdigit() and len(other.shown) == 2:
            out[place + 1] = replace(other, values=other.values | {_value(one.shown[:2] + other.shown, 0)})
            continue
        scaled = {(digits, power + other.power) for digits, power in one.values} if not one.power else set()
        out[place] = replace(one, values=one.values | scaled, unit=one.unit or other.unit)
    return out
