"""The policy that a commit names, made again from its version: `2+half_life_event=14.0+judge=NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import ValidationError

from infra.policy import policy_from
from infra.settings import PolicyOverrides
from processors.decisions.policy import Policy

_JUDGE = "+judge="


def policy_named(version: str) -> Policy | None:
    """Return the policy of this version; None for one that this program cannot make, as an older one's."""
    own, _, judge = version.partition(_JUDGE)
    base, _, said = own.partition("+")
    if base != Policy().version:
        return None
    given = dict(each.partition("=")[::2] for each in said.split(",")) if said else {}
    try:
        found = policy_from(PolicyOverrides.model_validate(given)).judged_by(judge)
    except ValidationError:
        return None
    return found if found.version == version else None


class Policies:
    """Policies by version. `half_lives`: those that the store has recorded of each version, without its judge."""

    def __init__(self, half_lives: Mapping[str, Mapping[str, float]]) -> None:
        self._half_lives = half_lives
        self._known: dict[str, tuple[Policy, bool]] = {}

    def of(self, version: str) -> tuple[Policy, bool]:
        """Return the policy, and whether it is that very one; otherwise only its half-lives are right, if recorded."""
        if version not in self._known:
            exact = policy_named(version)
            recorded = self._half_lives.get(version.partition(_JUDGE)[0])
            like = replace(Policy(), version=version, half_life=dict(recorded or Policy().half_life))
            self._known[version] = (exact or like, exact is not None)
        return self._known[version]
