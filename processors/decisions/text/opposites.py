"""Words of opposite meaning, so that "rose" for "fell" is not taken for a slip of the pen. English only."""

from __future__ import annotations

from collections.abc import Iterable

_PAIRS = """
rise rises rose risen rising climb climbed jump jumped surge / fall falls fell fallen falling decline declined drop
increase increases increased increasing grow grew grown / decrease decreased reduce reduced reduces cut cuts
raise raised raises raising / lower lowered lowers lowering cut cuts
gain gains gained / lose loses lost losing loss losses
up / down
more most / less least fewer
higher high highest / lower low lowest
above over / below under
before / after
approve approves approved approving approval accept accepted / reject rejects rejected rejecting rejection
accept accepts accepted agree agreed / refuse refuses refused
win wins won / lose loses lost
buy buys bought buying / sell sells sold selling
open opens opened / close closes closed shut
import imports imported / export exports exported
start starts started begin began / stop stops stopped end ended
support supports supported / oppose opposes opposed
allow allows allowed permit permitted / ban bans banned forbid forbids block blocked prohibit
strong stronger strengthen strengthened / weak weaker weaken weakened
faster fast / slower slow
best better / worst worse
always / sometimes
all every / some
include includes including included / exclude excludes excluding excluded
ease eased easing loosen loosened / tighten tightened tightening
expand expanded expands expanding / shrink shrank shrunk shrinking contract contracted
join joined / leave left quit
profit profits / loss losses
success succeeded succeed / failure failed fail
must will / may might could
"""
_SIDES: dict[str, set[tuple[int, int]]] = {}
for _row, _line in enumerate(_PAIRS.strip().splitlines()):
    for _side, _listed in enumerate(_line.split("/")):
        for _word in _listed.split():
            _SIDES.setdefault(_word, set()).add((_row, _side))
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "anti", "de")


def opposed(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether a word of `some` means the opposite of one of `others` (all case folded)."""
    right = list(others)
    sides = {side for word in right for side in _SIDES.get(word, ())}
    for word in some:
        if any((row, 1 - side) in sides for row, side in _SIDES.get(word, ())):
            return True
        if any(_prefixed(word, other) or _prefixed(other, word) for other in right):
            return True
    return False


def _prefixed(longer: str, shorter: str) -> bool:
    return len(shorter) > 3 and any(longer == prefix + shorter for prefix in _PREFIXES)
