"""What compares generations, on a real store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.generations.comparing import signal_mapping_of
from sinks.clickhouse.connect import Store
from sinks.clickhouse.curves import Apart, apart, steps
from sinks.clickhouse.differences import (
    differing_tables,
    elsewhere,
    heads,
    other_outcomes,
    outcomes,
    questions,
    quotes,
)
from sinks.clickhouse.project import Projector
from sinks.clickhouse.shared_evidence import Shared, counterparts, shared, weights
from tests.builders import commit, event, evidence_row, minutes, outcome, signal


def write(store: Store, generation: str, n: int = 1, **parts: Any) -> None:
    whole = commit(n, **parts)
    events = tuple(
        replace(one, generation=generation, event_id=f"{generation}:{one.signal_id}:{one.seq}") for one in whole.events
    )
    Projector(store, generation).apply([replace(whole, generation=generation, events=events)])


def row(number: int, start: int, end: int, **given: Any) -> Any:
    """Evidence of article 1 between these characters."""
    made: dict[str, Any] = {
        "article_id": "a", "quote_start": start, "quote_end": end, "quote": f"{number} from {start} to {end}",
        "signal_id": "g1",
    }  # fmt: skip
    return evidence_row(number, **(made | given))


def test_the_same_evidence_is_that_which_shares_most_words(store: Store) -> None:
    a = (row(1, 0, 50), row(2, 60, 80, article_id="b"), row(3, 0, 10, article_id="c", signal_id="g2"))
    b = (
        row(11, 40, 90, signal_id="far"), row(12, 0, 45, signal_id="near"),
        row(13, 60, 80, article_id="b", revision=1, signal_id="other"),
        row(14, 5, 15, article_id="c", signal_id="turned", stance="contradicts"),
    )  # fmt: skip
    write(store, "one", evidence=a)
    write(store, "two", evidence=b)
    pairs = {(one.here, one.there): one for one in shared(store, "one", "two")}
    assert pairs == {
        ("g1", "near"): Shared("g1", "near", a[0].micro, 1, 0),
        ("g2", "turned"): Shared("g2", "turned", a[2].micro, 1, 1),
    }, "offsets of another revision say nothing"
    back = {(one.here, one.there) for one in shared(store, "two", "one")}
    assert back == {("near", "g1"), ("far", "g1"), ("turned", "g2")}
    found = counterparts(store, "one", "two", ["g2"])
    assert found == {
        a[2].evidence_id: {"signal_id": "turned", "evidence_id": b[3].evidence_id, "stance": "contradicts"}
    }


def test_the_same_id_or_words_are_the_same_evidence_and_merges_count(store: Store) -> None:
    a = (row(1, 0, 50), row(2, 0, 50, article_id="b", quote="word for word"))
    b = (
        row(1, 0, 50, signal_id="gone"), row(9, 0, 50, signal_id="rival"),
        row(3, 7, 20, article_id="b", revision=4, quote="word for word", signal_id="gone"),
    )  # fmt: skip
    write(store, "one", evidence=a)
    merged = signal(9, 1, signal_id="gone", state="merged", merged_into="kept")
    write(store, "two", evidence=b, signals=(merged, signal(8, 1, signal_id="kept")))
    assert [(one.here, one.there, one.evidence) for one in shared(store, "one", "two")] == [("g1", "kept", 2)]
    assert weights(store, "two")["kept"][1] == 2
    assert heads(store, "two").keys() == {"kept"}


def test_what_weighs_nothing_still_says_which_signal_is_which(store: Store) -> None:
    for name in ("one", "two"):
        write(store, name, evidence=(row(1, 0, 50, micro=0), row(2, 0, 9, status="rejected", article_id="b")))
    assert weights(store, "one") == {"g1": (1, 1)}
    assert [one.weight for one in shared(store, "one", "two")] == [1]


def test_where_every_signal_is(store: Store) -> None:
    a = (row(1, 0, 50, signal_id="g1"), row(2, 0, 50, article_id="b", signal_id="g2"))
    b = (row(11, 5, 50, signal_id="g8"), row(12, 0, 40, article_id="c", signal_id="g9"))
    write(store, "one", evidence=a, signals=(signal(1, 1), signal(2, 1), signal(3, 1)))
    write(store, "two", evidence=b, signals=(signal(8, 1), signal(9, 1), signal(3, 1)))
    found = signal_mapping_of(store, "one", "two")
    assert found.onto == {"g1": ("g8",), "g3": ("g3",)}
    assert (found.missing, found.opened) == (("g2",), ("g9",))
    assert signal_mapping_of(store, "two", "one") == found.exchanged()


def test_how_far_apart_two_strengths_were(store: Store) -> None:
    def at(number: int, seq: int, minute: int, strength: float) -> Any:
        return event(number, seq, at=minutes(minute), strength_after=strength)

    write(store, "one", events=(at(1, 1, 0, 2.0), at(1, 2, 10, 3.0), at(1, 3, 10, 4.0)))
    write(store, "two", events=(at(5, 1, 5, 1.5), at(5, 2, 10, 4.5), at(5, 3, 20, 1.0), at(5, 4, 20, 4.0)))
    found = apart(store, "one", "two", [("g1", "g5")])
    assert found == {("g1", "g5"): Apart(2.0, minutes(0))}, "what is undone in the same moment never was"
    assert apart(store, "two", "one", [("g5", "g1")]) == {("g5", "g1"): Apart(2.0, minutes(0))}
    assert steps(store, "one", ["g1"]) == {"g1": [(minutes(0), 2.0), (minutes(10), 3.0), (minutes(10), 4.0)]}


@pytest.mark.parametrize("most", [1, 7, 20, 100])
def test_of_many_steps_some_stay_and_the_last(store: Store, most: int) -> None:
    write(store, "one", events=tuple(event(1, seq, at=minutes(seq), strength_after=seq / 60) for seq in range(1, 61)))
    found = steps(store, "one", ["g1"], most=most)["g1"]
    assert found[-1] == (minutes(60), 1.0)
    assert len(found) <= max(most + 1, 2) if most < 60 else len(found) == 60
    assert found == sorted(found)


def test_outcomes_and_what_only_one_side_has(store: Store) -> None:
    write(store, "one", outcomes=(outcome(1), outcome(2), outcome(3)), evidence=(evidence_row(3), evidence_row(1)))
    write(store, "two", outcomes=(outcome(1), outcome(2, outcome="nothing", reason="dull"), outcome(4)))
    counted = {(one["a"], one["b"]): one["articles"] for one in outcomes(store, "one", "two")}
    assert counted == {
        ("accepted", "accepted"): 1,
        ("accepted", "nothing"): 1,
        ("accepted", ""): 1,
        ("", "accepted"): 1,
    }
    other = other_outcomes(store, "one", "two", limit=10)
    assert [(one["a"], one["b"], one["reason_b"]) for one in other] == [("accepted", "nothing", "dull")]
    assert other_outcomes(store, "one", "two", limit=10, offset=1) == []
    assert (elsewhere(store, "one", "two"), elsewhere(store, "two", "one")) == (1, 0)


def test_the_share_of_quotes_that_stand_in_their_articles(store: Store) -> None:
    def refused(number: int, reason: str) -> Any:
        return evidence_row(number, status="rejected", quote_start=0, quote_end=0, reason=reason)

    write(
        store, "one",
        evidence=(
            evidence_row(1), evidence_row(2, status="withdrawn"), refused(3, "the quote is not in the article"),
            refused(4, "the claim is empty"), refused(5, "imported with im-1 and not verified: gone"),
            evidence_row(6, status="rejected", reason="by an analyst"),
        ),
    )  # fmt: skip
    found = quotes(store, "one")
    assert (found["proposed"], found["found"], found["taken"], found["refused"]) == (5, 4, 3, 2)
    assert found["validity"] == 0.8
    assert [one["reason"] for one in found["reasons"]] == ["the claim is empty", "the quote is not in the article"]
    assert quotes(store, "nobody")["validity"] is None
    assert questions(store, "nobody") == {"asked": 0, "open": 0}


PARTS: dict[str, Any] = {
    "signals": signal(1, 1), "evidence": evidence_row(1), "outcomes": outcome(1), "events": event(1, 1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "part", "other"),
    [
        ("signals", "signals", signal(1, 1, published_at=None)),
        ("signals", "signals", signal(1, 1, title="Another")),
        ("evidence", "evidence", evidence_row(1, claim="Another")),
        ("evidence", "evidence", evidence_row(1, reason="Another")),
        ("outcomes", "outcomes", outcome(1, reason="Another")),
        ("signal_events", "events", event(1, 1, strength_after=2.3000000000000003)),
    ],
)
def test_every_field_counts_but_the_name(store: Store, table: str, part: str, other: Any) -> None:
    parts: dict[str, Any] = {name: (one,) for name, one in PARTS.items()}
    for name in ("one", "two"):
        write(store, name, **parts)
    write(store, "three", **(parts | {part: (other,)}))
    assert differing_tables(store, "one", "two") == []
    assert differing_tables(store, "one", "three") == [table]
    assert set(differing_tables(store, "one", "nobody")) >= {"signals", "evidence", "outcomes", "signal_events"}
