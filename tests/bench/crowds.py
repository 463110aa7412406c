"""Streams in which most articles stand alone: what they teach on top of weights that know only storylines.

A labelled stream is mixed with documents of the same years that no editor filed under a storyline, or one by itself.
The weights of the storylines stay as they are: only the terms that are 0 where few stories are open (features.py) are
fitted, so that nothing changes where the labelled streams were learned from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize

from processors.decisions.features import AGAINST, FEATURES
from processors.decisions.learned import Background
from processors.decisions.learned.logistic import from_json
from processors.decisions.meaning import MEANING
from processors.decisions.policy import Policy
from tests.bench.labelled_items import Document, Labelled, read
from tests.bench.matcher_alone import Clustering, Examples

CROWDS: Final = tuple(name for name in (*FEATURES, *MEANING) if "crowd" in name)
ALONE: Final = "alone "  # what the label of such a document begins with
_YEARS: Final = ("2012", "2014", "2016")
_A_YEAR, _HEADLINES = 1_600, 3_000  # documents
_ROUNDS: Final = 3
_WORTH: Final = 1_000  # rows that a stream weighs as much as
_REGULARISATION: Final = 0.3  # as in train_matching.py


def unfiled(every: Sequence[Document]) -> list[Document]:
    """Return the documents that have no label or one by themselves."""
    sizes = Counter(each["label"] for each in every if each["label"])
    return [each for each in every if not each["label"] or sizes[each["label"]] == 1]


def alone(found: Sequence[Document]) -> list[Labelled]:
    """Return documents in order of time, each with a label of its own."""
    items = read(sorted(found, key=lambda each: str(each["ts"])))
    return [replace(item, label=ALONE + item.article_id) for item in items]


def as_headlines(found: Sequence[Document], random: Random) -> list[Labelled]:
    """Return documents cut to 7 to 12 words, in no order; those of fewer than 6 are left out."""
    cut = []
    for each in found:
        words = (each["title"] or each["text"]).split()
        if len(words) >= 6:
            cut.append(each | {"title": " ".join(words[: random.randint(7, 12)]), "text": ""})
    items = alone(cut)
    random.shuffle(items)
    return items


def mixed(stream: Sequence[Labelled], lone: Sequence[Labelled]) -> list[Labelled]:
    """Return both in order of time, the lone ones spread evenly."""
    first, last = min(item.at for item in stream), max(item.at for item in stream)
    spread = [replace(item, at=first + (last - first) * (place + 0.5) / len(lone)) for place, item in enumerate(lone)]
    return sorted([*stream, *spread], key=lambda item: item.at)


def crowds(by_year: Mapping[str, Sequence[Document]], years: Sequence[str]) -> dict[str, list[Labelled]]:
    """Return lone documents by year, and as headlines of all `years` under "headlines"."""
    found = {}
    for year in _YEARS:
        pool = unfiled(by_year[year])
        found[year] = alone(Random(int(year)).sample(pool, min(_A_YEAR, len(pool))))
    random = Random(5)
    pool = [each for year in years for each in unfiled(by_year[year])]
    return found | {"headlines": as_headlines(random.sample(pool, min(_HEADLINES, len(pool))), random)}


def crowded(
    item_story: Mapping[str, Any],
    streams: Mapping[str, Sequence[Labelled]],
    lone: Mapping[str, Sequence[Labelled]],
    ground: Background,
    policy: Policy,
) -> dict[str, Any]:
    """Return the model with its terms for a crowd fitted to the streams that `lone` has documents for."""
    made = dict(item_story)
    collected: list[Examples] = []
    for _ in range(_ROUNDS):
        model = from_json(made)
        for name, documents in lone.items():
            stream = streams[name]
            together = mixed(stream, documents) if name == "headlines" else sorted(
                [*stream, *documents], key=lambda item: item.at
            )  # fmt: skip
            run = Clustering(policy, ground, model.probability)
            run.run(together)
            collected.append(run.examples)
        made = _fitted(item_story, collected)
    return made


def _fitted(base: Mapping[str, Any], collected: Sequence[Examples]) -> dict[str, Any]:
    names = list(base["features"])
    crowd = [place for place, name in enumerate(names) if name in CROWDS]
    rest = [place for place in range(len(names)) if place not in crowd]
    table = np.array([row for each in collected for row in each.rows])
    share = np.array([s for each in collected for s in each.shares])
    worth = np.concatenate([np.full(len(each.rows), _WORTH / max(1, len(each.rows))) for each in collected])
    within = table[:, names.index("crowd")] > 0
    table, share, worth = table[within], share[within], worth[within]
    weight, mean, low, high = np.array([base["features"][name] for name in names]).T
    known = base["intercept"] + ((np.clip(table, low, high) - mean) * weight)[:, rest].sum(axis=1)
    most = np.quantile(table[:, crowd], 0.999, axis=0)
    values = np.minimum(table[:, crowd], most)
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0
    scaled = values / spread
    bounds = [(None, 0.0) if names[place] in AGAINST else (0.0, None) for place in crowd]

    def loss(weights: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        odds = known + scaled @ weights
        penalty = weights / _REGULARISATION
        value = float((worth * (np.logaddexp(0.0, odds) - share * odds)).sum() + weights @ penalty / 2)
        return value, scaled.T @ (worth * (1.0 / (1.0 + np.exp(-odds)) - share)) + penalty

    best = minimize(loss, np.zeros(len(crowd)), jac=True, method="L-BFGS-B", bounds=bounds)
    terms = {
        names[place]: [float(f"{best.x[number] / spread[number]:.5g}"), 0.0, 0.0, float(f"{most[number]:.5g}")]
        for number, place in enumerate(crowd)
    }
    return {"intercept": base["intercept"], "features": {**base["features"], **terms}}
