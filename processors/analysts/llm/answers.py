"""The shape of the extractor's answers: sent to the model as a strict JSON schema, checked again when they come back.

Lengths are not part of the schema, because not every server knows them: a field that is too long is cut later, and
one of another type or outside its vocabulary makes the whole answer unusable. Nothing that an answer says is believed
until `compose_evidence` has checked it.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from schemas.vocabulary import Kind, Lens, Stance


class ExtractItem(BaseModel):
    """One observation on one passage of the text."""  # the model reads this line

    model_config = ConfigDict(extra="forbid")

    quote: str
    anchor: str
    claim: str  # in the article's language, so that its names and numbers can be checked
    event: str  # what happened, in the article's language
    mechanism: str  # English, general words
    generalises: str  # English: why the mechanism holds beyond this event
    stance: Stance
    kind: Kind
    lens: Lens
    sectors: list[str]
    geographies: list[str]
    actors: list[str]
    salience: int  # 0 to 100


class ExtractAnswer(BaseModel):
    """All observations on the text; an empty list is a normal answer."""

    model_config = ConfigDict(extra="forbid")

    items: list[ExtractItem]
