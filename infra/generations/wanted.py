"""What `bellwether replay` was asked for, checked: which history, from which stage, under which settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, get_args

from infra.setting_values import SECRET
from schemas.errors import BadInput
from schemas.topics import LIVE
from sinks.clickhouse.generations import ReplayStage

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_SECTIONS: Final = ("analyst", "llm", "policy")
_SAME: Final = {"analyst.model": "llm.model", "policy.half_life": "policy.half_life_structural"}
_HALF_LIFE: Final = "policy.half_life."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Articles published from `start` to before `end` (UTC), once more, from `stage` on, into generation `name`.

    `settings`: dotted names to texts. `rate`: articles a second at most, `spend`: money of this run at most, both 0
    for no limit. `workers`: processes that extract; 0 for as many as `stream.workers` says.
    """

    start: datetime
    end: datetime
    name: str
    stage: ReplayStage = "articles"
    settings: Mapping[str, str] = field(default_factory=dict)
    rate: float = 0.0
    spend: float = 0.0
    workers: int = 0


def wanted(
    first: str, last: str, name: str = "", stage: str = "articles", given: Sequence[str] = (), **limits: Any
) -> Wanted:
    """Return what the UTC days `first` to `last` (YYYY-MM-DD, both included) and the options ask for.

    `given`: NAME=VALUE each. Raises BadInput, which names the option.
    """
    if stage not in get_args(ReplayStage):
        raise BadInput(f"--stage {stage}: choose one of {', '.join(get_args(ReplayStage))}")
    days = []
    for option, text in (("--from", first), ("--to", last)):
        try:
            days.append(date.fromisoformat(text))
        except ValueError as error:
            raise BadInput(f"{option} {text!r}: write a day as YYYY-MM-DD") from error
    if days[1] < days[0]:
        raise BadInput(f"--to {last}: lies before --from {first}")
    name = name or f"replay-{first}-{last}"
    if name == LIVE or not _NAME.fullmatch(name):
        raise BadInput(f"--name {name!r}: use up to 31 lower-case letters, digits and hyphens, and not {LIVE!r}")
    start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days)
    return Wanted(start, end + timedelta(days=1), name, stage, dict(map(setting, given)), **limits)  # type: ignore[arg-type]


def setting(text: str) -> tuple[str, str]:
    """Return the name and the value of NAME=VALUE. Half-lives may be written `policy.half_life.structural=120d`."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name or not value:
        raise BadInput(f"--set {text!r}: write NAME=VALUE, for example policy.half_life.structural=120d")
    if name.startswith(_HALF_LIFE):
        name = "policy.half_life_" + name.removeprefix(_HALF_LIFE)
    name = _SAME.get(name, name)
    if name.startswith("policy.half_life_"):
        value = re.sub(r"\s*d(ays)?$", "", value)
    if name.partition(".")[0] not in _SECTIONS:
        raise BadInput(f"--set {name}: a replay may change the sections {', '.join(_SECTIONS)} and no others")
    if name.startswith(SECRET):
        raise BadInput(f"--set {name}: is a secret, and what is set is recorded; give it in the environment")
    return name, value
