"""The lexical Extractor: an article goes in, grounded evidence comes out; no model, no network, no clock."""

from __future__ import annotations

import hashlib
import re

from processors.analysts.lexical import anchor, classify, quote, roundup
from processors.analysts.lexical.actors import Mention, actors, mentions
from processors.analysts.lexical.contentless import reason
from processors.analysts.lexical.lexicon import lexicon
from processors.analysts.lexical.passage import Passage, read
from processors.analysts.lexical.salience import salience
from processors.analysts.lexical.stance import stance
from processors.analysts.lexical.tags import geographies, sectors
from processors.decisions.extracted import extracted
from processors.decisions.text import terms, tokens
from schemas.article import Article
from schemas.evidence import Evidence
from schemas.proposal import Extraction
from schemas.vocabulary import SECTORS

NAME = "lexical/1"
MOST_CLAIM = 600

_LABEL = re.compile(
    r"^\s*(?:(?:UPDATE|WRAPUP|CORRECTED|REFILE)(?: ?\d+)?\s*[-–—:]\s*"
    r"|(?:breaking(?: news)?|exclusive|just in|watch|video|live|urgent|eilmeldung)\s*[:|–—-]\s+)+",
    re.IGNORECASE,
)
_LIGHT = frozenset(("sports", "media"))


class LexicalExtractor:
    """The offline default behind the port `Extractor`."""

    name = NAME

    def __init__(self, vocabulary: tuple[str, ...] = SECTORS) -> None:
        """Take the sectors in force; those that ship no keywords are matched by their own name."""
        self._vocabulary = vocabulary

    async def extract(self, article: Article) -> Extraction:
        """Return what the article says, possibly nothing. Never raises for what an article contains."""
        return analyse(article, self._vocabulary)


def analyse(article: Article, vocabulary: tuple[str, ...] = SECTORS) -> Extraction:
    """Return the article's evidence: one item, or one for each item of a round-up. Pure."""
    words = lexicon(vocabulary)
    title = clean_title(article.title, article.publisher)
    whole = read(article.text, (0, len(article.text)), article.title.strip(), article.language, words)
    why_nothing = reason(whole)
    if why_nothing:
        return _extraction(article, (), why_nothing)
    found: list[Evidence] = []
    for number, item in enumerate(roundup.split(article.title, article.text), start=1):
        passage = read(article.text, (item.start, item.end), item.heading, article.language, words)
        if passage.sentences and not reason(passage):
            evidence = _evidence(article, passage, item.heading, number, vocabulary)
            if evidence is not None:
                found.append(evidence)
    if not found:
        only = _evidence(article, whole, title, 0, vocabulary)
        found = [only] if only is not None else []
    return _extraction(article, tuple(found), "" if found else "nothing worth extracting: only boilerplate")


def clean_title(title: str, publisher: str) -> str:
    """Return the title without "UPDATE 1-", "BREAKING:" and the publisher's name at its end."""
    cleaned = _LABEL.sub("", title).strip()
    if publisher:
        cleaned = re.sub(rf"\s+[-–—|]\s+{re.escape(publisher)}\s*$", "", cleaned, flags=re.IGNORECASE)
    return " ".join(cleaned.split()) or title.strip()


def _evidence(
    article: Article, passage: Passage, heading: str, number: int, vocabulary: tuple[str, ...]
) -> Evidence | None:
    found = mentions(passage)
    names = _names_a_sentence(found, len(passage.sentences))
    chosen = quote.choose(article.text, passage, names)
    if chosen is None:
        return None
    text = article.text[chosen.start : chosen.end]
    weights = terms("", passage.body) if passage.only_heading else terms(heading, passage.body)
    actor_names = actors(found, article.publisher)
    sector_tags = sectors(passage, vocabulary)
    why = quote.reasoning(passage)
    item_kind = classify.kind(passage, chosen.sentences)
    item_stance = stance(passage, chosen.sentences)
    return Evidence(
        evidence_id=evidence_id(article, chosen.start, chosen.end, number),
        item=number,
        quote=text,
        quote_start=chosen.start,
        quote_end=chosen.end,
        anchor=anchor.choose(text, weights, tokens(heading)),
        claim=_claim(heading, text),
        stance=item_stance,
        reasoning=why,
        reasoning_origin="extractive" if why else "none",
        kind=item_kind,
        lens=classify.lens(passage, chosen.sentences, sector_tags),
        sectors=sector_tags,
        geographies=geographies(passage),
        actors=actor_names,
        salience=salience(
            item_kind,
            item_stance,
            mechanism=bool(why),
            numbers=quote.has_number(text),
            actors=len(actor_names),
            full_text=len(passage.sentences) > 2,
            new=any(sentence.cues("change") for sentence in chosen.sentences),
            light=bool(sector_tags) and sector_tags[0] in _LIGHT and item_kind == "event",
        ),
        terms=weights,
    )


def evidence_id(article: Article, start: int, end: int, item: int) -> str:
    """Return 20 hex digits of SHA-256 over article, revision, offsets and item."""
    key = f"{article.article_id}\x1f{article.revision}\x1f{start}\x1f{end}\x1f{item}"
    return hashlib.sha256(key.encode()).hexdigest()[:20]


def _claim(heading: str, text: str) -> str:
    claim = " ".join((heading or text).split())
    if len(claim) <= MOST_CLAIM:
        return claim
    cut = claim.rfind(" ", 0, MOST_CLAIM)
    return claim[: cut if cut > 0 else MOST_CLAIM]


def _names_a_sentence(found: list[Mention], count: int) -> list[int]:
    names = [0] * count
    for mention in found:
        if mention.sentence >= 0:
            names[mention.sentence] += 1
    return names


def _extraction(article: Article, evidence: tuple[Evidence, ...], why: str) -> Extraction:
    return extracted(article, NAME, "accepted" if evidence else "nothing", why, evidence)
