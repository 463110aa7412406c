"""The dashboard "Pipeline": is everything read, settled and delivered, and how fast."""
# ruff: noqa: S608 - the program's own words

from __future__ import annotations

from typing import Final

from infra.grafana.panels import Dashboard, Panel

# Articles whose newest revision no outcome has settled: see sinks/clickhouse/queries.Reader.without_outcome.
WAITING: Final = """SELECT count() AS waiting FROM (
  SELECT article_id, max(revision) AS newest, max(admitted_at) AS admitted FROM articles GROUP BY article_id
) AS a LEFT JOIN (
  SELECT article_id, max(revision) AS settled FROM outcomes WHERE generation = '{generation}' GROUP BY article_id
) AS o ON a.article_id = o.article_id
WHERE (o.article_id = '' OR o.settled < a.newest) AND a.admitted <= {before}"""

NOW: Final = f"""
SELECT
  (SELECT uniqExact(article_id) FROM articles) AS articles,
  ({WAITING.format(generation="$generation", before="now64(6)")}) AS without_outcome,
  (SELECT max(n) FROM commits WHERE generation = '$generation') AS last_commit,
  greatest(0, toInt64(last_commit)
    - toInt64((SELECT max(n) FROM projected WHERE generation = '$generation'))) AS commits_not_in_tables,
  (SELECT uniqExact(dead_letter_id) FROM dead_letters) AS dead_letters
"""

ARTICLES: Final = """
SELECT $__timeInterval(admitted_at) AS time, count() / $__interval_s AS articles
FROM articles
WHERE $__timeFilter_ms(admitted_at)
GROUP BY time
ORDER BY time
"""

LAG_OF_FEEDS: Final = """
SELECT $__timeInterval(fetched_at) AS time,
  quantile(0.5)(dateDiff('millisecond', published_at, fetched_at) / 1000) AS half,
  quantile(0.95)(dateDiff('millisecond', published_at, fetched_at) / 1000) AS p95
FROM articles
WHERE $__timeFilter_ms(fetched_at) AND published_at <= fetched_at
GROUP BY time
ORDER BY time
"""

LAG_OF_OUTCOMES: Final = """
SELECT $__timeInterval(c.committed_at) AS time,
  quantile(0.5)(dateDiff('millisecond', a.admitted, c.committed_at) / 1000) AS half,
  quantile(0.95)(dateDiff('millisecond', a.admitted, c.committed_at) / 1000) AS p95
FROM (
  SELECT n, committed_at FROM commits WHERE generation = '$generation' AND $__timeFilter_ms(committed_at)
) AS c
INNER JOIN (
  SELECT n, article_id, revision FROM outcomes FINAL WHERE generation = '$generation'
) AS o ON c.n = o.n
INNER JOIN (
  SELECT article_id, revision, min(admitted_at) AS admitted FROM articles GROUP BY article_id, revision
) AS a ON o.article_id = a.article_id AND o.revision = a.revision
WHERE a.admitted <= c.committed_at
GROUP BY time
ORDER BY time
"""

OUTCOMES: Final = """
SELECT toString(outcome) AS outcome, count() AS articles
FROM outcomes FINAL
WHERE generation = '$generation' AND $__timeFilter(at)
GROUP BY outcome
ORDER BY articles DESC, outcome
"""

REJECTED: Final = """
SELECT what, reason, count() AS times FROM (
  SELECT concat('article ', outcome) AS what, reason FROM outcomes FINAL
  WHERE generation = '$generation' AND outcome IN ('rejected', 'deferred') AND $__timeFilter(at)
  UNION ALL
  SELECT concat('evidence ', status) AS what, reason FROM evidence FINAL
  WHERE generation = '$generation' AND status IN ('rejected', 'withdrawn') AND $__timeFilter(published_at)
)
GROUP BY what, reason
ORDER BY times DESC, what, reason LIMIT 50
"""

DEAD_LETTERS: Final = """
SELECT $__timeInterval(at) AS time, toString(stage) AS stage, count() AS letters
FROM dead_letters FINAL
WHERE $__timeFilter(at)
GROUP BY time, stage
ORDER BY time, stage
"""

