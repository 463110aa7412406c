"""`python -m tests.bench.train_matching DIR [--vectors FILE] [--write]`: trains the matcher, prints what it is worth.

DIR holds `wcep_all_2002_2018.jsonl.gz` (summaries of the Wikipedia portal "Current events", CC BY-SA 4.0, filed by its
editors under storylines) and `uci_dev.jsonl.gz` (UCI News Aggregator headlines, CC BY 4.0, grouped by story): one
document a line with `id, ts, title, text, source, label`.

Trained on the storylines of five years and of the headlines; four other years are held out. There are only 40 headline
stories, so they are judged by halves: trained on one half of the stories, scored on the other. What is shipped is
trained on all 40.

`--vectors FILE` trains the weights for items and stories with sentence vectors instead. They are read from FILE, or
made by the extra `embeddings` and kept there (sentence_cache.py). Log odds with and without vectors are averaged (a
logarithmic opinion pool; Genest and Zidek, "Combining probability distributions", 1986): weights that have both words
and vectors to lean on follow the few storylines of their training too closely.

Last, the terms that count only where many stories are open are fitted to mixtures with lone articles (crowds.py).

States to learn from are made in two ways: by following the true storylines, and by what the model of the round before
makes of the stream (Ross et al., "A reduction of imitation learning to no-regret online learning", 2011), since its own
mistakes are what it meets at work. The target is soft: the share of a story's evidence that has the item's storyline.
"""

from __future__ import annotations

import argparse
import json
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

import processors.decisions.learned as learned
from processors.decisions.features import AGAINST, FEATURES, FOR
from processors.decisions.learned import NO_BACKGROUND, Background, background_from
from processors.decisions.learned.logistic import Logistic, from_json
from processors.decisions.meaning import FOR_MEANING, MEANING, MERGE_FOR_MEANING, MERGE_MEANING
from processors.decisions.policy import Policy
from processors.decisions.story_pairs import MERGE_AGAINST, MERGE_FEATURES, MERGE_FOR
from tests.bench.crowds import CROWDS, crowded, crowds
from tests.bench.labelled_items import (
    Labelled,
    document_frequencies,
    documents,
    lengthened,
    read,
    with_enough,
    with_vectors,
)
from tests.bench.matcher_alone import Clustering, Examples
from tests.bench.sentence_cache import vectors

TRAINED = ("2010", "2012", "2014", "2015", "2016")
HELD_OUT = ("2011", "2013", "2017", "2018")
_TERMS = 4_000  # most frequent terms with a background
_WORTH = 3_000  # documents of the stream that the background weighs as much as
_SMOOTHING = 20.0  # documents of average telling that a term starts with
_UNKNOWN = 1.5  # telling of a term not listed: mostly names
_REGULARISATION = 0.3  # the greater, the less the weights are held down; C of scikit-learn
_NAMES = ("all-minilm-l6-v2", "all-minilm")  # of the model that --vectors uses, as servers name it
_CAREFUL = 0.2  # log odds that a story must be likelier with vectors: it is found among more candidates
_LONG = 5  # documents of one storyline that make a long item
Streams = Mapping[str, Sequence[Labelled]]


@dataclass(frozen=True)
class Trained:
    """What is written to the package."""

    terms: dict[str, Any]
    item_story: dict[str, Any]
    story_story: dict[str, Any]


def bcubed(true: Sequence[str], found: Sequence[str]) -> tuple[float, float, float]:
    """Return BCubed precision, recall and F1 (Bagga and Baldwin 1998)."""
    both, trues, founds = Counter(zip(true, found, strict=True)), Counter(true), Counter(found)
    precision = sum(n * n / founds[f] for (_, f), n in both.items()) / len(true)
    recall = sum(n * n / trues[t] for (t, _), n in both.items()) / len(true)
    return precision, recall, 2 * precision * recall / (precision + recall)


