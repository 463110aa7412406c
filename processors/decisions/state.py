"""The ledger's state, and the one way it ever changes: folding a commit.

`fold` is used by the ledger itself right after deciding, at start over the commits that a snapshot lacks, and by
`verify`: so the live state always equals the folded commits.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from processors.decisions.policy import Policy
from processors.decisions.stories import Frequencies, StoryIndex
from processors.decisions.strength import AHEAD, hours_until_below
from processors.decisions.theses import ThesisIndex
from schemas.ledger import ArticleMark, Commit, SignalHead, StoryHead
from schemas.proposal import Question

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def floor_hour(when: datetime) -> datetime:
    """Return `when` cut to the full hour."""
    return when.replace(minute=0, second=0, microsecond=0)


class LedgerState:
    """Everything the ledger knows. Read freely; change only through `fold`."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.n = 0
        self.now = EPOCH  # watermark of event time
        self.next_ordinal = 1
        self.ahead: datetime | None = None
        self.stories: dict[str, StoryHead] = {}
        self.signals: dict[str, SignalHead] = {}
        self.marks: dict[str, ArticleMark] = {}
        self.questions: dict[str, Question] = {}
        self.frequencies = Frequencies()
        self.index = StoryIndex()
        self.theses = ThesisIndex()
        self._due: list[tuple[datetime, str]] = []  # heap of hours at which a signal's state is looked at
        self._due_at: dict[str, datetime] = {}

    def restore(
        self,
        n: int,
        now: datetime,
        next_ordinal: int,
        stories: Iterable[StoryHead],
        signals: Iterable[SignalHead],
        marks: Iterable[ArticleMark],
        questions: Iterable[Question],
        frequencies: tuple[int, Mapping[str, int]],
        swept_at: datetime = EPOCH,
        ahead: datetime | None = None,
    ) -> None:
        """Take a snapshot's content in place of whatever is here.

        `swept_at` is the time of commit `last_sweep(n, policy)`: the index must hold the same stories as if every
        commit had been folded.
        """
        self.__init__(self.policy)  # type: ignore[misc]
        self.n, self.now, self.next_ordinal, self.ahead = n, now, next_ordinal, ahead
        self.frequencies = Frequencies(frequencies[0], dict(frequencies[1]))
        for story in stories:
            self.stories[story.story_id] = story
            if story.n > last_sweep(n, self.policy) or story.last_at >= self._horizon(swept_at):
                self.index.put(story)
        for signal in signals:
            self._put_signal(signal)
        self.marks = {mark.article_id: mark for mark in marks}
        self.questions = {question.question_id: question for question in questions}

    def fold(self, commit: Commit) -> None:
        """Apply one commit. A commit that is already contained changes nothing; a gap raises ValueError."""
        if commit.n <= self.n:
            return
        if commit.n != self.n + 1:
            raise ValueError(f"commit {commit.n} does not follow {self.n}")
        self.n, self.next_ordinal, self.ahead = commit.n, commit.next_ordinal, commit.ahead
        hour_crossed = floor_hour(commit.at) > floor_hour(self.now)
        self.now = commit.at
        for story in commit.stories:
            self.stories[story.story_id] = story
            self.index.put(story)
        changed = {signal.signal_id for signal in commit.signals}
        for signal in commit.signals:
            self._put_signal(signal)
        for mark in commit.marks:
            self.marks[mark.article_id] = mark
        for question in commit.questions:
            self.questions[question.question_id] = question
        for question_id in commit.closed_questions:
            self.questions.pop(question_id, None)
        if commit.terms:
            self.frequencies.add(commit.terms)
        for _, signal_id in self.due(floor_hour(self.now)) if hour_crossed else ():
            if signal_id not in changed:  # was looked at and stays as it is
                self._put_signal(self.signals[signal_id])
        if self.n == last_sweep(self.n, self.policy):
            for story_id in self.index.silent_since(self._horizon(self.now)):
                self.index.drop(story_id)

    def due(self, until: datetime) -> list[tuple[datetime, str]]:
        """Return (hour, signal id) of every signal whose state is to be looked at by `until`, in order."""
        found: list[tuple[datetime, str]] = []
        # The heap is only peeked at: deciding changes nothing. Dead entries are removed in passing.
        while self._due and self._due_at.get(self._due[0][1]) != self._due[0][0]:
            heapq.heappop(self._due)
        stack = [0] if self._due else []
        while stack:
            position = stack.pop()
            if position >= len(self._due) or self._due[position][0] > until:
                continue
            at, signal_id = self._due[position]
            if self._due_at.get(signal_id) == at:
                found.append((at, signal_id))
            stack += [2 * position + 1, 2 * position + 2]
        return sorted(set(found))

    def resolve_signal(self, signal_id: str) -> str:
        """Return the signal that took `signal_id` over, or itself."""
        while signal_id in self.signals and self.signals[signal_id].merged_into:
            signal_id = self.signals[signal_id].merged_into
        return signal_id

    def _put_signal(self, head: SignalHead) -> None:
        self.signals[head.signal_id] = head
        self.theses.put(head)
        at = look_again(head, self.now, self.policy)
        if at is None:
            self._due_at.pop(head.signal_id, None)
        else:
            self._due_at[head.signal_id] = at
            heapq.heappush(self._due, (at, head.signal_id))

    def _horizon(self, at: datetime) -> datetime:
        return at - timedelta(days=self.policy.story_horizon)


def last_sweep(n: int, policy: Policy) -> int:
    """Return the number of the commit at which silent stories were last dropped, 0 for none."""
    return n // policy.sweep * policy.sweep


def look_again(head: SignalHead, now: datetime, policy: Policy) -> datetime | None:
    """Return the hour by which an unfed signal may change its state and not earlier, None if it never will."""
    hour = floor_hour(now)
    if head.state == "candidate":
        return floor_hour(head.last_reinforced + timedelta(days=policy.candidate_days)) + timedelta(hours=1)
    limits = {"published": policy.fade_below, "faded": policy.dormant_below}
    limit = limits.get(head.state)
    if limit is None:
        return None
    hours = hours_until_below(head, hour, limit, policy)
    return hour + timedelta(hours=AHEAD if hours is None else hours)
