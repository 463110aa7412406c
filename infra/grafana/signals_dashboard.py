"""The dashboard "Signals": which there are, how strong, what moved, where, and who says it.

Every panel asks one generation (the hidden variable `generation`) for event time, so a history shows when its
sources were published, not when they were read.
"""
# ruff: noqa: S608 - the program's own words

from __future__ import annotations

from typing import Final

from infra.grafana.panels import TAG, Dashboard, Panel, Variable
from infra.grafana.strength import HEADS, TO, newest, strengths

_CHOSEN: Final = (
    "AND $__conditionalAll(hasAny(mapKeys(sectors), [${sector:singlequote}]), $sector) "
    "AND $__conditionalAll(hasAny(mapKeys(geographies), [${geography:singlequote}]), $geography)"
)
_TAGGED: Final = (
    "AND $__conditionalAll(hasAny(sectors, [${sector:singlequote}]), $sector) "
    "AND $__conditionalAll(hasAny(geographies, [${geography:singlequote}]), $geography)"
)
_IDS: Final = f"SELECT signal_id {HEADS} {_CHOSEN}"
_STRONGEST: Final = f"{_IDS} ORDER BY strength DESC, last_reinforced DESC, signal_id LIMIT 15"
_TITLES: Final = f"SELECT signal_id, title, family_count {HEADS} {_CHOSEN}"

COUNTS: Final = f"""
SELECT countIf(state = 'published') AS published, countIf(state = 'faded') AS faded,
  countIf(state = 'dormant' AND published_at IS NOT NULL) AS dormant, countIf(state = 'candidate') AS candidates
FROM signals FINAL
WHERE generation = '$generation' {_CHOSEN}
"""

CONTESTED: Final = f"""
SELECT count() AS signals, countIf(v.opposing > v.supporting) AS contested,
  if(count() = 0, 0, contested / signals) AS share
FROM ({_IDS}) AS s
LEFT JOIN (
  {newest(_IDS)}
) AS v ON s.signal_id = v.signal_id
"""

STRENGTH: Final = f"""
SELECT e.at AS time, s.title AS signal, e.strength_after AS strength
FROM (
  SELECT at, signal_id, strength_after, n, i FROM signal_events FINAL
  WHERE generation = '$generation' AND $__timeFilter(at) AND signal_id IN ({_STRONGEST})
) AS e
INNER JOIN ({_TITLES}) AS s ON e.signal_id = s.signal_id
ORDER BY time, e.n, e.i
"""

TODAYS_VIEW: Final = f"""
SELECT v.at AS time, s.title AS signal, v.strength AS strength
FROM (
  {strengths(_STRONGEST)}
) AS v
INNER JOIN ({_TITLES}) AS s ON v.signal_id = s.signal_id
ORDER BY time, signal
"""

LIST: Final = f"""
SELECT s.title AS signal, round(v.strength, 2) AS strength, round(v.strength - w.strength, 2) AS in_a_week,
  s.state AS state, v.opposing > v.supporting AS contested, s.family_count AS families, s.story_count AS stories,
  s.articles AS articles, s.last_reinforced AS last_reinforced, s.signal_id AS signal_id
FROM (
  SELECT signal_id, title, state, family_count, story_count, articles, last_reinforced {HEADS} {_CHOSEN}
) AS s
LEFT JOIN (
  {newest(_IDS)}
) AS v ON s.signal_id = v.signal_id
LEFT JOIN (
  SELECT signal_id, toNullable(strength) AS strength FROM (
  {strengths(_IDS, since=f"{TO} - INTERVAL 7 DAY", hours="168")}
  ) WHERE at <= {TO} - INTERVAL 7 DAY
) AS w ON s.signal_id = w.signal_id
ORDER BY v.strength DESC, s.last_reinforced DESC, signal_id
"""

MOVERS: Final = f"""
SELECT s.title AS signal, round(m.before, 2) AS before, round(m.after, 2) AS after,
  round(m.after - m.before, 2) AS change, m.events AS events, s.family_count AS families, m.last AS last,
  s.signal_id AS signal_id
FROM (
  SELECT signal_id, argMin(strength_before, seq) AS before, argMax(strength_after, seq) AS after, count() AS events,
    max(at) AS last
  FROM signal_events FINAL
  WHERE generation = '$generation' AND $__timeFilter(at)
  GROUP BY signal_id
) AS m
INNER JOIN ({_TITLES}) AS s ON m.signal_id = s.signal_id
ORDER BY abs(m.after - m.before) DESC, signal LIMIT 20
"""