def telling(streams: Iterable[Sequence[Labelled]], headlines: Iterable[Sequence[Labelled]]) -> dict[str, float]:
    """Return of each term how much likelier than for an average one two items that share it are of one storyline.

    Within each stream, over the items that have the term: the share of the other ones that have the item's label. A
    headline story repeats its words a hundred times: it counts with twice the root of its items.
    """
    same: dict[str, float] = defaultdict(float)
    seen: dict[str, float] = defaultdict(float)
    for stream, damped in [*((s, False) for s in streams), *((s, True) for s in headlines)]:
        labels: dict[str, Counter[str]] = defaultdict(Counter)
        for item in stream:
            for term in item.terms:
                labels[term][item.label] += 1
        for term, counts in labels.items():
            sizes = [2 * n**0.5 if damped else float(n) for n in counts.values()]
            total = sum(sizes)
            if total > 1:
                same[term] += sum(n * max(0.0, n - 1) for n in sizes) / (total - 1)
                seen[term] += total
    mean = sum(same.values()) / sum(seen.values())
    return {t: (same[t] + _SMOOTHING * mean) / (seen[t] + _SMOOTHING) / mean for t in seen}


def term_table(frequencies: tuple[int, Counter[str]], told: Mapping[str, float]) -> dict[str, Any]:
    """Return the content of terms.json."""
    number, counts = frequencies
    kept = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_TERMS]
    table = {t: [round(1e6 * n / number), round(told.get(t, _UNKNOWN), 2)] for t, n in sorted(kept)}
    return {"documents": _WORTH, "unknown": _UNKNOWN, "terms": table}


def fitted(
    every: Sequence[str],
    speak_for: frozenset[str],
    against: frozenset[str],
    examples: Sequence[tuple[Examples, float]],
) -> dict[str, Any]:
    """Return a logistic model of the examples, each set with its weight, as its file says it.

    What speaks for (against) gets no negative (positive) weight: likeness must never lessen the probability. `every`
    may name more than the examples have: those without vectors lack what these add.
    """
    table = np.array([row for each, _ in examples for row in each.rows])
    share = np.array([s for each, _ in examples for s in each.shares])
    weight = np.concatenate([np.full(len(each.rows), w) for each, w in examples])
    names = every[: table.shape[1]]
    low, high = np.quantile(table, 0.001, axis=0), np.quantile(table, 0.999, axis=0)
    clipped = np.clip(table, low, high)
    mean, spread = clipped.mean(axis=0), clipped.std(axis=0)
    spread[spread == 0] = 1.0
    scaled = (clipped - mean) / spread
    bounds = [(0.0, None) if n in speak_for else (None, 0.0) if n in against else (None, None) for n in names]

    def loss(weights: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        odds = scaled @ weights[:-1] + weights[-1]
        wrong = weight * (1.0 / (1.0 + np.exp(-odds)) - share)
        penalty = weights[:-1] / _REGULARISATION
        value = float((weight * (np.logaddexp(0.0, odds) - share * odds)).sum() + weights[:-1] @ penalty / 2)
        return value, np.append(scaled.T @ wrong + penalty, wrong.sum())

    start = np.zeros(len(names) + 1)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)], options={"maxiter": 500})
    numbers = zip(best.x[:-1] / spread, mean, low, high, strict=True)
    features = {n: [float(f"{x:.5g}") for x in four] for n, four in zip(names, numbers, strict=True)}
    return {"intercept": round(float(best.x[-1]), 5), "features": features}


def fitted_without(
    left_out: Collection[str],
    every: Sequence[str],
    speak_for: frozenset[str],
    against: frozenset[str],
    examples: Sequence[tuple[Examples, float]],
) -> dict[str, Any]:
    """Return the same with a weight of 0 for some features."""
    kept = [place for place, name in enumerate(every) if name not in left_out]
    fewer = [
        (Examples([[row[place] for place in kept if place < len(row)] for row in each.rows], each.shares), weight)
        for each, weight in examples
    ]
    made = fitted([every[place] for place in kept], speak_for, against, fewer)
    names = every[: max(len(row) for each, _ in examples for row in each.rows[:1])]
    made["features"] = {name: made["features"].get(name, [0.0, 0.0, 0.0, 0.0]) for name in names}
    return made


