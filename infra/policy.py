"""The policy in force: the defaults with the user's overrides, and its numbers where SQL reads them."""

from __future__ import annotations

from dataclasses import replace

from infra.settings import PolicyOverrides
from processors.decisions.policy import Policy
from processors.decisions.strength import ONE_FAMILY
from sinks.clickhouse.connect import Store
from sinks.clickhouse.policy_rows import PolicyRows


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


def record_policy(store: Store, policy: Policy) -> None:
    """Let the store's views of strength use this policy from now on. The store must be migrated."""
    PolicyRows(store).put(policy.version, policy.half_life, ONE_FAMILY)
