"""The policy in force: the defaults with the user's overrides."""

from __future__ import annotations

from dataclasses import replace

from infra.settings import PolicyOverrides
from processors.decisions.policy import Policy


def policy_from(overrides: PolicyOverrides) -> Policy:
    """Return the policy. A changed one carries a version that says what was changed."""
    policy = Policy()
    half_life = dict(policy.half_life)
    given = overrides.model_dump(exclude_none=True)
    for kind in ("structural", "cyclical", "event"):
        days = given.pop(f"half_life_{kind}", None)
        if days is not None:
            half_life[kind] = days
    if not given and half_life == policy.half_life:
        return policy
    said = ",".join(f"{k}={v}" for k, v in sorted(overrides.model_dump(exclude_none=True).items()))
    return replace(policy, **given, half_life=half_life, version=f"{policy.version}+{said}")
