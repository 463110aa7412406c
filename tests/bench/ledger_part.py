"""One part of the ledger's speed bench in a process of its own; started by tests.bench.ledger_speed. Prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from typing import Any, Final, TypeVar

import msgspec

from processors.decisions.draft import Draft
from processors.decisions.matching import Match, match
from processors.decisions.policy import Policy
from processors.decisions.state import LedgerState
from schemas.codec import decode, encode
from schemas.ledger import Commit
from schemas.proposal import Proposal
from tests.bench.brute_force import BruteForce
from tests.bench.made_news import SHAPES, MadeNews, chances, storyline_of
from tests.bench.made_state import NOW, commit_of, evidence_of, items_of, saying, state_of, story_of

PROBES: Final = 4_000
STEPS: Final = 10
_JOINING: Final = 0.7
_BETWEEN: Final = timedelta(seconds=10)  # two items of the whole stream
_BETWEEN_GROWING: Final = timedelta(seconds=300)  # two items of the signal that grows

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timed:
    """How many items were done in how many seconds."""

    done: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Return the rate."""
        return self.done / max(self.seconds, 1e-9)


def timed(work: Callable[[T], Any], items: Iterable[T], seconds: float) -> Timed:
    """Do `work` to each item for at most so many seconds."""
    done, began = 0, time.process_time()
    for item in items:
        work(item)
        done += 1
        if time.process_time() - began > seconds:
            break
    return Timed(done, time.process_time() - began)


def resident() -> float:
    """Return the MiB that this process holds; where that cannot be read, the most it has held."""
    try:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 1024**2 if sys.platform == "darwin" else most / 1024
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def probes(news: MadeNews, stories: int, count: int) -> list[Proposal]:
    """Return items that come after the state: most belong to one of its stories, the rest to none."""
    chance, made = chances(17), []
    for number in range(count):
        joins = chance.random() < _JOINING
        storyline = chance.randrange(stories) if joins else stories + number
        item = (items_of(storyline) if joins else 0) + number
        made.append(news.item(storyline, item, NOW + number * _BETWEEN, ordinal=0))
    return made


def match_one(state: LedgerState, proposal: Proposal) -> Match:
    """Return what the matcher says of the proposal's one evidence."""
    assert proposal.extraction is not None
    vector = state.frequencies.vector(evidence_of(proposal).terms)
    return match(Draft(state, proposal, state.policy), vector, proposal.extraction.published_at)


def is_right(decision: Match, proposal: Proposal, stories: int) -> bool:
    """Say whether a probe went to the story of its own storyline, or opened one where there was none."""
    storyline = storyline_of(proposal)
    return decision.story_id == (story_of(storyline) if storyline < stories else "")


def size(words: int, stories: int, seconds: float) -> dict[str, Any]:
    """Return the figures at one number of open stories."""
    news, began = MadeNews(SHAPES[words]), time.process_time()
    state = state_of(news, stories)
    built, held = time.process_time() - began, resident()
    found = probes(news, stories, PROBES)
    matches: list[Match] = []
    ours = timed(lambda proposal: matches.append(match_one(state, proposal)), found, seconds)
    brute, same = _brute_force(state, found, matches, seconds)
    commits: list[Commit] = []
    deciding, folding = _ledger(state, found, commits, seconds)
    return {
        "words": words, "stories": stories, "built": built, "resident": held, "match": ours.per_second,
        "right": fmean(is_right(*each, stories) for each in zip(matches, found, strict=False)),
        "join": fmean(each.decision == "join" for each in matches), "brute_force": brute.per_second,
        "same_best": same, "commits": len(commits) / (deciding.seconds + folding.seconds),
        "decide": deciding.per_second, "fold": folding.per_second,
        "proposal_codec": timed(lambda p: decode(encode(p), Proposal), found[: len(commits)], seconds).per_second,
        "commit_codec": timed(lambda c: decode(encode(c), Commit), commits, seconds).per_second,
        "commit_bytes": fmean(len(encode(commit)) for commit in commits[:500]),
    }  # fmt: skip


def _brute_force(
    state: LedgerState, found: Sequence[Proposal], matches: Sequence[Match], seconds: float
) -> tuple[Timed, float]:
    """Return the baseline's speed, and the share of joins for which it names the same story."""
    every = BruteForce(state.stories.values(), state.policy.story_half_life)
    best: list[str] = []

    def one(proposal: Proposal) -> None:
        assert proposal.extraction is not None
        vector = state.frequencies.vector(evidence_of(proposal).terms)
        best.append(every.best(vector, proposal.extraction.published_at)[0])

    speed = timed(one, found, seconds)
    joins = [ours.story_id == theirs for ours, theirs in zip(matches, best, strict=False) if ours.decision == "join"]
    return speed, fmean(joins) if joins else 0.0


def _ledger(
    state: LedgerState, found: Sequence[Proposal], commits: list[Commit], seconds: float
) -> tuple[Timed, Timed]:
    """Decide and fold; return how long each took."""
    deciding = folding = 0.0
    for offset, proposal in enumerate(found):
        began = time.process_time()
        commit = commit_of(state, proposal, offset)
        decided = time.process_time()
        assert commit is not None
        state.fold(commit)
        folding += time.process_time() - decided
        deciding += decided - began
        commits.append(commit)
        if deciding + folding > seconds:
            break
    return Timed(len(commits), deciding), Timed(len(commits), folding)


def steps_to(articles: int) -> list[int]:
    """Return the numbers of articles at which figures are taken: tenths, and some on the way to the first."""
    tenths = {articles * tenth // STEPS for tenth in range(1, STEPS + 1)}
    return sorted(tenths | {number for number in (1_000, 2_000, 5_000) if number < articles // STEPS} - {0})


def grow(articles: int, seconds: float) -> dict[str, Any]:
    """Return commits a second and sizes while one signal takes one article after the other."""
    news = MadeNews(SHAPES[10])
    # The same words in each, so that every item joins: the matcher is not what is measured here.
    words = evidence_of(news.item(0, 0, NOW, ordinal=0)).terms
    state, steps, done, spent = LedgerState(Policy()), list[dict[str, Any]](), 0, 0.0
    for until in steps_to(articles):
        if spent >= seconds:
            break
        sizes, began_at, began = list[int](), done, spent
        while done < until and spent < seconds:
            proposal = saying(news.item(0, done, NOW + done * _BETWEEN_GROWING, ordinal=0), words)
            start = time.process_time()
            commit = commit_of(state, proposal, done)
            assert commit is not None
            state.fold(commit)
            spent += time.process_time() - start
            done += 1
            if done % max(1, until // 100) == 0:
                sizes.append(len(encode(commit)))
        signal, story = next(iter(state.signals.values())), next(iter(state.stories.values()))
        steps.append(
            {
                "articles": done, "commits": (done - began_at) / (spent - began),
                "commit_bytes": fmean(sizes) if sizes else 0.0,
                "signal_bytes": len(msgspec.msgpack.encode(signal)), "story_bytes": len(msgspec.msgpack.encode(story)),
            }
        )  # fmt: skip
    assert len(state.signals) == 1, "every item was to join"
    return {"articles": done, "steps": steps}


def main(kind: str, *numbers: str) -> None:
    """Run one part and print its figures."""
    seconds = float(numbers[-1])
    first, second = int(numbers[0]), int(numbers[-2])
    print(json.dumps(size(first, second, seconds) if kind == "size" else grow(first, seconds)))


if __name__ == "__main__":
    main(*sys.argv[1:])
