"""Signals are found again in another generation by what they rest on."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.mapping import Mapping, Match, Overlap, mapped

IDS = [f"sg-{number}" for number in range(6)]


def test_a_signal_is_found_again_under_another_id() -> None:
    found = mapped({"x": 10, "y": 4}, {"p": 12, "q": 4}, [Overlap("x", "p", 10, 9), Overlap("y", "q", 4, 4)])
    assert found.matches == (Match("x", "p", 19 / 25), Match("y", "q", 1.0))
    assert (found.opened, found.missing, found.divided, found.joined) == ((), (), {}, {})


def test_a_little_in_common_is_not_the_same() -> None:
    found = mapped({"x": 100}, {"p": 50}, [Overlap("x", "p", 10, 10)])
    assert (found.matches, found.opened, found.missing) == ((), ("p",), ("x",))


def test_a_small_signal_inside_a_large_one_is_the_same_when_nobody_is_nearer() -> None:
    found = mapped({"x": 10}, {"p": 500}, [Overlap("x", "p", 10, 10)])
    assert found.onto == {"x": ("p",)}


def test_one_that_went_to_several_is_divided_and_the_reverse_joined() -> None:
    overlaps = [Overlap("x", "p", 60, 60), Overlap("x", "q", 40, 40)]
    found = mapped({"x": 100}, {"p": 60, "q": 40, "r": 5}, overlaps)
    assert found.matches == (Match("x", "p", 60 / 100),)
    assert (found.divided, found.joined, found.opened) == ({"x": ("p", "q")}, {}, ("r",))
    back = mapped({"p": 60, "q": 40, "r": 5}, {"x": 100}, [Overlap(o.b, o.a, o.of_b, o.of_a) for o in overlaps])
    assert back == found.exchanged()
    assert (back.joined, back.missing) == ({"x": ("p", "q")}, ("r",))


def test_without_evidence_the_id_decides() -> None:
    found = mapped({"x": 0, "y": 0, "z": 3}, {"x": 0, "z": 0}, [])
    assert found.matches == (Match("x", "x", 1.0),)
    assert (found.missing, found.opened) == (("y", "z"), ("z",))


def test_of_equals_the_same_id_is_the_same() -> None:
    pairs = [Overlap(a, b, 5, 5) for a in ("y", "x") for b in ("x", "y")]
    found = mapped({"x": 5, "y": 5}, {"x": 5, "y": 5}, pairs)
    assert [(one.a, one.b) for one in found.matches] == [("x", "x"), ("y", "y")]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, int], list[Overlap]]:
    """Signals on both sides, and what they share: never more than they have."""
    here = draw(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.integers(1, 4)), max_size=14))
    only_a = draw(st.lists(st.tuples(st.sampled_from(IDS), st.integers(0, 4)), max_size=3))
    only_b = draw(st.lists(st.tuples(st.sampled_from(IDS), st.integers(0, 4)), max_size=3))
    a: dict[str, int] = {}
    b: dict[str, int] = {}
    shared: dict[tuple[str, str], int] = {}
    for x, y, weight in here:
        a[x] = a.get(x, 0) + weight
        b[y] = b.get(y, 0) + weight
        shared[x, y] = shared.get((x, y), 0) + weight
    for side, alone in ((a, only_a), (b, only_b)):
        for key, weight in alone:
            side[key] = side.get(key, 0) + weight
    return a, b, [Overlap(x, y, weight, weight) for (x, y), weight in shared.items()]


@given(worlds(), st.integers(0, 999))
def test_the_order_of_rows_never_decides(
    world: tuple[dict[str, int], dict[str, int], list[Overlap]], seed: int
) -> None:
    a, b, overlaps = world
    mixed = list(overlaps)
    Random(seed).shuffle(mixed)
    turned = (dict(reversed(a.items())), dict(reversed(b.items())))
    assert mapped(*turned, mixed) == mapped(a, b, overlaps)


@given(worlds())
def test_it_does_not_know_which_side_is_which(world: tuple[dict[str, int], dict[str, int], list[Overlap]]) -> None:
    a, b, overlaps = world
    back = mapped(b, a, [Overlap(each.b, each.a, each.of_b, each.of_a) for each in overlaps])
    assert back == mapped(a, b, overlaps).exchanged()


@given(st.dictionaries(st.sampled_from(IDS), st.integers(0, 9)))
def test_a_generation_maps_onto_itself(signals: dict[str, int]) -> None:
    overlaps = [Overlap(key, key, weight, weight) for key, weight in signals.items() if weight]
    found = mapped(signals, signals, overlaps)
    assert found.onto == {key: (key,) for key in signals}
    assert all(one.a == one.b and one.likeness == 1.0 for one in found.matches)


@given(worlds())
def test_every_signal_is_told_once(world: tuple[dict[str, int], dict[str, int], list[Overlap]]) -> None:
    a, b, overlaps = world
    found: Mapping = mapped(a, b, overlaps)
    assert len({one.a for one in found.matches}) == len({one.b for one in found.matches}) == len(found.matches)
    assert set(found.missing) | set(found.onto) == set(a)
    assert not set(found.missing) & set(found.onto)
    assert set(found.opened) | set(found.back) == set(b)
    for x, there in found.onto.items():
        assert all(x in found.back[y] for y in there)
        matched = [one.b for one in found.matches if one.a == x]
        assert not matched or there[0] == matched[0]
