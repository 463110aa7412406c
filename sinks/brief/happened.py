"""What happened to a signal since the last brief, in plain sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any


def happened(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return sentences about the events in `row["window"]` of one signal of `Reader.brief_inputs`."""
    kinds = Counter(event["kind"] for event in row["window"])
    told: list[str] = []
    if kinds["published"]:
        told.append(f"New: {_carried(row)}.")
    elif kinds["reinforced"]:
        told.append(f"Reinforced {_times(kinds['reinforced'])}; {_carried(row)}.")
    if kinds["contradicted"]:
        told.append(f"Contradicted {_times(kinds['contradicted'])}.")
    told.extend(sentence for kind, sentence in _TURNS.items() if kinds[kind])
    if kinds["evidence-rejected"]:
        told.append(f"Evidence was withdrawn {_times(kinds['evidence-rejected'])}.")
    if row["basis"] == "story":
        told.append("It rests on one story so far.")
    return tuple(told)


_TURNS: Mapping[str, str] = {
    "revived": "It came back after a silence.",
    "faded": "It faded: nothing new has carried it.",
    "dormant": "It fell silent.",
    "merged": "It took over another signal.",
    "split": "It was split.",
    "revised": "Its title or analysis was rewritten.",
}


def _carried(row: Mapping[str, Any]) -> str:
    families, stories = row["family_count"], row["story_count"]
    voices = "one publisher so far" if families == 1 else f"{families} independent publishers"
    return f"carried by {voices}" + (f" over {stories} stories" if stories > 1 else "")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
