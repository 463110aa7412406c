"""What was learned from labelled news: weights of the matcher and of terms, read once from this package.

Both files are written by `tests/bench/train_matching.py`, which names its data; neither is edited by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from processors.decisions.learned.logistic import Logistic, from_json


@dataclass(frozen=True, slots=True)
class Background:
    """What terms are worth before the stream itself has been counted.

    `counts` are document frequencies in general news, scaled to `documents` pseudo-documents. `telling` is how much
    likelier than for an average term two items that share the term are of one story; `unknown` for terms not listed.
    """

    documents: float
    counts: dict[str, float]
    telling: dict[str, float]
    unknown: float


NO_BACKGROUND = Background(0.0, {}, {}, 1.0)


@cache
def background() -> Background:
    """Return the shipped background of terms."""
    return background_from(_read("terms.json"))


@cache
def models() -> tuple[Logistic, Logistic]:
    """Return the shipped models: an item with a story, a story with a story."""
    read = _read("matching.json")
    return from_json(read["item_story"]), from_json(read["story_story"])


@dataclass(frozen=True, slots=True)
class MeaningModels:
    """Weights for pairs of which both sides have a vector of one model."""

    item_story: Logistic
    story_story: Logistic


@cache
def meaning_models(model: str) -> MeaningModels | None:
    """Return the shipped weights for vectors of `model`; None when there are none for it.

    Cosines of another model have another scale. Servers name one model in several ways, with a path before it.
    """
    read = _read("meaning.json")
    name = model.lower().rpartition("/")[2]
    if name not in read["models"]:
        return None
    return MeaningModels(from_json(read["item_story"]), from_json(read["story_story"]))


def background_from(read: dict[str, Any]) -> Background:
    """Return the background that a file says: `terms` maps a term to [share of documents in 1e-6, telling]."""
    worth = float(read["documents"])
    return Background(
        worth,
        {term: worth * share / 1e6 for term, (share, _) in read["terms"].items()},
        {term: float(telling) for term, (_, telling) in read["terms"].items()},
        float(read["unknown"]),
    )


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(files(__name__).joinpath(name).read_text("utf-8"))
    return read
