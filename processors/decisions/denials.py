"""Denials: a statement that turns the source into its opposite ("did not approve" told as "approved").

Clause by clause: when one side negates a clause and the other states, without any negation, a clause with the word
that was negated and most of its other content words, the two contradict each other. It does not see opposites
("rose" for "fell"), nor a denial spread over two sentences, nor verbs that change their stem outside the table below.
"""

from __future__ import annotations

import re

from processors.decisions.text.negations import folded, kindred, negations
from processors.decisions.text.terms import tokens

MOST_OF = 0.6  # of the negated clause's content words must be stated by the other side
GRANTED = 0.8  # of a clause's content words stand in one affirmed clause: it is affirmed there too

_BORDER = re.compile(
    r"[.!?;:…]+(?=\s|$)|[,](?=\s)|[。，；！？、]|-|\s(?:but|while|although|though|whereas|however|and|because|after|before"
    r"|which|who|aber|doch|während|sondern|und|weil|mais|tandis|et|pero|mientras|sino|y)\s"
)
_IRREGULAR_LIST = """
sell sold; buy bought; make made; win won; take took taken; give gave given; find found; rise rose risen; fall fell
fallen; grow grew grown; begin began begun; pay paid; lose lost; leave left; meet met; build built; break broke broken;
choose chose chosen; hold held; keep kept; send sent; spend spent; go went gone; see saw seen; become became; think
thought; bring brought; know knew known; write wrote written; speak spoke spoken; withdraw withdrew; lead led; say said
"""
_IRREGULAR = {
    term: tokens(group.split()[0])[0]
    for group in _IRREGULAR_LIST.split(";")
    for form in group.split()
    for term in tokens(form)
    if tokens(group.split()[0])
}


def contradicts(said: str, source: str, language: str = "") -> bool:
    """Whether `said` states what `source` negates, or negates what it states."""
    return _flipped(source, said, language) or _flipped(said, source, language)


def _flipped(negated: str, stated: str, language: str) -> bool:
    others = [(frozenset(_content(clause)), clause) for clause in _clauses(stated)]
    clauses = _clauses(negated)
    # What the negating side also states is not turned round by stating it.
    granted = [frozenset(_content(clause)) for clause in clauses if not negations(clause, language)]
    for clause in clauses:
        spans = negations(clause, language)
        if not spans:
            continue
        content = frozenset(_content(clause))
        behind = _content(clause[spans[-1][1] :])
        head = behind[0] if behind else None
        same = [
            (words, other)
            for words, other in others
            if (head is None or head in words)
            and len(content & words) >= max(2.0, MOST_OF * len(content))
            and not any(len(words & own) >= GRANTED * len(words) for own in granted)
        ]
        own = kindred(clause)
        if same and not any(negations(other, language) or kindred(other) - own for _, other in same):
            return True
    return False


def _clauses(text: str) -> list[str]:
    return [clause for clause in _BORDER.split(folded(text)) if clause and clause.strip()]


def _content(clause: str) -> list[str]:
    return [_IRREGULAR.get(term, term) for term in tokens(clause)]
