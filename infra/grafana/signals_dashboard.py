"""The dashboard "Signals", as code: `python -m infra.grafana.signals_dashboard` writes its provisioning file.

Every panel asks one generation (the hidden variable `generation`) for event time, so a history shows when its
sources were published, not when they were read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from infra.grafana.panels import Panel, dashboard

FILE: Final = Path(__file__).parent / "provisioning" / "dashboards" / "bellwether" / "signals.json"

_PUBLISHED: Final = """SELECT signal_id, title, strength, family_count
  FROM signals FINAL
  WHERE generation = '$generation' AND published_at IS NOT NULL AND merged_into = ''
    AND state IN ('published', 'faded', 'dormant')"""

STRENGTH: Final = f"""
SELECT e.at AS time, s.title AS signal, e.strength_after AS strength
FROM (
  SELECT at, signal_id, strength_after FROM signal_events FINAL
  WHERE generation = '$generation' AND $__timeFilter(at)
) AS e
INNER JOIN (
  {_PUBLISHED}
  ORDER BY strength DESC, signal_id LIMIT 15
) AS s ON e.signal_id = s.signal_id
ORDER BY time
"""  # noqa: S608 - the program's own words

TODAYS_VIEW: Final = f"""
SELECT v.at AS time, s.title AS signal, v.strength AS strength
FROM (
  SELECT at, signal_id, strength
  FROM signal_strength_over(since = $__fromTime, until = $__toTime,
    hours = greatest(1, intDiv(dateDiff('hour', $__fromTime, $__toTime), 300)))
  WHERE generation = '$generation' AND signal_id IN (
    SELECT signal_id FROM (
      {_PUBLISHED}
      ORDER BY strength DESC, signal_id LIMIT 15
    )
  )
) AS v
INNER JOIN (
  {_PUBLISHED}
) AS s ON v.signal_id = s.signal_id
ORDER BY time
"""  # noqa: S608 - the program's own words

MOVERS: Final = f"""
SELECT s.title AS signal, m.before AS before, m.after AS after, round(m.after - m.before, 2) AS change,
  m.events AS events, s.family_count AS families, m.last AS last
FROM (
  SELECT signal_id, round(argMin(strength_before, seq), 2) AS before,
    round(argMax(strength_after, seq), 2) AS after, count() AS events, max(at) AS last
  FROM signal_events FINAL
  WHERE generation = '$generation' AND $__timeFilter(at)
  GROUP BY signal_id
) AS m
INNER JOIN (
  {_PUBLISHED}
) AS s ON m.signal_id = s.signal_id
ORDER BY abs(m.after - m.before) DESC, signal LIMIT 20
"""  # noqa: S608 - the program's own words

PUBLISHED_AND_FADED: Final = """
SELECT toStartOfDay(at) AS time, countIf(kind = 'published') AS published, countIf(kind = 'faded') AS faded,
  countIf(kind = 'revived') AS revived, countIf(kind = 'contradicted') AS contradicted
FROM signal_events FINAL
WHERE generation = '$generation' AND $__timeFilter(at)
GROUP BY time
ORDER BY time
"""

OUTCOMES: Final = """
SELECT outcome, count() AS articles
FROM outcomes FINAL
WHERE generation = '$generation' AND $__timeFilter(at)
GROUP BY outcome
ORDER BY articles DESC, outcome
"""

FEEDS: Final = """
SELECT if(title = '', url, title) AS feed, if(ok, 'well', 'failing') AS state, error, articles, failures,
  last_success, next_poll
FROM feeds FINAL
ORDER BY ok, failures DESC, feed
"""

COUNTS: Final = """
SELECT countIf(state = 'published') AS published, countIf(state = 'faded') AS faded,
  countIf(state = 'candidate') AS candidates
FROM signals FINAL
WHERE generation = '$generation' AND merged_into = ''
"""

FAILING_FEEDS: Final = "SELECT countIf(NOT ok) AS failing FROM feeds FINAL"

DEAD_LETTERS: Final = "SELECT count() AS dead_letters FROM dead_letters FINAL WHERE $__timeFilter(at)"

PANELS: Final = (
    Panel("Signals now", "stat", COUNTS, 0, 0, 12, 4),
    Panel("Failing feeds", "stat", FAILING_FEEDS, 12, 0, 6, 4),
    Panel("Dead letters", "stat", DEAD_LETTERS, 18, 0, 6, 4),
    Panel(
        "Strength over time", "timeseries", STRENGTH, 0, 4, 24, 11,
        description="The fifteen strongest published signals; 0 to 10, as then known.", least=0, most=10,
        stepped=True,
    ),
    Panel(
        "Strength over time, as the evidence stands today", "timeseries", TODAYS_VIEW, 0, 15, 24, 11,
        description="The same signals: what is known today, evaluated hour by hour, so it fades between two events.",
        least=0, most=10,
    ),
    Panel("Movers", "table", MOVERS, 0, 26, 14, 10, description="By change of strength in the chosen time."),
    Panel("Published and faded, a day", "timeseries", PUBLISHED_AND_FADED, 14, 26, 10, 10, least=0, bars=True),
    Panel("Outcomes of articles", "barchart", OUTCOMES, 0, 36, 10, 9),
    Panel("Feeds", "table", FEEDS, 10, 36, 14, 9, description="Failing ones first."),
)  # fmt: skip


def signals() -> dict[str, Any]:
    """Return the dashboard as Grafana's provisioning reads it."""
    return dashboard("bellwether-signals", "Signals", PANELS)


if __name__ == "__main__":
    FILE.write_text(json.dumps(signals(), indent=2, sort_keys=True) + "\n", "utf-8")
