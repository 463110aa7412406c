"""The first look of `verify`: every commit folded from nothing, its events retraced, its decision made again.

What is remembered of a commit is its number and what later ones replace; the rows themselves are compared afterwards
(rows.py), a page at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.verify.difference import Differences
from infra.verify.policies import Policies
from processors.decisions.ids import revision_of
from processors.decisions.ledger import decide_anyway
from processors.decisions.policy import Policy
from processors.decisions.retrace import step
from processors.decisions.state import EPOCH, LedgerState, last_sweep
from processors.decisions.strength import weights_at
from processors.decisions.substance import Substance
from schemas.codec import decode, encode
from schemas.errors import Poison
from schemas.events import SignalEvent
from schemas.ledger import Commit, EvidenceChange
from schemas.proposal import Proposal
from schemas.registry import latest, locked
from sinks.clickhouse.logged import Logged

TOLERANCE: Final = 1e-9  # of strengths from 0 to 10, between machines, and between Python and SQL
# What a signal's head and its last event both say: (field of the head, field of the event).
_TWICE: Final = (
    ("seq", "seq"), ("state", "state"), ("basis", "basis"), ("title", "title"), ("scope", "scope"),
    ("kind", "class_kind"), ("lens", "class_lens"), ("articles", "articles"), ("story_count", "stories"),
    ("family_count", "families"), ("contested", "contested"),
)  # fmt: skip


def sum_key(story_id: str, family: str, stance: str, kind: str, day: int) -> str:
    """Return the name under which a sum is reported."""
    return f"{story_id} {family!r} {stance} {kind} day {day}"


class Broken(Exception):
    """The log cannot be folded any further."""


@dataclass(slots=True)
class Counts:
    """How much was looked at. `unrecorded` commits do not say what they were decided on, `elsewhere` were decided
    under a policy of another version of this program, `without_words` come out otherwise since words of articles that
    they were compared with were taken down, `not_retraced` events are of before mass was recorded."""

    commits: int = 0
    events: int = 0
    decided: int = 0
    unrecorded: int = 0
    elsewhere: int = 0
    without_words: int = 0
    not_retraced: int = 0


class Folding:
    """Takes commits in order. `state` is the ledger's, from nothing; the `…_at` say which commit wrote a row last."""

    def __init__(
        self,
        generation: str,
        policies: Policies,
        differences: Differences,
        *,
        decide: bool,
        taken: frozenset[str] = frozenset(),
    ) -> None:
        """`taken`: articles that were taken down."""
        self._generation, self._policies, self._differences, self._decide = generation, policies, differences, decide
        self._taken, self._words_gone = taken, False
        self.state = LedgerState(Policy())
        self.counts = Counts()
        self.evidence_at: dict[str, int] = {}
        self.changes: dict[str, tuple[EvidenceChange, int]] = {}
        self.embeddings_at: dict[tuple[str, str], int] = {}
        self.outcomes_at: dict[str, int] = {}
        self.untraceable: set[str] = set()  # signals with events of before version 3
        self.resting: dict[str, Substance] = {}
        self._last: dict[str, dict[str, Any]] = {}  # the last event of each signal, as far as heads say the same
        self._swept_at = EPOCH
        self._newest = latest("Commit").id
        self._without_mass = {v.id for v in locked() if v.record == "Commit" and v.version < 3}

    def take(self, row: Logged) -> Commit:
        """Check and fold one commit. Raises Broken when there is none that can follow."""
        expected = self.state.n + 1
        if row.n != expected:
            self._differences.add("commit", str(expected), "n", expected, f"missing; the next one is {row.n}")
            raise Broken
        try:
            commit = decode(row.body, Commit)
        except Poison as poison:
            self._differences.add("commit", str(row.n), "body", "a commit", poison.reason)
            raise Broken from poison
        self._look_at(row, commit)
        if commit.n != row.n:
            raise Broken
        policy, exact = self._policies.of(commit.policy)
        if policy != self.state.policy:
            self._change_policy(policy)
        if self._decide:
            self._decide_again(row, commit, exact=exact)
        self._retrace(commit, policy, mute=int.from_bytes(row.body[1:5], "big") in self._without_mass)
        self.state.fold(commit)
        if self.state.n == last_sweep(self.state.n, policy):
            self._swept_at = commit.at
        self._remember(commit)
        self.counts.commits += 1
        return commit

    def missing(self, upto: int) -> None:
        """Note that the log ends before a commit that the tables have."""
        self._differences.add("commit", str(self.state.n + 1), "n", f"a log to commit {upto}", "the log ends before it")

    def finish(self) -> None:
        """Compare each signal as its events tell it with its folded head and with the marks of its articles."""
        for signal_id, head in self.state.signals.items():
            last = self._last.get(signal_id, {"seq": 0})
            for name, _ in _TWICE:
                if name in last and getattr(head, name) != last[name]:
                    self._differences.add("event", signal_id, f"last {name}", getattr(head, name), last[name])
            if signal_id in self.untraceable:
                continue
            resting = self.resting.get(signal_id, Substance())
            held = self.state.holdings.of(signal_id)
            self.compare_sums("events", signal_id, self.sums_of(held), self.sums_of(resting))

    def sums_of(self, substance: Substance) -> dict[str, int]:
        """Return the integer micro-salience of each story, family, stance, kind and day, stories as named today."""
        found: dict[str, int] = {}
        for part in substance.mass():
            story = self.state.resolve_story(part.story_id)
            key = sum_key(story, part.family, part.stance, part.kind, part.day)
            found[key] = found.get(key, 0) + part.micro
        return found

    def compare_sums(self, source: str, signal_id: str, held: Mapping[str, int], other: Mapping[str, int]) -> None:
        """Note each sum in which two ways of adding up a signal differ."""
        for name in sorted(held.keys() | other.keys()):
            if held.get(name, 0) != other.get(name, 0):
                self._differences.add("sum", signal_id, f"{source}: {name}", held.get(name, 0), other.get(name, 0))

    def _look_at(self, row: Logged, commit: Commit) -> None:
        pairs: tuple[tuple[str, Any, Any], ...] = (
            ("generation", self._generation, commit.generation), ("n", row.n, commit.n),
            ("proposal_id", commit.proposal_id, row.proposal_id), ("at", commit.at, row.at),
            ("committed_at", commit.committed_at, row.committed_at), ("terms", commit.terms, row.terms),
        )  # fmt: skip
        for name, expected, found in pairs:
            if expected != found:
                self._differences.add("commit", str(row.n), name, expected, found)

    def _change_policy(self, policy: Policy) -> None:
        """Go on as a ledger that was started with another policy: from what it knows."""
        state = self.state
        state.policy = policy
        if state.n:
            state.restore(
                state.n, state.now, state.next_ordinal, list(state.stories.values()), list(state.signals.values()),
                list(state.marks.values()), list(state.questions.values()),
                (state.frequencies.documents, dict(state.frequencies.counts)), self._swept_at, state.ahead,
                list(state.applied.values()),
            )  # fmt: skip
        else:
            self.state = LedgerState(policy)

    def _decide_again(self, row: Logged, commit: Commit, *, exact: bool) -> None:
        if not row.proposal:
            self.counts.unrecorded += 1
            key = revision_of(row.proposal_id)
            self._words_gone |= key is not None and key[0] in self._taken
            return
        if not exact:
            self.counts.elsewhere += 1
            return
        self.counts.decided += 1
        n = str(row.n)
        try:
            proposal = decode(row.proposal, Proposal)
            again, fault = decide_anyway(self.state, proposal, commit.input, commit.committed_at)
        except Poison as poison:
            self._differences.add("decision", n, "proposal", "a proposal", poison.reason)
            return
        except Exception as error:  # of the second try: a refusal that cannot be decided either
            again, fault = None, error
        if again is None:
            why = f"{type(fault).__name__}: {fault}" if fault else "nothing is decided"
            self._differences.add("decision", n, "commit", f"commit {n}", why)
            return
        stored = row.body if int.from_bytes(row.body[1:5], "big") == self._newest else encode(commit)
        if encode(again) != stored and self._words_gone:
            self.counts.without_words += 1
        elif encode(again) != stored:
            before = self._differences.count
            self._differences.compare("decision", n, again, commit)
            if self._differences.count == before:  # as records they are equal
                self._differences.add("decision", n, "bytes", encode(again), stored)

    def _retrace(self, commit: Commit, policy: Policy, *, mute: bool) -> None:
        for event in commit.events:
            self.counts.events += 1
            last = self._last.get(event.signal_id, {"seq": 0})
            key = f"{event.signal_id} #{event.seq}"
            if event.seq != last["seq"] + 1:
                self._differences.add("event", key, "seq", last["seq"] + 1, event.seq)
            named = f"{commit.generation}:{event.signal_id}:{event.seq}"
            if event.event_id != named:
                self._differences.add("event", key, "event_id", named, event.event_id)
            self._last[event.signal_id] = {"seq": event.seq} | {a: getattr(event, b) for a, b in _TWICE}
            resting = step(self.resting, event)
            if mute or event.signal_id in self.untraceable or event.other_id in self.untraceable:
                self.counts.not_retraced += 1
                self.untraceable |= {event.signal_id, event.other_id} - {""}
            else:
                self._strength(key, event, resting, policy)

    def _strength(self, key: str, event: SignalEvent, resting: Substance, policy: Policy) -> None:
        of_then = policy if event.policy == policy.version else self._policies.of(event.policy)[0]
        found = resting.components(weights_at(event.at, of_then)).strength
        if not abs(found - event.strength_after) <= TOLERANCE:
            self._differences.add("event", key, "strength_after", found, event.strength_after)

    def _remember(self, commit: Commit) -> None:
        n = commit.n
        for row in commit.evidence:
            self.evidence_at[row.evidence_id] = n
            self.changes.pop(row.evidence_id, None)
        for change in commit.changes:
            if change.evidence_id in self.evidence_at:
                self.changes[change.evidence_id] = (change, n)
            else:
                self._differences.add("commit", str(n), "changes", "evidence that was committed", change.evidence_id)
        self.embeddings_at.update(((each.evidence_id, each.model), n) for each in commit.embeddings)
        self.outcomes_at.update((outcome.article_id, n) for outcome in commit.outcomes)
