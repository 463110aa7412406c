"""What the page table names in braces, looked up in the demo."""

from __future__ import annotations

from tests.browser.demo_site import DemoSite


def known_of(demo: DemoSite) -> dict[str, str]:
    """Return the demo's strongest signal, and its newest briefs with and without something to say."""
    signals = demo.ask("/signals.json")["signals"]
    briefs = demo.ask("/briefs.json")["briefs"]
    strongest = max(signals, key=lambda row: row["strength"])
    return {
        "signal": strongest["signal_id"],
        "title": strongest["title"],
        "told": next(row["date"] for row in briefs if row["worth_saying"]),
        "quiet": next(row["date"] for row in briefs if not row["worth_saying"]),
    }
