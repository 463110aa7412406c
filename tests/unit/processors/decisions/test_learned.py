"""What was learned: read from the package, bounded by what was seen, and able to say why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.learned import background
from processors.decisions.learned.logistic import from_json

FEATURES = {"near": [4.0, 0.5, 0.0, 1.0], "far": [-2.0, 1.0, 0.0, 3.0]}
MODEL = from_json({"intercept": -1.0, "features": FEATURES})


def test_an_average_item_has_the_odds_of_the_intercept() -> None:
    assert MODEL.probability([0.5, 1.0]) == pytest.approx(0.26894, abs=1e-5)


@given(st.floats(0, 1), st.floats(0, 3))
def test_more_of_what_speaks_for_never_lessens(near: float, far: float) -> None:
    assert MODEL.probability([1.0, far]) >= MODEL.probability([near, far]) >= MODEL.probability([near, 3.0])


def test_what_was_never_seen_in_training_counts_as_the_utmost_that_was() -> None:
    assert MODEL.probability([99.0, -99.0]) == MODEL.probability([1.0, 0.0])


def test_the_deciding_feature_is_the_one_that_moves_the_odds_most() -> None:
    assert MODEL.deciding([1.0, 0.5], speaks_for=True) == ("near", 1.0)
    assert MODEL.deciding([0.4, 3.0], speaks_for=False) == ("far", 3.0)


def test_a_bend_and_a_product_speak_as_the_feature_they_are_made_of() -> None:
    bent = from_json({"intercept": 0.0, "features": FEATURES | {"far up to 1": [9.0, 0.0, 0.0, 1.0]}})
    assert bent.deciding([1.0, 0.5, 0.5], speaks_for=True) == ("far", 0.5)


def test_a_file_says_weight_mean_low_and_high() -> None:
    near, far = MODEL.terms
    assert (near.name, near.weight, near.mean, near.low, near.high) == ("near", 4.0, 0.5, 0.0, 1.0)
    assert far.part(2.0) == -2.0


def test_a_feature_without_weight_says_nothing_and_decides_nothing() -> None:
    mute = from_json({"intercept": -1, "features": FEATURES | {"mute": [0, 0.5, 0, 1]}})
    assert mute.probability([1.0, 0.5, 1.0]) == MODEL.probability([1.0, 0.5])
    assert mute.deciding([0.4, 3.0, 1.0], speaks_for=False) == ("far", 3.0)


def test_the_shipped_background_knows_common_words_and_what_they_tell() -> None:
    ground = background()
    assert len(ground.counts) == len(ground.telling)
    assert ground.counts["kill"] > 30 * ground.counts["typhoon"]
    assert ground.telling["official"] < 0.5 < 1.5 < ground.telling["typhoon"]
