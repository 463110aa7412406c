"""The ledger's state, and the one way it ever changes: folding a commit.

`fold` is used by the ledger itself right after deciding, at start over the commits that a snapshot lacks, and by
`verify`: so the live state always equals the folded commits.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from processors.decisions.holdings import Holdings
from processors.decisions.policy import Policy
from processors.decisions.stories import Frequencies, StoryIndex
from processors.decisions.strength import Components, Weights, hours_unharmed, weights_at
from processors.decisions.theses import ThesisIndex
from schemas.ledger import Applied, ArticleMark, Commit, SignalHead, StoryHead, with_counts
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
        self.applied: dict[str, Applied] = {}
        self.holdings = Holdings()
        self.stories_of: dict[str, set[str]] = {}  # signal that a story names → stories, merged ones too
        self.questions: dict[str, Question] = {}
        self.frequencies = Frequencies()
        self.index = StoryIndex()
        self.theses = ThesisIndex()
        self._weights_at, self._weights = EPOCH, weights_at(EPOCH, policy)
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
        applied: Iterable[Applied] = (),
    ) -> None:
        """Take a snapshot's content in place of whatever is here.

        `swept_at` is the time of commit `last_sweep(n, policy)`: the index must hold the same stories as if every
        commit had been folded.
        """
        self.__init__(self.policy)  # type: ignore[misc]
        self.n, self.now, self.next_ordinal, self.ahead = n, now, next_ordinal, ahead
        self.frequencies = Frequencies(frequencies[0], dict(frequencies[1]))
        for story in stories:
            self._put_story(story)
            if story.n > self._untouched_since(n) or story.last_at >= self._horizon(swept_at):
                self.index.put(story)
        heads = [with_counts(head) for head in signals]
        self.signals = {head.signal_id: head for head in heads}
        for mark in marks:
            self.marks[mark.article_id] = mark
            self.holdings.replace(None, mark)
        for head in heads:
            self.holdings.redirect(head.signal_id, head.merged_into)
        self.holdings.regroup()
        for head in heads:
            self._put_signal(head)
        self.applied = {done.command_id: done for done in applied}
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
        regrouped: list[str] = []  # stories whose evidence speaks with others, or by itself, from now on
        for story in commit.stories:
            former = self.stories.get(story.story_id)
            self._put_story(story)
            self.index.put(story)
            if story.merged_into != (former.merged_into if former else ""):
                regrouped.append(story.signal_id)
        heads = [with_counts(head) for head in commit.signals]
        changed = {head.signal_id for head in heads}
        for signal in heads:
            self.signals[signal.signal_id] = signal
            self.holdings.redirect(signal.signal_id, signal.merged_into)
        for mark in commit.marks:
            self.holdings.replace(self.marks.get(mark.article_id), mark)
            self.marks[mark.article_id] = mark
        self.holdings.regroup()
        for signal_id in regrouped:
            self.holdings.of(self.resolve_signal(signal_id)).forget_voices()
        for signal in heads:
            self._put_signal(signal)
        for done in commit.applied:
            self.applied[done.command_id] = done
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
            for story_id in self.index.silent_since(self._horizon(self.now), self._untouched_since(self.n)):
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

    def resolve_story(self, story_id: str) -> str:
        """Return the story that took `story_id` over, or itself."""
        while story_id in self.stories and self.stories[story_id].merged_into:
            story_id = self.stories[story_id].merged_into
        return story_id

    def components(self, signal_id: str, at: datetime) -> Components:
        """Return a signal's strength at `at` with its parts."""
        return self.holdings.of(signal_id).components(self.weights(at), self.resolve_story)

    def weights(self, at: datetime) -> Weights:
        """Return what evidence weighs at `at`; the same object for the same hour."""
        hour = floor_hour(at)
        if hour != self._weights_at:
            self._weights, self._weights_at = weights_at(hour, self.policy), hour
        return self._weights

    def _put_story(self, head: StoryHead) -> None:
        former = self.stories.get(head.story_id)
        if former is not None and former.signal_id != head.signal_id:
            self.stories_of.get(former.signal_id, set()).discard(head.story_id)
        if head.signal_id:
            self.stories_of.setdefault(head.signal_id, set()).add(head.story_id)
        self.stories[head.story_id] = head

    def _put_signal(self, head: SignalHead) -> None:
        self.signals[head.signal_id] = head
        self.theses.put(head)
        at = look_again(head, self.now, self.policy, self.components)
        if at is None:
            self._due_at.pop(head.signal_id, None)
        else:
            self._due_at[head.signal_id] = at
            heapq.heappush(self._due, (at, head.signal_id))

    def _untouched_since(self, n: int) -> int:
        """Return the commit up to which a story must have changed last to be dropped at the last sweep by `n`.

        What a backfill tells of last year is silent from its first word on, and goes on being told.
        """
        return last_sweep(n, self.policy) - self.policy.sweep

    def _horizon(self, at: datetime) -> datetime:
        return at - timedelta(days=self.policy.story_horizon)


def last_sweep(n: int, policy: Policy) -> int:
    """Return the number of the commit at which silent stories were last dropped, 0 for none."""
    return n // policy.sweep * policy.sweep


def look_again(
    head: SignalHead, now: datetime, policy: Policy, components: Callable[[str, datetime], Components]
) -> datetime | None:
    """Return an hour before which an unfed signal cannot change its state, None if it never will."""
    hour = floor_hour(now)
    if head.pinned:
        return None
    if head.state == "candidate":
        return max(floor_hour(head.last_reinforced + timedelta(days=policy.candidate_days)), hour) + timedelta(hours=1)
    limits = {"published": policy.fade_below, "faded": policy.dormant_below}
    limit = limits.get(head.state)
    if limit is None:
        return None
    now_parts = components(head.signal_id, hour)
    unharmed = hours_unharmed(now_parts.supporting, now_parts.opposing, limit, head.kinds, policy)
    return hour + timedelta(hours=max(1, unharmed))