def trained(streams: Streams, headlines: str, frequencies: tuple[int, Counter[str]], policy: Policy) -> Trained:
    """Return what the streams teach. A stream is learned from with what the others say of terms, as it will be met."""
    told = {
        left_out: telling(
            [s for name, s in streams.items() if name not in (left_out, headlines)],
            [s for name, s in streams.items() if name == headlines and name != left_out],
        )
        for left_out in (*streams, "")
    }
    grounds = {name: background_from(term_table(frequencies, told[name])) for name in streams}
    both: dict[str, tuple[Sequence[Labelled], Background, float]] = {}
    for name, stream in streams.items():
        both[name] = stream, grounds[name], 1.2 if name == headlines else 1.0
        if name != headlines:
            both[f"long {name}"] = lengthened(stream, _LONG), grounds[name], 1.0
    collected: list[tuple[Examples, float]] = []
    model: Logistic | None = None
    wide = replace(policy, join_at=0.42)
    for _ in range(3):
        for stream, ground, weight in both.values():
            run = Clustering(wide, ground, model.probability if model else None)
            run.run(stream)
            collected.append((run.examples, weight * len(stream) / max(1, len(run.examples.rows))))
        item_story = fitted_without(CROWDS, FEATURES + MEANING, FOR | FOR_MEANING, AGAINST, collected)
        model = from_json(item_story)
    assert model is not None
    pairs: list[tuple[Examples, float]] = []
    merger: Logistic | None = None
    for rounds in (0, 1):
        for at in (policy.join_at, policy.join_at + 0.1)[: 2 - rounds]:
            for stream, ground, _ in both.values():
                careful = replace(policy, join_at=at, merge_at=0.8 if rounds else 1.1)
                run = Clustering(careful, ground, model.probability, merger.probability if merger else None)
                run.run(stream)
                pairs.append((run.pairs, 1.0))
        found = [pair for pair in pairs if pair[0].rows]
        story_story = fitted(MERGE_FEATURES + MERGE_MEANING, MERGE_FOR | MERGE_FOR_MEANING, MERGE_AGAINST, found)
        merger = from_json(story_story)
    return Trained(term_table(frequencies, told[""]), item_story, story_story)


def trained_with_vectors(
    streams: Streams, headlines: str, frequencies: tuple[int, Counter[str]], policy: Policy
) -> Trained:
    """Return what the streams teach with their vectors, leaning half on what their words alone do."""
    words = {name: [replace(item, vector=b"") for item in stream] for name, stream in streams.items()}
    plain = trained(words, headlines, frequencies, policy)
    meant = trained(streams, headlines, frequencies, policy)
    return Trained(meant.terms, pooled(plain.item_story, meant.item_story), meant.story_story)


