"""Which Chromium the browser tests drive, and how it is started."""

from __future__ import annotations

import os
import shutil
from typing import Final

from playwright.sync_api import Browser, Playwright

PATH_VARIABLE: Final = "CHROMIUM"  # without the prefix of our settings: every variable with it must be a setting
DEMAND_VARIABLE: Final = "BROWSER_TESTS"  # "required" makes a missing browser a failure
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REMEDY: Final = (
    "no Chromium, so no browser tests: install one (Debian: apt-get install chromium) or name it in CHROMIUM=/path"
)
# The last one lets no name be resolved, so that even what a page guard would miss stays on the machine.
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


def find_chromium() -> str | None:
    """Return the browser that `CHROMIUM` names, else the first on the PATH, else None."""
    if named := os.environ.get(PATH_VARIABLE, "").strip():
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def is_required() -> bool:
    """Say whether a missing browser is a failure, as it is in CI."""
    return os.environ.get(DEMAND_VARIABLE, "").strip() == "required"


def launch(playwright: Playwright, executable: str) -> Browser:
    """Start the browser without a window."""
    return playwright.chromium.launch(executable_path=executable, args=list(FLAGS), headless=True)
