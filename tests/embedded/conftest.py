"""One demo for all tests that only read what it left behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.embedded.commands import bellwether


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that has ended: its folder, which nobody holds, and what it printed. Nobody may change the folder."""

    folder: Path
    shown: str


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo as a stranger runs it, without a terminal."""
    folder = tmp_path_factory.mktemp("stranger") / "demo"
    return Demo(folder, bellwether("demo", "--data", str(folder), "--port", "0").stdout)