def pooled(plain: Mapping[str, Any], meant: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model whose log odds are the mean of two, where no value is cut, less _CAREFUL.

    `meant` has the features of `plain` and more; its means and limits are taken.
    """
    words: Mapping[str, Sequence[float]] = plain["features"]
    features: dict[str, list[float]] = {}
    intercept = (plain["intercept"] + meant["intercept"]) / 2 - _CAREFUL
    for name, (weight, mean, low, high) in meant["features"].items():
        other, other_mean = words[name][:2] if name in words else (0.0, 0.0)
        intercept += other * (mean - other_mean) / 2
        features[name] = [float(f"{(weight + other) / 2:.5g}"), mean, low, high]
    return {"intercept": round(intercept, 5), "features": features}


def scored(stream: Sequence[Labelled], what: Trained, policy: Policy) -> tuple[float, float, float, int, int, int]:
    """Return precision, recall, F1, clusters found, true ones and merges."""
    models = from_json(what.item_story), from_json(what.story_story)
    run = Clustering(policy, background_from(what.terms), models[0].probability, models[1].probability)
    true, found = run.run(stream)
    return *bcubed(true, found), len(set(found)), len(set(true)), run.merges


def baseline(stream: Sequence[Labelled], join_at: float, half_life: float) -> tuple[float, float, float, int, int, int]:
    """Return the same for the cosine to the centroid, halved by each half-life (days) of silence."""
    silence = FEATURES.index("silence")

    def decayed(row: Sequence[float]) -> float:
        return float(row[0] * 2 ** (-np.expm1(row[silence]) / half_life))

    run = Clustering(Policy(join_at=join_at, merge_from=2.0), NO_BACKGROUND, decayed)
    true, found = run.run(stream)
    return *bcubed(true, found), len(set(found)), len(set(true)), 0


def _print(name: str, score: tuple[float, float, float, int, int, int]) -> float:
    precision, recall, f1, found, true, merges = score
    print(
        f"{name:34} P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  {found:4} of {true} (merges {merges})", flush=True
    )
    return f1


def main() -> None:
    """Train, print, and write the package's files when told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--vectors", type=Path, metavar="FILE", help="with sentence vectors, kept in FILE")
    parser.add_argument("--write", action="store_true", help="write the package's weights")
    given = parser.parse_args()
    policy = Policy()
    train = trained_with_vectors if given.vectors else trained

    def taught(streams: Streams) -> Trained:
        what = train(streams, "headlines", frequencies, policy)
        item_story = crowded(what.item_story, streams, lone, background_from(what.terms), policy)
        return replace(what, item_story=item_story)

    every = documents(given.directory / "wcep_all_2002_2018.jsonl.gz")
    by_year: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in every:
        by_year[each["ts"][:4]].append(each)
    years = {year: read(with_enough(by_year[year])) for year in (*TRAINED, *HELD_OUT)}
    headlines = read(documents(given.directory / "uci_dev.jsonl.gz"))
    lone = crowds(by_year, TRAINED)
    if given.vectors:
        texts = (item.said for stream in (*years.values(), headlines, *lone.values()) for item in stream)
        made = vectors(texts, given.vectors)
        years = {year: with_vectors(stream, made) for year, stream in years.items()}
        headlines = with_vectors(headlines, made)
        lone = {name: with_vectors(stream, made) for name, stream in lone.items()}
    frequencies = document_frequencies(each for each in every if each["ts"][:4] not in HELD_OUT)
    order = sorted({item.label for item in headlines}, key=lambda label: zlib.crc32(label.encode()))
    halves = {
        name: [item for item in headlines if item.label in labels]
        for name, labels in (("A", set(order[::2])), ("B", set(order[1::2])))
    }
    learnt = {year: years[year] for year in TRAINED}
    for own, other in (("A", "B"), ("B", "A")):
        what = taught(learnt | {"headlines": halves[own]})
        _print(f"headlines {other}, held out", scored(halves[other], what, policy))
        _print(f"headlines {other}, baseline", baseline(halves[other], 0.08, 60.0))
        found = [_print(f"{year}, held out", scored(years[year], what, policy)) for year in HELD_OUT]
        print(f"mean of held-out years {np.mean(found):.3f}")
    what = taught(learnt | {"headlines": headlines})
    _print("headlines, trained on", scored(headlines, what, policy))
    _print("headlines, baseline", baseline(headlines, 0.08, 60.0))
    for said, group in (("trained on", TRAINED), ("held out", HELD_OUT)):
        both = [
            (_print(f"{year}, {said}", scored(years[year], what, policy)),
             _print(f"{year}, baseline", baseline(years[year], 0.1, 60.0)))
            for year in group
        ]  # fmt: skip
        print(f"mean of years {said} {np.mean([b[0] for b in both]):.3f}, baseline {np.mean([b[1] for b in both]):.3f}")
    if given.write:
        folder = Path(learned.__file__).parent
        weights = {"item_story": what.item_story, "story_story": what.story_story}
        _write(folder / "terms.json", what.terms)
        if given.vectors:
            _write(folder / "meaning.json", {"models": list(_NAMES), **weights})
        else:
            _write(folder / "matching.json", weights)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """As JSON with one term or feature a line, so that a change can be read."""
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(re.sub(r"\[[^\[\]]*\]", lambda found: " ".join(found[0].split()), text) + "\n", "utf-8")


if __name__ == "__main__":
    main()
