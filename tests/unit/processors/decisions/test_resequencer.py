"""The resequencer: articles in the order of their ordinals, whatever order their proposals come in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.resequencer import Resequencer


@given(st.integers(1, 30), st.integers(1, 5), st.data())
def test_any_order_with_duplicates_comes_out_in_order(count: int, first: int, data: st.DataObject) -> None:
    ordinals = list(range(first, first + count))
    twice = data.draw(st.lists(st.sampled_from(ordinals), max_size=20))
    arriving = data.draw(st.permutations(ordinals + twice))
    resequencer: Resequencer[int] = Resequencer(first)
    released: list[int] = []
    passed: set[int] = set()
    for ordinal in arriving:
        out, _ = resequencer.push(ordinal, ordinal)
        late = [o for o in out if o in passed]
        assert late in ([], [ordinal]), "only the pushed item itself may be late"
        released += [o for o in out if o not in passed]
        passed.update(out)
    assert released == ordinals
    assert len(resequencer) == 0


@given(st.permutations(range(1, 9)), st.integers(1, 8))
def test_nothing_overtakes_a_gap(order: list[int], missing: int) -> None:
    resequencer: Resequencer[int] = Resequencer()
    released = [o for ordinal in order if ordinal != missing for o in resequencer.push(ordinal, ordinal)[0]]
    assert released == list(range(1, missing))
    assert len(resequencer) == 8 - missing
    assert resequencer.waits_for == missing


def test_live_articles_do_not_wait() -> None:
    resequencer: Resequencer[str] = Resequencer()
    assert resequencer.push(2, "held") == ([], None)
    assert resequencer.push(0, "live") == (["live"], None)


def test_the_second_copy_of_a_held_item_displaces_the_first() -> None:
    resequencer: Resequencer[str] = Resequencer()
    resequencer.push(2, "first")
    assert resequencer.push(2, "second") == ([], "first")
    assert resequencer.push(1, "one") == (["one", "second"], None)
