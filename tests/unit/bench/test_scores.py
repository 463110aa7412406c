"""Scores of a clustering: worked by hand on a handful of documents."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.scores import bcubed, right_decisions, score

names = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=12)


def test_bcubed_averages_precision_and_recall_over_documents() -> None:
    precision, recall, f1 = bcubed("aaabb", "xxyyy")
    # documents 1, 2: cluster x is all a, two of three a; 3: one of y's three; 4, 5: two of y's three, all b
    assert precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5)
    assert recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_one_cluster_has_all_recall_and_singletons_all_precision() -> None:
    assert bcubed("aabb", "xxxx")[:2] == (0.5, 1.0)
    assert bcubed("aabb", "wxyz")[:2] == (1.0, 0.5)


def test_nothing_scores_nothing() -> None:
    assert bcubed([], []) == (0.0, 0.0, 0.0)
    assert right_decisions([], []) == 0.0


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        bcubed("aa", "x")


def test_a_decision_is_right_as_seen_when_it_was_made() -> None:
    assert right_decisions("abab", "xyxy") == 1.0
    assert right_decisions("aba", "xxx") == 2 / 3  # the first b belonged in a cluster of its own
    assert right_decisions("aa", "xy") == 0.5  # the second a had a cluster to join
    assert right_decisions("abba", "xxxx") == 0.25  # a and b level: a wins, being earlier; then b is in the majority


@settings(deadline=None)  # the first call imports scikit-learn
@given(names)
def test_the_truth_scores_one_under_any_names(pairs: list[tuple[str, str]]) -> None:
    gold = [g for g, _ in pairs]
    made = score(gold, [f"cluster of {g}" for g in gold])
    assert made.f1 == made.right == 1.0
    assert made.ami == made.ari == pytest.approx(1.0)
    assert made.clusters == made.true == len(set(gold))


@given(names)
def test_swapping_the_sides_swaps_precision_and_recall(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    precision, recall, _ = bcubed(gold, predicted)
    assert bcubed(predicted, gold)[:2] == pytest.approx((recall, precision))