PUBLISHED_AND_FADED: Final = f"""
SELECT toStartOfDay(at) AS time, countIf(kind = 'published') AS published, countIf(kind = 'faded') AS faded,
  countIf(kind = 'revived') AS revived, countIf(kind = 'contradicted') AS contradicted
FROM signal_events FINAL
WHERE generation = '$generation' AND $__timeFilter(at) {_TAGGED}
GROUP BY time
ORDER BY time
"""

CONTRADICTION: Final = f"""
SELECT toDateTime(toStartOfWeek(published_at, 1), 'UTC') AS time,
  countIf(stance = 'contradicts') / count() AS contradicting
FROM evidence FINAL
WHERE generation = '$generation' AND $__timeFilter(published_at) AND status = 'accepted' AND NOT is_copy
  AND stance IN ('supports', 'contradicts') {_TAGGED}
GROUP BY time
ORDER BY time
"""


def _by(tags: str, name: str) -> str:
    return f"""
SELECT {name}, count() AS signals, round(sum(strength), 2) AS strength
FROM (
  SELECT arrayJoin(s.keys) AS {name}, v.strength AS strength
  FROM (SELECT signal_id, mapKeys({tags}) AS keys {HEADS} {_CHOSEN}) AS s
  LEFT JOIN (
  {newest(_IDS)}
  ) AS v ON s.signal_id = v.signal_id
)
GROUP BY {name}
ORDER BY strength DESC, {name} LIMIT 25
"""


FAMILIES: Final = f"""
SELECT family, uniqExact(signal_id) AS signals, uniqExact(article_id) AS articles,
  countIf(stance = 'contradicts') AS against
FROM evidence FINAL
WHERE generation = '$generation' AND $__timeFilter(published_at) AND status = 'accepted' AND NOT is_copy
  AND signal_id != '' {_TAGGED}
GROUP BY family
ORDER BY articles DESC, family LIMIT 25
"""

PANELS: Final = (
    Panel("Signals now", "stat", COUNTS, 0, 0, 14, 4),
    Panel(
        "Contested", "stat", CONTESTED, 14, 0, 10, 4,
        description="Listed signals against which more speaks than for them, at the end of the chosen time.",
    ),
    Panel(
        "Strength over time", "timeseries", STRENGTH, 0, 4, 24, 11,
        description="The fifteen strongest listed signals; 0 to 10, as then known.", least=0, most=10, stepped=True,
        series="signal",
    ),
    Panel(
        "Strength over time, as the evidence stands today", "timeseries", TODAYS_VIEW, 0, 15, 24, 11,
        description="The same signals: what is known today, evaluated hour by hour, so it fades between two events.",
        least=0, most=10, series="signal",
    ),
    Panel(
        "Listed signals", "table", LIST, 0, 26, 24, 11, link=True,
        description="Strength at the end of the chosen time and by how much it changed in the week before.",
    ),
    Panel("Movers", "table", MOVERS, 0, 37, 14, 10, link=True,
          description="By change of strength in the chosen time, as then known."),
    Panel("Published and faded, a day", "timeseries", PUBLISHED_AND_FADED, 14, 37, 10, 10, least=0, bars=True),
    Panel("By sector", "barchart", _by("sectors", "sector"), 0, 47, 12, 9),
    Panel("By geography", "barchart", _by("geographies", "geography"), 12, 47, 12, 9),
    Panel("Publisher families", "barchart", FAMILIES, 0, 56, 12, 9,
          description="Whose articles the evidence of the chosen time is from; copies do not count."),
    Panel("Share of contradicting evidence, a week", "timeseries", CONTRADICTION, 12, 56, 12, 9, least=0, most=1,
          bars=True, unit="percentunit"),
)  # fmt: skip


def _choice(tags: str, name: str) -> str:
    return f"SELECT DISTINCT arrayJoin(mapKeys({tags})) AS {name} {HEADS} ORDER BY {name}"


SIGNALS: Final = Dashboard(
    "bellwether-signals",
    "Signals",
    "Which signals there are, how strong they are, what moved.",
    PANELS,
    variables=(
        Variable("sector", "Sector", _choice("sectors", "sector"), several=True),
        Variable("geography", "Geography", _choice("geographies", "geography"), several=True),
    ),
    marked=(TAG,),
)
