"""`python -m tests.bench.lone_articles DIR [--lone N] [--vectors FILE]`: what the matcher makes of what stands alone.

The headlines of `uci_dev.jsonl.gz` are mixed, evenly in time, with N documents of `wcep_all_2002_2018.jsonl.gz` that no
editor filed under a storyline, from the years that nothing was trained on, cut to the length of a headline. They are of
four years, so nearly all of them are unrelated. Printed for the shipped weights: how many of them are left alone, and
the scores of the headlines by themselves and within the mixture. `--vectors` as in train_matching.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from processors.analysts.sentences import MINILM
from processors.decisions.learned import background, meaning_models, models
from processors.decisions.policy import Policy
from tests.bench.crowds import ALONE, as_headlines, mixed, unfiled
from tests.bench.labelled_items import Labelled, documents, read, with_vectors
from tests.bench.matcher_alone import Clustering
from tests.bench.scores import bcubed
from tests.bench.sentence_cache import vectors
from tests.bench.train_matching import HELD_OUT


def report(name: str, stream: Sequence[Labelled], policy: Policy) -> None:
    """Print what the shipped weights make of a stream."""
    meant = meaning_models(MINILM) if stream[0].vector else None
    item_story, story_story = (meant.item_story, meant.story_story) if meant else models()
    run = Clustering(policy, background(), item_story.probability, story_story.probability)
    true, found = run.run(stream)
    sizes = Counter(found)
    lone = [sizes[f] == 1 for t, f in zip(true, found, strict=True) if t.startswith(ALONE)]
    told = [(t, f) for t, f in zip(true, found, strict=True) if not t.startswith(ALONE)]
    alone = f"left alone {sum(lone)} of {len(lone)} ({sum(lone) / len(lone):.0%})" if lone else ""
    own = bcubed([t for t, _ in told], [f for _, f in told])[2]
    print(
        f"{name:12} all F1 {bcubed(true, found)[2]:.3f}  headlines F1 {own:.3f}  stories {len(sizes)}  {alone}",
        flush=True,
    )


def main() -> None:
    """Read, mix, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--lone", type=int, default=8_000)
    parser.add_argument("--join-at", type=float, nargs="+", default=[Policy().join_at])
    parser.add_argument("--vectors", type=Path, metavar="FILE", help="with sentence vectors, kept in FILE")
    given = parser.parse_args()
    headlines = read(documents(given.directory / "uci_dev.jsonl.gz"))
    every = documents(given.directory / "wcep_all_2002_2018.jsonl.gz")
    random = Random(5)
    lone = as_headlines(random.sample(unfiled([e for e in every if e["ts"][:4] in HELD_OUT]), given.lone), random)
    if given.vectors:
        made = vectors((item.said for item in (*headlines, *lone)), given.vectors)
        headlines, lone = with_vectors(headlines, made), with_vectors(lone, made)
    for join_at in given.join_at:
        print(f"join_at {join_at:.2f}")
        policy = replace(Policy(), join_at=join_at)
        report("headlines", headlines, policy)
        report("mixed", mixed(headlines, lone), policy)


if __name__ == "__main__":
    main()
