"""A signal's head: titles within bounds, the right to be published, and evidence that leaves no trace when it goes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.policy import Policy
from processors.decisions.rows import mark_of
from processors.decisions.signals import counted_in, cut, opened, published, recount, without
from processors.decisions.substance import Substance
from schemas.evidence import EvidenceRow
from schemas.mass import Mass
from tests.builders import T0, evidence_row, signal

POLICY = Policy()


def row(number: int, **given: object) -> EvidenceRow:
    return evidence_row(number, story_id="s1", **given)


@given(st.text(max_size=400), st.integers(2, 120))
def test_a_title_is_never_longer_than_it_may_be(text: str, most: int) -> None:
    assert len(cut(text, most)) <= most


def test_a_long_title_ends_at_a_word() -> None:
    assert cut("export rules now cover gallium, germanium", 32) == "export rules now cover gallium…"
    assert cut("short   enough\n", 32) == "short enough"
    assert cut("x" * 50, 10) == "x" * 9 + "…"


def test_two_families_or_one_salient_evidence_publish_a_candidate() -> None:
    def candidate(*families: str, salience: int = 0) -> bool:
        substance = Substance(Mass("s1", family, "supports", 1, 5) for family in families)
        return published(signal(1, state="candidate", top_salience=salience), substance, POLICY)

    assert not candidate("a")
    assert candidate("a", "b")
    assert candidate("a", salience=POLICY.publish_salience)
    against = Substance([Mass("s1", "a", "supports", 1, 5), Mass("s1", "b", "contradicts", 1, 5)])
    assert not published(signal(1, top_salience=0), against, POLICY), "who contradicts does not corroborate"


class Kept:
    """A signal's head beside its substance, opened by row 1."""

    def __init__(self) -> None:
        self.head, self.substance = opened(row(1), T0, POLICY), Substance()
        self.take(row(1))

    def take(self, one: EvidenceRow) -> None:
        self.substance.count(mark_of(one))
        self.head = counted_in(self.head, one, new_article=True, substance=self.substance)

    def drop(self, one: EvidenceRow) -> None:
        self.substance.count(mark_of(one), -1)
        self.head = without(self.head, mark_of(one), last_of_article=True, substance=self.substance)


ROWS = st.builds(
    row,
    st.integers(2, 9),
    family=st.sampled_from("abc"),
    stance=st.sampled_from(["supports", "contradicts", "context"]),
    kind=st.sampled_from(["structural", "event", "cyclical"]),
    lens=st.sampled_from(["policy", "science"]),
    sectors=st.lists(st.sampled_from(["metals", "AI", "space"]), max_size=2, unique=True).map(tuple),
    actors=st.lists(st.sampled_from(["Müller", "MOFCOM"]), max_size=2, unique=True).map(tuple),
    is_copy=st.booleans(),
    salience=st.integers(1, 900_000),
)


@given(st.lists(ROWS, max_size=5), ROWS)
def test_evidence_that_is_taken_out_leaves_no_trace(rows: list[EvidenceRow], extra: EvidenceRow) -> None:
    kept = Kept()
    for one in rows:
        kept.take(weighed(one))
    head, mass, actors = kept.head, list(kept.substance.mass()), kept.substance.actors
    extra = weighed(replace(extra, evidence_id="extra", salience=1))  # never the top evidence
    kept.take(extra)
    kept.drop(extra)
    same = replace(kept.head, last_reinforced=head.last_reinforced)  # that it was once reinforced stays true
    assert same == head
    assert (list(kept.substance.mass()), kept.substance.actors) == (mass, actors)


def weighed(one: EvidenceRow) -> EvidenceRow:
    return replace(one, micro=0 if one.is_copy or one.stance == "context" else one.salience)


def test_a_tag_without_evidence_disappears() -> None:
    kept = Kept()
    odd = row(2, sectors=("tourism",), geographies=("AQ",), actors=("Penguins Ltd",), kind="event", lens="science")
    kept.take(odd)
    assert "tourism" in kept.head.sectors
    assert "Penguins Ltd" in kept.head.actors
    kept.drop(odd)
    head = kept.head
    assert not {"tourism", "AQ", "Penguins Ltd", "event", "science"} & (
        head.sectors.keys() | head.geographies.keys() | head.actors.keys() | head.kinds.keys() | head.lenses.keys()
    )
    assert (head.kind, head.lens) == ("structural", "policy")


def test_the_top_evidence_is_never_one_that_was_withdrawn() -> None:
    kept = Kept()
    assert kept.head.top_evidence_id == row(1).evidence_id
    kept.drop(row(1))
    assert kept.head.top_evidence_id == ""


def test_the_same_words_in_a_revision_take_the_place_of_the_former() -> None:
    kept = Kept()
    head = kept.head
    again = replace(row(1), evidence_id="again", sectors=("AI",))
    changed = recount(head, mark_of(row(1)), mark_of(again), kept.substance)
    assert changed.top_evidence_id == "again"
    assert changed.sectors == {"AI": 1}
    assert (changed.evidence, changed.articles) == (head.evidence, head.articles)


def test_forty_actors_are_shown_and_the_rest_is_not_forgotten() -> None:
    kept = Kept()
    for number in range(2, 60):
        kept.take(row(number, actors=(f"Actor {number:02}",)))
    assert len(kept.head.actors) == 40
    for _ in range(2):
        kept.take(row(90, actors=("Actor 59",)))
    assert kept.head.actors["Actor 59"] == 3, "counted while it was not shown, too"


@pytest.mark.parametrize("copy", [True, False])
def test_copies_and_context_reinforce_nothing(copy: bool) -> None:
    kept = Kept()
    head, mass = kept.head, list(kept.substance.mass())
    quiet = row(2, is_copy=copy, stance="supports" if copy else "context", micro=0, family="other", salience=999_999)
    kept.take(quiet)
    after = kept.head
    assert (after.families, after.top_salience) == (head.families, head.top_salience)
    assert list(kept.substance.mass()) == mass
    assert after.last_reinforced == head.last_reinforced
    assert after.articles == head.articles + 1
    assert after.times_extracted == head.times_extracted + (not copy)
