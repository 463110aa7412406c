"""A command and what became of it, in words. Pure; for pages and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Row = Mapping[str, Any]
_PLAIN: Final[Mapping[str, str]] = {
    "dismiss": "dismissed",
    "restore": "restored",
    "pin": "pinned",
    "unpin": "pinned no more",
}
_ASKED: Final[Mapping[str, str]] = {"reject-evidence": "to reject evidence", "merge-stories": "to join stories"}


def what(row: Row) -> str:
    """Return what was done, without the signal's title: "renamed from “A” to “B”"."""
    others, action = row.get("other_ids", ()), row["action"]
    if row["refused"]:
        return f"asked {_ASKED.get(action, f'to {action}')}"
    if row.get("pending"):
        return f"asked {_ASKED.get(action, f'to {action}')}"
    if action == "rename":
        new = f" to “{row['new_title']}”" if row["new_title"] else ""
        return f"renamed from “{row['former_title']}”{new}"
    if action == "merge":
        return f"merged into {others[0]}" if others else "merged"
    if action in ("split", "split-off"):
        return f"divided into {', '.join(others)}"
    if action == "reject-evidence":
        return f"evidence {row['evidence_id']} rejected"
    if action == "undo":
        return f"{others[0]} undone" if others else "undone"
    return _PLAIN.get(action, action)


def fate(row: Row) -> str:
    """Return what became of it: applied, refused with the reason, undone, or not committed yet."""
    if row.get("pending"):
        return "not committed yet"
    if row["refused"]:
        return f"refused: {row['refused']}"
    if row["undone"]:
        return f"applied, and undone by {row['undone_by']}" if row.get("undone_by") else "applied, and undone"
    return "applied"


def can_be_undone(row: Row) -> bool:
    """Say whether it makes sense to ask for it; the ledger decides."""
    return not (row["refused"] or row["undone"] or row.get("pending")) and row["action"] != "undo"
