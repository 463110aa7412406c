"""Which analyst gave a signal its title. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from sinks.site.ports import Row


def renamers(events: Iterable[Row]) -> list[str]:
    """Return who gave the titles that stand, the last one last: empty when no analyst's does.

    `events` are in order. An undone renaming is known by its title, which is that of before.
    """
    standing: list[tuple[str, str]] = []  # who gave a title, and the title before
    title = ""
    for event in events:
        if event["kind"] == "renamed":
            standing.append((event["by"], title))
        elif event["kind"] == "undone" and standing and event["title"] != title and event["title"] == standing[-1][1]:
            standing.pop()
        title = event["title"]
    return [by for by, _ in standing]
