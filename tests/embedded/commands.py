"""Running the real command line in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BELLWETHER = str(Path(sys.executable).with_name("bellwether"))


def bellwether(
    *arguments: str, check: bool = True, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; with `check` fail when it does."""
    done = subprocess.run(
        [BELLWETHER, *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    if check:
        assert done.returncode == 0, (
            f"{arguments}: status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
    return done


def asked(*arguments: str) -> Any:
    """Return the JSON that a command prints."""
    return json.loads(bellwether(*arguments, "--json").stdout)


def exported(kind: str, data: Path) -> list[dict[str, Any]]:
    """Return the rows of an export."""
    return [json.loads(line) for line in bellwether("export", kind, "--data", str(data)).stdout.splitlines()]
