"""`python -m tests.browser.screenshots`: the pictures in docs/images, taken of the demo.

The demo ends on a fixed day, so that a picture changes only when a page does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from tests.browser.chromium import REMEDY, find_chromium, launch
from tests.browser.demo_site import DemoSite
from tests.browser.known import known_of

LAST_MORNING: Final = "2026-11-25"
IMAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "images"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: of which page (braces as in the page table), in which window, in pixels."""

    name: str
    path: str
    width: int = 1200
    height: int = 1400
    dark: bool = False


SHOTS: Final = (
    Shot("brief", "/briefs/{told}"),
    Shot("signals", "/signals"),
    Shot("signal", "/signals/{signal}", height=1700),
)


def take(site: DemoSite, executable: str, folder: Path) -> None:
    """Write every picture into the folder, and say how large each is."""
    known = known_of(site)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright, executable)
        for shot in SHOTS:
            context = browser.new_context(
                base_url=site.url,
                color_scheme="dark" if shot.dark else "light",
                device_scale_factor=1,
                reduced_motion="reduce",
                viewport={"width": shot.width, "height": shot.height},
            )
            page = context.new_page()
            page.goto(shot.path.format_map(known))
            target = folder / f"{shot.name}.png"
            page.screenshot(path=target, animations="disabled")
            print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")
            context.close()
        browser.close()


def main() -> int:
    """Run the demo and take the pictures."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    given.add_argument("--into", type=Path, default=IMAGES, help="default: docs/images")
    into: Path = given.parse_args().into
    executable = find_chromium()
    if executable is None:
        print(REMEDY.replace("browser tests", "pictures"), file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, DemoSite(Path(folder), "--end", LAST_MORNING) as site:
        take(site, executable, into)
    return 0


if __name__ == "__main__":
    sys.exit(main())
