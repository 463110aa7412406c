"""What the page table names in braces, looked up in the demo."""

from __future__ import annotations

from tests.browser.demo_site import DemoSite
from tests.saved_pages import stated


def known_of(demo: DemoSite) -> dict[str, str]:
    """Return the demo's strongest signal with an article and its first day, the imported page, and two briefs."""
    signals = demo.ask("/signals.json")["signals"]
    briefs = demo.ask("/briefs.json")["briefs"]
    strongest = max(signals, key=lambda row: row["strength"])
    found = demo.ask(f"/signals/{strongest['signal_id']}.json")
    day = found["opened_at"][:10]
    then = demo.ask(f"/signals/{strongest['signal_id']}.json?as_of={day}")
    source = next(row for row in found["evidence"] if not row["is_copy"])
    return {
        "article": source["article_id"],
        "article_title": source["article_title"],
        "day": day,
        "imported": stated().import_id,
        "imported_title": stated().title,
        "title_then": then["title"],
        "signal": strongest["signal_id"],
        "title": strongest["title"],
        "told": next(row["date"] for row in briefs if row["worth_saying"]),
        "quiet": next(row["date"] for row in briefs if not row["worth_saying"]),
    }
