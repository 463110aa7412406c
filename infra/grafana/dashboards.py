"""The dashboards that there are."""

from __future__ import annotations

from typing import Final

from infra.grafana.panels import Dashboard
from infra.grafana.pipeline_dashboard import PIPELINE
from infra.grafana.signal_dashboard import SIGNAL
from infra.grafana.signals_dashboard import SIGNALS

DASHBOARDS: Final[tuple[Dashboard, ...]] = (SIGNALS, SIGNAL, PIPELINE)
