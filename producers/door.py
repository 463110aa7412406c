"""The way in that feeds and files share: drafts get their revision and original, then are admitted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from producers.copies import CopyIndex
from producers.draft import Draft, to_article
from producers.ports import Intake, Known
from producers.revisions import after, next_revision
from schemas.article import Article


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of some drafts; of a single one exactly one of the first three is 1."""

    new: int = 0
    revisions: int = 0
    unchanged: int = 0
    copies: int = 0

    def __add__(self, other: Admitted) -> Admitted:
        return Admitted(
            self.new + other.new,
            self.revisions + other.revisions,
            self.unchanged + other.unchanged,
            self.copies + other.copies,
        )


_UNCHANGED = Admitted(unchanged=1)
Barred = Callable[[Sequence[Draft]], Collection[str]]


def _none(drafts: Sequence[Draft]) -> Collection[str]:
    return ()


class Door:
    """Admits drafts one call at a time, so that two feeds cannot both bring the same article as new."""

    def __init__(
        self, intake: Intake, copies: CopyIndex, barred: Barred = _none, told: Callable[[Admitted], None] | None = None
    ) -> None:
        """`barred` says which article ids among drafts must not be read; they count as unchanged.

        `told` hears what became of the drafts of each call that succeeded.
        """
        self._barred = barred
        self._told = told
        self._intake = intake
        self._copies = copies
        self._lock = threading.Lock()

    def admit(self, drafts: Sequence[Draft], *, ordered: bool) -> list[Admitted]:
        """Admit what is new or changed among `drafts`, in their order; return what became of each once
        stored.

        Blocks while the stream is full. Passes on what the intake raises; then nothing was admitted, and
        the same call may be made again.
        """
        if not drafts:
            return []
        with self._lock:
            try:
                articles, fates = self._decide(drafts)
                if articles:
                    self._intake.admit(articles, ordered=ordered)
            except BaseException:
                self._copies.forget()  # it may hold articles that were not stored: it loads anew
                raise
        if self._told is not None:
            self._told(sum(fates, Admitted()))
        return fates

    def _decide(self, drafts: Sequence[Draft]) -> tuple[list[Article], list[Admitted]]:
        known: dict[str, Known] = dict(self._intake.known(sorted({draft.article_id for draft in drafts})))
        barred = frozenset(self._barred(drafts))
        articles: list[Article] = []
        fates: list[Admitted] = []
        for draft in drafts:
            if draft.article_id in barred:
                fates.append(_UNCHANGED)
                continue
            before = known.get(draft.article_id)
            revision = next_revision(draft.content_hash, before)
            if revision is None:
                fates.append(_UNCHANGED)
                continue
            if not articles:
                self._copies.cover(min(each.published_at for each in drafts), self._intake.recent)
            original = self._copies.find(draft.article_id, draft.text, draft.published_at)
            article = to_article(
                draft,
                revision=revision,
                copy_of=original.article_id if original else "",
                family=original.family if original else draft.family,
            )
            self._copies.add(article)
            articles.append(article)
            known[draft.article_id] = after(draft.content_hash, before)
            copies = int(original is not None)
            fates.append(Admitted(new=1, copies=copies) if revision == 0 else Admitted(revisions=1, copies=copies))
        return articles, fates
