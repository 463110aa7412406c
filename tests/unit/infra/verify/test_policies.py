"""The policy that a commit names, made again from its version."""

from __future__ import annotations

import pytest

from infra.policy import policy_from
from infra.settings import PolicyOverrides
from infra.verify.policies import Policies, policy_named
from processors.decisions.policy import Policy


@pytest.mark.parametrize(
    "overrides",
    [{}, {"half_life_event": 2}, {"join_at": 0.4, "publish_families": 3, "half_life_structural": 120.5}],
)
@pytest.mark.parametrize("judge", ["", "gpt-5-mini/judge_v1", "a+b=c,d"])
def test_every_policy_is_found_by_its_version(overrides: dict[str, float], judge: str) -> None:
    made = policy_from(PolicyOverrides.model_validate(overrides)).judged_by(judge)
    assert policy_named(made.version) == made


@pytest.mark.parametrize("version", ["1", "", "2+half_life_event=soon", "2+unknown=1", "2+half_life_event"])
def test_another_version_is_not_guessed(version: str) -> None:
    assert policy_named(version) is None


def test_of_a_policy_of_old_the_recorded_half_lives_are_known() -> None:
    policies = Policies({"1": {"event": 3.0, "cyclical": 4.0, "structural": 5.0}})
    found, exact = policies.of("1+judge=old")
    assert (found.half_life["event"], exact) == (3.0, False)
    assert policies.of(Policy().version) == (Policy(), True)
