"""A follower of a running folder: through kills of the process that runs it, with its broker, and of the follower."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from infra.settings import load
from infra.subscribing import followed
from schemas.events import SignalEvent
from tests.embedded.commands import BELLWETHER, asked, bellwether, exported, wait_for
from tests.embedded.test_commands import data, running  # noqa: F401  (a fixture)


def public(folder: Path) -> list[dict[str, Any]]:
    """Return what the public topic has had: no event of a candidate."""
    return [row for row in exported("signal-events", folder) if row["state"] != "candidate"]


@pytest.mark.usefixtures("data")
def test_a_follower_goes_on_through_restarts_of_both_sides(data: Path) -> None:  # noqa: F811
    loaded = load({"data": str(data)}, environment={})
    first, second = asked("signals", "--data", str(data))

    def rename(signal_id: str, title: str) -> None:
        bellwether("rename", signal_id, title, "--data", str(data))

    with running(data):
        begun: list[SignalEvent] = list(islice(followed(loaded, "desk", since="beginning"), 3))
        # Killed with the third one in its hands. Meanwhile the runner is killed, too.
    rename(first["signal_id"], "Renamed while nobody runs the folder")

    found: list[SignalEvent] = []
    enough = threading.Event()

    def follow() -> None:
        for event in followed(loaded, "desk"):
            found.append(event)
            if event.title == "The end":
                enough.set()
                return

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()  # before anybody runs it
    with running(data):
        rename(second["signal_id"], "Renamed while it is followed")
        wait_for("the renaming", lambda: any(one.title == "Renamed while it is followed" for one in found))
    with running(data):  # another process, another broker
        rename(first["signal_id"], "The end")
        assert enough.wait(60)
        tailed = subprocess.run(
            [BELLWETHER, "tail", "--data", str(data), "--json", "--since", "beginning", "--no-follow", "--group", "t"],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    follower.join(10)

    expected = {row["event_id"] for row in public(data)}
    assert found[0] == begun[2], "the one that was not handled comes again"
    got = Counter(one.event_id for one in begun[:2] + found)
    assert set(got) == expected
    assert set(got.values()) == {1}
    assert [json.loads(line)["event_id"] for line in tailed.stdout.splitlines()] == list(got)
    seqs: dict[str, list[int]] = {}
    for one in begun[:2] + found:
        seqs.setdefault(one.signal_id, []).append(one.seq)
    assert all(numbers == list(range(numbers[0], numbers[0] + len(numbers))) for numbers in seqs.values())
    # Nobody holds the folder now: `tail` of the same name opens it, and has nothing new to say.
    assert bellwether("tail", "--data", str(data), "--json", "--group", "t").stdout == ""
