"""Commands find what they meant by the evidence."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from infra.generations.addresses import Spot, named, readdressed, same_evidence, same_signal
from schemas.proposal import Command, SplitPart


def spot(evidence: str, article: str = "a", start: int = 0, end: int = 10, signal: str = "sg-1") -> Spot:
    return Spot(evidence, article, start, end, signal)


def command(**given: object) -> Command:
    fields: dict[str, object] = {"command_id": "c1", "action": "merge", "by": "me", "reason": "", **given}
    return Command(**fields)  # type: ignore[arg-type]


def test_the_same_words_are_the_same_evidence_whatever_its_id() -> None:
    there = [spot("x", "a", 4, 9), spot("y", "a", 8, 30), spot("z", "b", 0, 10)]
    assert same_evidence(spot("one", "a", 0, 10), there) == there[0]
    assert same_evidence(spot("y", "a", 0, 1), there) == there[1]
    assert same_evidence(spot("one", "a", 40, 50), there) is None
    assert same_evidence(spot("one", "c"), there) is None


def test_a_signal_is_where_most_of_its_evidence_went() -> None:
    of = [spot(f"e{n}", f"a{n}") for n in range(3)]
    there = [spot("f0", "a0", signal="sg-x"), spot("f1", "a1", signal="sg-y"), spot("f2", "a2", signal="sg-y")]
    assert same_signal(of, there) == "sg-y"
    assert same_signal(of[:2], there) == "sg-x", "the first by id among equals"
    assert same_signal(of, []) == ""


def test_a_command_is_given_the_ids_of_the_shadow() -> None:
    meant = [spot("e1", "a", signal="sg-1"), spot("e2", "b", signal="sg-2")]
    there = [spot("f1", "a", 2, 12, "sg-8"), spot("f2", "b", 0, 9, "sg-9")]
    asked = command(signal_id="sg-1", into="sg-2", evidence_id="e2", parts=(SplitPart("t", ("e1", "gone")),))
    assert named(asked) == ({"sg-1", "sg-2"}, {"e2", "e1", "gone"})
    found = readdressed(asked, meant, there, kept=set())
    assert (found.signal_id, found.into, found.evidence_id) == ("sg-8", "sg-9", "f2")
    assert found.parts[0].evidence_ids == ("f1", "gone")
    kept = readdressed(asked, meant, there, kept={"sg-1"})
    assert (kept.signal_id, kept.into) == ("sg-1", "sg-9")


def test_what_is_not_there_keeps_its_id_so_that_the_ledger_refuses_it() -> None:
    asked = command(signal_id="sg-1", into="sg-2")
    assert readdressed(asked, [spot("e1")], [], kept=set()) == asked


spots = st.builds(
    spot, st.sampled_from("uvwxyz"), st.sampled_from("ab"), st.integers(0, 20), st.integers(21, 40),
    st.sampled_from(["sg-1", "sg-2"]),
)  # fmt: skip
several = st.lists(spots, unique_by=lambda one: one.evidence_id)


@given(several, several, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_decides(of: list[Spot], there: list[Spot], chance: Random) -> None:
    found = same_signal(of, there)
    chance.shuffle(of)
    chance.shuffle(there)
    assert same_signal(of, there) == found
