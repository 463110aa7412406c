"""`python -m tests.embedded.panels FOLDER`: what Grafana's panels show of a folder, and what the site's reader does.

In a process of its own, as one process opens one embedded store. Prints JSON: `now`, `panels` (title → rows of the
dashboards Signals and Pipeline), `choices` (variable → rows), `of` (signal → title → rows of the dashboard Signal, and
`site`: what the reader says of it), `site` (name → value).
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from infra.embedded.folder import DataFolder
from infra.grafana.alert_rules import RULES
from infra.grafana.dashboards import DASHBOARDS
from infra.grafana.panels import Dashboard
from infra.grafana.pipeline_dashboard import PIPELINE
from infra.grafana.signal_dashboard import SIGNAL
from infra.grafana.signals_dashboard import SIGNALS
from schemas.topics import LIVE
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.queries import Reader
from sinks.clickhouse.tables import ALERTS
from tests.grafana_macros import ALL, Asked


def shown(store: Store, board: Dashboard, asked: Asked) -> dict[str, Any]:
    """Return the rows of every panel."""
    return {panel.title: store.query(asked.of(panel.sql)) for panel in board.panels if panel.kind != "text"}


def told(folder: Path) -> dict[str, Any]:
    """Return all that is printed."""
    store = open_store(DataFolder(folder).store_dsn)
    reader = Reader(store, LIVE)
    now = store.scalar("SELECT at FROM commits WHERE generation = 'live' ORDER BY n DESC LIMIT 1")
    everywhere = {"sector": ALL, "geography": ALL}
    of: dict[str, Any] = {}
    for row in reader.signals(at=now):
        found = reader.signal(row["signal_id"], now) or {}
        start = found["curve"][0].at if found["curve"] else now - timedelta(days=1)
        asked = Asked(start, now, variables={"signal": (row["signal_id"],)})
        of[row["signal_id"]] = {**shown(store, SIGNAL, asked), "site": found}
    asked = Asked(now - timedelta(days=60), now, 86_400, everywhere)
    # Admitted, and delivered, was everything just now, whatever the demo's clock said.
    till_today = Asked(now - timedelta(days=60), now + timedelta(days=7), 86_400, everywhere)
    choices = {each.name: store.query(asked.of(each.sql)) for board in DASHBOARDS for each in board.variables}
    site = {
        "status": reader.status(),
        "listing": reader.listing(now).rows,
        "events": reader.events(limit=100_000),
        "alerts": LatestRecords(store, ALERTS).load(),
        "rules": {rule.uid: store.query(rule.sql) for rule in RULES},
    }
    panels = {**shown(store, SIGNALS, asked), **shown(store, PIPELINE, till_today)}
    return {"now": now, "panels": panels, "choices": choices, "of": of, "site": site}


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(told(Path(sys.argv[1]))))