NEWEST_DEAD_LETTERS: Final = """
SELECT at, stage, topic, reason, dead_letter_id
FROM dead_letters FINAL
WHERE $__timeFilter(at)
ORDER BY at DESC, dead_letter_id LIMIT 50
"""

FEEDS: Final = """
SELECT if(title = '', url, title) AS feed, if(ok, 'well', 'failing') AS state, error, articles, failures,
  last_success, next_poll
FROM feeds FINAL
ORDER BY ok, failures DESC, feed
"""

FAILING_FEEDS: Final = "SELECT countIf(ok) AS well, countIf(NOT ok) AS failing FROM feeds FINAL"

ALERT_LATENCY: Final = """
SELECT toString(rule) AS rule, count() AS alerts, countIf(NOT delivered) AS undelivered,
  quantileExact(0.5)(dateDiff('millisecond', at, fired_at) / 1000) AS half,
  max(dateDiff('millisecond', at, fired_at) / 1000) AS longest
FROM alerts FINAL
WHERE $__timeFilter(fired_at)
GROUP BY rule
ORDER BY rule
"""

ALERTS: Final = """
SELECT fired_at, rule, title, round(strength_after, 2) AS strength,
  dateDiff('millisecond', at, fired_at) / 1000 AS seconds_after_the_event, delivered, error, signal_id
FROM alerts FINAL
WHERE $__timeFilter(fired_at)
ORDER BY delivered, fired_at DESC, alert_id LIMIT 100
"""

BRIEFS: Final = """
SELECT brief_id, way, delivered_at, attempts, failed
FROM brief_deliveries
WHERE $__timeFilter(at)
ORDER BY brief_id DESC, way LIMIT 60
"""

_SPEND: Final = (
    "What the language model was asked and what that cost is in Bellwether's own books (SQLite), not in ClickHouse. "
    "See `bellwether costs` or the page *Costs*."
)

PANELS: Final = (
    Panel("Now", "stat", NOW, 0, 0, 18, 4),
    Panel("Feeds", "stat", FAILING_FEEDS, 18, 0, 6, 4),
    Panel("Articles a second", "timeseries", ARTICLES, 0, 4, 8, 9, least=0, unit="reqps"),
    Panel("From publication to reading", "timeseries", LAG_OF_FEEDS, 8, 4, 8, 9, least=0, unit="s",
          description="How old articles are when their feed is read: half of them, 95 of 100 are no older."),
    Panel("From admission to outcome", "timeseries", LAG_OF_OUTCOMES, 16, 4, 8, 9, least=0, unit="s",
          description="Until the ledger has settled an article: half of them, 95 of 100 take no longer."),
    Panel("Outcomes of articles", "barchart", OUTCOMES, 0, 13, 8, 9),
    Panel("Rejected, by reason", "table", REJECTED, 8, 13, 16, 9),
    Panel("Dead letters by stage", "timeseries", DEAD_LETTERS, 0, 22, 8, 9, least=0, bars=True,
          series="stage"),
    Panel("Newest dead letters", "table", NEWEST_DEAD_LETTERS, 8, 22, 16, 9),
    Panel("Feed health", "table", FEEDS, 0, 31, 24, 9, description="Failing ones first."),
    Panel("Alerts by rule", "table", ALERT_LATENCY, 0, 40, 10, 9,
          description="`half` and `longest`: seconds from an event's own time until its alert fired."),
    Panel("Alerts", "table", ALERTS, 10, 40, 14, 9, link=True, description="Undelivered ones first."),
    Panel("Briefs and their ways", "table", BRIEFS, 0, 49, 14, 9),
    Panel("Language model", "text", _SPEND, 14, 49, 10, 9),
)  # fmt: skip

PIPELINE: Final = Dashboard(
    "bellwether-pipeline",
    "Pipeline",
    "Is everything read, settled and delivered, and how fast.",
    PANELS,
    since="now-7d",
)
