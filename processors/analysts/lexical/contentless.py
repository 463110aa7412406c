"""What holds nothing to extract: recipes, horoscopes, lottery numbers, listings, boilerplate."""

from __future__ import annotations

import re

from processors.analysts.lexical.passage import Passage, Sentence

_BY_TITLE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern, re.IGNORECASE))
    for reason, pattern in (
        ("a horoscope", r"\b(?:horoscopes?|your stars (?:today|this week)|horóscopo|horoskop)\b"),
        (
            "lottery numbers",
            r"\b(?:winning (?:lotto |lottery |powerball )?numbers|lotto results?|"
            r"powerball (?:results|numbers)|mega millions numbers|lottozahlen)\b",
        ),
        (
            "a puzzle or quiz",
            r"\b(?:crossword(?=\s*(?:$|:|no\b|\d|answers?|clues?|puzzle))|"
            r"sudoku|wordle (?:hints?|answers?)|(?:news|weekly|pub|daily|trivia) quiz|"
            r"quiz of the (?:week|day)|kreuzworträtsel)\b",
        ),
        ("a recipe", r"^(?:recipes?|rezept|recette|receta)\s*[:–—]|\brecipes? of the (?:week|day)\b"),
        (
            "a listing",
            r"\b(?:tv (?:listings|guide|schedule)|what['’]s on tv|tonight['’]s tv|tv tonight|death notices|"
            r"events? calendar|(?:today['’]s|tomorrow['’]s) weather|traffic report|fixtures and results|"
            r"scores and (?:fixtures|results)|results and standings|box scores?)\b",
        ),
        ("a picture gallery", r"^(?:in pictures|photos? of the (?:day|week)|picture of the day|cartoon)\b"),
    )
)
_INGREDIENT = re.compile(r"\b\d+(?:/\d+)?\s*(?:g|ml|tbsp|tsp|cups?|teaspoons?|tablespoons?|oz)\b", re.IGNORECASE)
_TIMED = re.compile(r"^\W*\d{1,2}[:.]\d\d\b")
_LETTERS = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]{2,}")
# The shortest thing that can say something: two words, or some signs of a script without spaces.
FEWEST_WORDS, FEWEST_SIGNS = 2, 6
# So many entries with the time before them make a live blog.
TIMED_ENTRIES = 5


def reason(passage: Passage) -> str:
    """Return why nothing is worth extracting, in words, or "" when there may be something."""
    text = passage.body
    whole = text if passage.only_heading else f"{passage.heading} {text}"
    if not _LETTERS.search(whole):
        return "nothing worth extracting: the text is empty"
    spaced = whole.isascii() or any(c.isspace() for c in whole.strip())
    if len(_WORD.findall(whole)) < FEWEST_WORDS and (spaced or len(whole) < FEWEST_SIGNS):
        return "nothing worth extracting: too short to say anything"
    title = passage.heading or (passage.sentences[0].text if passage.sentences else "")
    for name, pattern in _BY_TITLE:
        if pattern.search(title[:200]):
            return f"nothing worth extracting: {name}"
    if len(_INGREDIENT.findall(text)) >= 4:
        return "nothing worth extracting: a recipe"
    if sum(bool(_TIMED.match(sentence.text)) for sentence in passage.sentences) >= TIMED_ENTRIES:
        return "nothing worth extracting: a live blog"
    if passage.sentences and not passage.only_heading and all(map(is_boilerplate, passage.sentences)):
        return "nothing worth extracting: only boilerplate"
    return ""


_BYLINE = re.compile(
    r"(?:[Bb]y|BY|Von|Par|Por) (?:[A-Z][\w'’-]+|[A-Z]\.)"
    r"(?: (?:[A-Z][\w'’-]+|[A-Z]\.|and)){1,6}(?:, [\w ]{0,30})?$"
    r"|(?i:photo|image|credit|source)s?\s*[:/].{0,80}$"
    r"|(?i:published|updated|posted|last modified)\b[^.]{0,30}\d.{0,20}$"
    r"|\d{1,2}:\d\d.{0,20}$|[A-Z][a-z]+ \d{1,2}, \d{4}$|(?i:share|comments?|tags?:.*|advertisement)$"
)
_CREDIT = re.compile(r"[\[(/](?:ap|afp|epa|reuters|getty)(?: images| photo)?[\])/]?\s*$", re.IGNORECASE)


def is_boilerplate(sentence: Sentence) -> bool:
    """Whether a sentence belongs to the page rather than to the report."""
    text = sentence.text
    if len(text) < 220 and any(
        hit.value == "boilerplate" and (hit.start - sentence.start <= 20 or len(text) < 70) for hit in sentence.hits
    ):
        return True
    return len(text) < 120 and bool(_BYLINE.match(text) or _CREDIT.search(text))
