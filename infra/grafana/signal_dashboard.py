"""The dashboard "Signal": one of them, chosen by the variable `signal`, with all that it rests on."""
# ruff: noqa: S608 - the program's own words

from __future__ import annotations

from typing import Final

from infra.grafana.panels import TAG, Dashboard, Panel, Variable
from infra.grafana.strength import HEADS, newest, strengths, with_merged

_THIS: Final = "SELECT ${signal:singlequote} AS signal_id"
_HEAD: Final = "FROM signals FINAL WHERE generation = '$generation' AND signal_id = ${signal:singlequote}"
# Evidence in order of signals, of the signal and those merged into it; `shown` is what the pages show.
_EVIDENCE: Final = (
    f"FROM evidence_by_signal FINAL WHERE generation = '$generation' AND signal_id IN ({with_merged(_THIS)})"
)
_SHOWN: Final = "AND status IN ('accepted', 'provisional')"

NOW: Final = f"""
SELECT v.strength AS strength, v.supporting AS supporting, v.opposing AS opposing
FROM (
  {newest(_THIS)}
) AS v
"""

HEAD: Final = f"SELECT story_count AS stories, family_count AS families, articles, times_extracted {_HEAD}"

STRENGTH: Final = f"""
SELECT time, series, strength FROM (
  SELECT toDateTime64(at, 6, 'UTC') AS time, 'as the evidence stands today' AS series, strength, 0 AS seq
  FROM (
  {strengths(_THIS)}
  )
  UNION ALL
  SELECT at AS time, 'as then known' AS series, strength_after AS strength, seq
  FROM signal_events FINAL
  WHERE generation = '$generation' AND signal_id = ${{signal:singlequote}} AND $__timeFilter(at)
)
ORDER BY time, seq
"""

FOR_AND_AGAINST: Final = f"""
SELECT toStartOfDay(published_at) AS time, uniqExactIf(article_id, stance = 'supports') AS supporting,
  uniqExactIf(article_id, stance = 'contradicts') AS contradicting
{_EVIDENCE} {_SHOWN} AND $__timeFilter(published_at)
GROUP BY time
ORDER BY time
"""

FAMILIES: Final = f"""
SELECT toString(family) AS family, uniqExactIf(article_id, stance = 'supports') AS supporting,
  uniqExactIf(article_id, stance = 'contradicts') AS against, uniqExact(article_id) AS articles
{_EVIDENCE} AND status = 'accepted'
GROUP BY family
ORDER BY articles DESC, family
"""

STORIES: Final = f"""
SELECT title, opened_at, last_at, articles, length(families) AS families, stance, story_id
FROM stories FINAL
WHERE generation = '$generation' AND merged_into = '' AND story_id IN (
  SELECT arrayJoin(stories) {_HEAD}
)
ORDER BY opened_at, story_id
"""

QUOTES: Final = f"""
SELECT published_at, publisher, stance, quote, anchor, claim, article_title AS article, article_url AS url,
  status, is_copy AS copy, salience
{_EVIDENCE} {_SHOWN} AND $__timeFilter(published_at)
ORDER BY published_at DESC, evidence_id LIMIT 200
"""

EVENTS: Final = """
SELECT at, kind, round(strength_before, 2) AS before, round(strength_after, 2) AS after, state, stance, publisher, note
FROM signal_events FINAL
WHERE generation = '$generation' AND signal_id = ${signal:singlequote} AND $__timeFilter(at)
ORDER BY seq DESC LIMIT 200
"""

PANELS: Final = (
    Panel("Strength now", "stat", NOW, 0, 0, 12, 4, description="0 to 10, at the end of the chosen time."),
    Panel("What it rests on", "stat", HEAD, 12, 0, 12, 4),
    Panel(
        "Strength over time with its events", "timeseries", STRENGTH, 0, 4, 24, 11,
        least=0, most=10, stepped=True, series="series",
    ),
    Panel("Articles for and against, a day", "timeseries", FOR_AND_AGAINST, 0, 15, 12, 9, least=0, bars=True),
    Panel("Publisher families", "barchart", FAMILIES, 12, 15, 12, 9),
    Panel("Stories", "table", STORIES, 0, 24, 24, 8),
    Panel("Quotes", "table", QUOTES, 0, 32, 24, 12, description="Newest first, at most 200."),
    Panel("Events", "table", EVENTS, 0, 44, 24, 9, description="Newest first, at most 200."),
)  # fmt: skip

SIGNAL: Final = Dashboard(
    "bellwether-signal",
    "Signal",
    "One signal: its strength, and the evidence for and against it.",
    PANELS,
    variables=(Variable("signal", "Signal", f"SELECT signal_id, title {HEADS} ORDER BY strength DESC, signal_id"),),
    marked=(TAG, "signal:$signal"),
)
