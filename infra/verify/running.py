"""`bellwether verify`: looks at one generation of a store from its first commit on, and reports every difference.

Most of it happens while others go on writing: commits never change, and a row that has moved on is left for the end.
Only for the end, what the state holds whole and the sums, do the tables stand still, where this process can have it so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, Final

from infra.verify.difference import Differences
from infra.verify.folding import TOLERANCE, Broken, Folding
from infra.verify.heads import check_heads
from infra.verify.policies import Policies
from infra.verify.rows import RowCheck
from infra.verify.sums import SumCheck
from schemas.errors import BadInput
from schemas.ledger import Commit
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.logged import committed, logged, twofold
from sinks.clickhouse.policy_rows import PolicyRows
from sinks.clickhouse.project import projected
from sinks.clickhouse.takedowns import Takedowns

_PAGE: Final = 500  # commits
Still = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class VerifyProgress:
    """How far it is: commits of the step at hand."""

    step: str
    done: int
    total: int


class Stopped(Exception):
    """Whoever asked wants no more of it."""


def verify(
    store: Store,
    generation: str,
    still: Still,
    *,
    decide: bool,
    show: Callable[[VerifyProgress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Return the report: what was looked at, and `differences`, each with kind, id, field, expected and found.

    `still` keeps the tables as they are for as long as it is entered. `decide`: also make every decision again. Raises
    BadInput for a generation without commits, Stopped, StoreError.
    """
    began, differences = time.monotonic(), Differences()
    last, target = ChdbCommitLog(store, generation).last(), projected(store, generation)
    if not last:
        raise BadInput(f"--generation {generation}: has no commits")
    taken = frozenset(key.removeprefix("article:") for key in Takedowns(store).all() if key.startswith("article:"))
    policies = Policies(PolicyRows(store).half_lives())
    folding = Folding(generation, policies, differences, decide=decide, taken=taken)
    rows = RowCheck(store, generation, folding, differences, taken)

    def said(step: str, done: int, total: int) -> None:
        if stop():
            raise Stopped
        show(VerifyProgress(step, done, total))

    whole = _fold(store, folding, generation, target, said)
    for n in twofold(store, generation, last):
        differences.add("commit", str(n), "n", "one commit", "several with other content")
    folded = folding.state.n
    for page in _pages(store, generation, 0, folded):
        rows.page(page)
        said("rows", page[-1].n, folded)
    with still():
        if whole:
            whole = _fold(store, folding, generation, projected(store, generation), said)
        touched = _touched(folding, folded)
        for start in range(0, len(touched), _PAGE):
            rows.page(committed(store, generation, touched[start : start + _PAGE]))
        rows.strangers()
        folding.finish()
        said("heads", folding.state.n, folding.state.n)
        check_heads(store, generation, folding.state, differences)
        said("sums", folding.state.n, folding.state.n)
        SumCheck(store, generation, folding, differences).run()
    if not whole:
        differences.add("commit", str(folding.state.n + 1), "rest", "commits to the last one", "cannot be folded")
    return {
        "generation": generation,
        **asdict(folding.counts),
        "signals": len(folding.state.signals),
        "stories": len(folding.state.stories),
        "articles": len(folding.state.marks),
        "evidence": len(folding.evidence_at),
        "not_in_tables": max(0, last - target),
        "decide": decide,
        "tolerance": TOLERANCE,
        "seconds": round(time.monotonic() - began, 3),
        "count": differences.count,
        "differences": [asdict(each) for each in differences.all()],
    }


def _fold(store: Store, folding: Folding, generation: str, upto: int, said: Callable[[str, int, int], None]) -> bool:
    """Fold up to commit `upto`; say whether that was possible."""
    try:
        for row in logged(store, generation, folding.state.n, upto, _PAGE):
            folding.take(row)
            if row.n % _PAGE == 0 or row.n == upto:
                said("commits", row.n, upto)
    except Broken:
        return False
    if folding.state.n < upto:
        folding.missing(upto)
        return False
    return True


def _pages(store: Store, generation: str, after: int, upto: int) -> Iterator[list[Commit]]:
    for start in range(after, upto, _PAGE):
        yield committed(store, generation, list(range(start + 1, min(start + _PAGE, upto) + 1)))


def _touched(folding: Folding, after: int) -> list[int]:
    """Return the commits after `after`, and those whose rows they changed."""
    found = set(range(after + 1, folding.state.n + 1))
    found |= {folding.evidence_at[key] for key, (_, n) in folding.changes.items() if n > after}
    return sorted(found)
