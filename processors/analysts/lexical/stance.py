"""Stance: whether an item reports a claim, turns against one, or only explains. Precise, not sensitive."""

from __future__ import annotations

import re
from collections.abc import Sequence

from processors.analysts.lexical.lexicon import CUES, Hit
from processors.analysts.lexical.passage import Passage, Sentence
from schemas.vocabulary import Stance

_EXPLAINS = re.compile(
    r"\s*(?:explainer|explained|opinion|editorial|op-ed|commentary|analysis|column|factbox|fact box|timeline|"
    r"podcast|review|q&a|kommentar|tribune|opinión|essay|letters?)\s*[:|–—-]"
    r"|\s*what (?:is|are|was) \S|\s*what to know|\s*how (?:does|do|did) .*\?"
    r"|.*\b(?:explained|a brief history)\s*$",
    re.IGNORECASE,
)


def stance(passage: Passage, quote: Sequence[Sentence]) -> Stance:
    """Return the stance that heading and quote show.

    `contradicts` takes one clear word of denial or reversal (denies, retracted, overturned, no
    evidence, …) in either, or a doubt (did not, fewer, wrong, …) beside a word of finding (audit,
    inquiry, …). Phrases that only look like denials (denied bail, did not comment) are taken out first.
    `context` is for explainers and opinion, told by the heading.
    """
    units = [passage.heading_hits, *(sentence.hits for sentence in quote)]
    if any(turns_against(hits) for hits in units):
        return "contradicts"
    return "context" if _EXPLAINS.match(passage.heading) else "supports"


def turns_against(hits: Sequence[Hit]) -> bool:
    """Whether the cues of one heading or sentence contradict what it speaks about."""
    innocent = [hit for hit in hits if hit.family == CUES and hit.value == "innocent"]
    found = {
        hit.value
        for hit in hits
        if hit.family == CUES and not any(i.start < hit.end and hit.start < i.end for i in innocent)
    }
    return "denial" in found or ("doubt" in found and "finding" in found)
