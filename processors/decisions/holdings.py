"""What every signal holds: substance and members, derived from the article marks; merged ones under their survivors."""

from __future__ import annotations

from collections.abc import Iterator

from processors.decisions.chronicle import Chronicle
from processors.decisions.substance import Substance
from schemas.ledger import ArticleMark, EvidenceMark

_NOTHING = Substance()


class Holdings:
    """Follows marks and redirects; changed only while a commit is folded.

    What an evidence's mark names is the signal it was counted for; a merged signal keeps what is its own, so that
    taking the merge back needs no record of what was moved.
    """

    def __init__(self) -> None:
        self._own: dict[str, Substance] = {}
        self._members: dict[str, dict[str, str]] = {}  # signal → evidence → article
        self._chronicles: dict[str, Chronicle] = {}
        self._onto: dict[str, str] = {}  # merged signal → the one that took it over
        self._absorbed: dict[str, set[str]] = {}
        self._joined: dict[str, Substance] = {}  # survivors of merges, with all they took over
        self._stale: set[str] = set()

    def of(self, signal_id: str) -> Substance:
        """Return what a signal rests on, with what it took over. Not to be changed: copy it.

        A merged signal rests on nothing: its survivor does.
        """
        if signal_id in self._onto:
            return _NOTHING
        return self._joined.get(signal_id) or self._own.get(signal_id) or _NOTHING

    def own(self, signal_id: str) -> Substance:
        """Return what was counted for this very signal. Not to be changed."""
        return self._own.get(signal_id) or _NOTHING

    def group(self, signal_id: str) -> list[str]:
        """Return the signal and every one that it took over, directly or not, in order of id."""
        found, todo = {signal_id}, [signal_id]
        while todo:
            fresh = self._absorbed.get(todo.pop(), set()) - found
            found |= fresh
            todo += fresh
        return sorted(found)

    def members(self, signal_id: str) -> Iterator[tuple[str, str]]:
        """Yield (evidence id, article id) of all evidence of a signal and of what it took over."""
        for each in self.group(signal_id):
            yield from self._members.get(each, {}).items()

    def ends(self, signal_id: str, first: int, last: int) -> list[tuple[str, str]]:
        """Return (evidence id, article id) of the `first` earliest and `last` latest evidence of a signal.

        And as much of each that it took over: the ends of all of it are among them.
        """
        found = []
        for each in self.group(signal_id):
            chronicle, members = self._chronicles.get(each), self._members.get(each, {})
            found += [(key, members[key]) for key in chronicle.ends(first, last)] if chronicle else []
        return found

    def article_of(self, signal_id: str, evidence_id: str) -> str:
        """Return the article of a standing evidence of a signal (or of what it took over), "" if it is not there."""
        found = (self._members.get(each, {}).get(evidence_id, "") for each in self.group(signal_id))
        return next(filter(None, found), "")

    def replace(self, former: ArticleMark | None, mark: ArticleMark) -> None:
        """Take an article's mark in the place of its former one."""
        for evidence in former.evidence if former else ():
            self._count(evidence, mark.article_id, -1)
        for evidence in mark.evidence:
            self._count(evidence, mark.article_id, 1)

    def _count(self, evidence: EvidenceMark, article_id: str, sign: int) -> None:
        signal_id = evidence.signal_id
        if not signal_id or evidence.rejected:
            return
        own = self._own.get(signal_id)
        if own is None:
            own = self._own[signal_id] = Substance()
        own.count(evidence, sign)
        survivor = self._survivor(signal_id)
        joined = self._joined.get(survivor)
        if joined is not None and survivor not in self._stale:
            joined.count(evidence, sign)
        members = self._members.setdefault(signal_id, {})
        chronicle = self._chronicles.get(signal_id)
        if chronicle is None:
            chronicle = self._chronicles[signal_id] = Chronicle()
        if sign > 0:
            members[evidence.evidence_id] = article_id
            chronicle.add(evidence.day, evidence.evidence_id)
        else:
            members.pop(evidence.evidence_id, None)
            chronicle.remove(evidence.day, evidence.evidence_id)

    def redirect(self, signal_id: str, onto: str) -> None:
        """Note that a signal was merged onto another, or ("") that it stands by itself. `regroup` must follow."""
        former = self._onto.get(signal_id, "")
        if former == onto:
            return
        self._stale.add(self._survivor(signal_id))
        if former:
            self._absorbed[former].discard(signal_id)
            del self._onto[signal_id]
        if onto:
            self._onto[signal_id] = onto
            self._absorbed.setdefault(onto, set()).add(signal_id)
        self._stale |= {signal_id, self._survivor(signal_id)}

    def regroup(self) -> None:
        """Add up anew what the redirects since the last call have changed."""
        for signal_id in self._stale:
            group = self.group(signal_id)
            if len(group) == 1 or self._onto.get(signal_id):
                self._joined.pop(signal_id, None)
                continue
            joined = self._joined[signal_id] = Substance()
            for each in group:
                joined.absorb(self.own(each))
        self._stale.clear()

    def _survivor(self, signal_id: str) -> str:
        while signal_id in self._onto:
            signal_id = self._onto[signal_id]
        return signal_id
