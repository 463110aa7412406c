"""`python -m infra.grafana.provision` writes the provisioning files of dashboards and alert rules from the code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.grafana import alert_rules
from infra.grafana.dashboards import DASHBOARDS

FOLDER: Final = Path(__file__).parent / "provisioning"
TITLE: Final = "Bellwether"  # of Grafana's folder, as dashboards/bellwether.yaml names it


def files() -> Mapping[Path, dict[str, Any]]:
    """Return what each file holds."""
    found = {
        FOLDER / "dashboards" / "bellwether" / f"{board.uid.removeprefix('bellwether-')}.json": board.as_json()
        for board in DASHBOARDS
    }
    return found | {FOLDER / "alerting" / "bellwether.json": alert_rules.as_file(TITLE)}


def text_of(value: dict[str, Any]) -> str:
    """Return the text of a file, the same for the same value."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, value in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(value), "utf-8")
