"""The alert rules, and the two shapes in which Grafana takes them: over HTTP, and from a provisioning file.

The shapes differ in the names of fields, in how long an interval is (seconds there, a duration here), and in that a
file's `$` is doubled, since Grafana fills in the environment's variables when it reads one.
"""
# ruff: noqa: S608 - the program's own words

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from infra.grafana.panels import SOURCE
from infra.grafana.pipeline_dashboard import WAITING
from schemas.topics import LIVE

GROUP: Final = "bellwether"
FOLDER: Final = "bellwether"  # its uid
INTERVAL: Final = 60  # seconds from one evaluation to the next
_EXPRESSION: Final = "__expr__"


@dataclass(frozen=True, slots=True)
class Rule:
    """Fires for each row of `sql` whose one number stays above `above` for `lasting`; its texts label the alert.

    `when_empty`: what a query without rows means.
    """

    uid: str
    title: str
    sql: str
    above: float
    lasting: str
    summary: str
    severity: Literal["warning", "critical"] = "warning"
    when_empty: Literal["OK", "Alerting"] = "OK"


# A feed that was never read has no last success; it is tried at least hourly, so its failures stand for hours.
FAILING_FEED: Final = """
SELECT toString(url) AS feed,
  if(last_success IS NULL, toFloat64(failures), dateDiff('second', assumeNotNull(last_success), now()) / 3600) AS hours
FROM feeds FINAL
WHERE NOT ok
ORDER BY feed
"""

DEAD_LETTERS: Final = (
    "SELECT toFloat64(count()) AS letters FROM dead_letters FINAL WHERE at >= now64(6) - INTERVAL 1 HOUR"
)

# Articles lie in order of admission, so the newest is found without reading the others.
NO_ARTICLE: Final = (
    "SELECT dateDiff('second', admitted_at, now64(6)) / 3600 AS hours FROM articles ORDER BY seq DESC LIMIT 1"
)

UNDELIVERED: Final = """
SELECT toString(rule) AS rule, toFloat64(count()) AS alerts
FROM alerts FINAL
WHERE NOT delivered AND fired_at <= now64(6) - INTERVAL 15 MINUTE AND fired_at >= now64(6) - INTERVAL 1 DAY
GROUP BY rule
ORDER BY rule
"""

UNSETTLED: Final = (
    "SELECT toFloat64(waiting) AS articles FROM ("
    + WAITING.format(generation=LIVE, before="now64(6) - INTERVAL 1 HOUR")
    + ")"
)

RULES: Final = (
    Rule("bellwether-feed-failing", "A feed has failed for 6 hours", FAILING_FEED, 6, "5m",
         "{{ $labels.feed }} could not be read for more than 6 hours"),
    Rule("bellwether-dead-letters", "Dead letters arrive", DEAD_LETTERS, 0, "0s",
         "Records that cannot be understood arrived within the last hour; they are kept, see the dashboard Pipeline",
         severity="critical"),
    Rule("bellwether-no-article", "No article for 24 hours", NO_ARTICLE, 24, "5m",
         "No article was admitted for 24 hours: are the feeds being read?",
         severity="critical", when_empty="Alerting"),
    Rule("bellwether-undelivered", "Alerts are not delivered", UNDELIVERED, 0, "5m",
         "Alerts of the rule {{ $labels.rule }} have waited for more than 15 minutes; Pipeline shows why"),
    Rule("bellwether-unsettled", "Articles wait for their outcome", UNSETTLED, 0, "15m",
         "Articles that were admitted more than an hour ago have no outcome: is the ledger running?",
         severity="critical"),
)  # fmt: skip


def over_http(org: int) -> dict[str, Any]:
    """Return the group of rules as `PUT …/provisioning/folder/…/rule-groups/…` takes it; `org` is its organisation."""
    placed = {"orgID": org, "folderUID": FOLDER, "ruleGroup": GROUP}
    rules = [_rule(rule) | placed for rule in RULES]
    return {"title": GROUP, "folderUid": FOLDER, "interval": INTERVAL, "rules": rules}


def as_file(folder: str) -> dict[str, Any]:
    """Return the provisioning file of the rules; `folder` is the folder's title."""
    group = {"orgId": 1, "name": GROUP, "folder": folder, "interval": f"{INTERVAL}s"}
    return {"apiVersion": 1, "groups": [group | {"rules": [_doubled(_rule(rule)) for rule in RULES]}]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "B",
        "data": [
            _query("A", SOURCE, {"editorType": "sql", "rawSql": rule.sql.strip(), "queryType": "table", "format": 1}),
            _query("B", {"type": _EXPRESSION, "uid": _EXPRESSION}, _threshold(rule.above)),
        ],
        "noDataState": rule.when_empty,
        "execErrState": "Error",
        "for": rule.lasting,
        "annotations": {"summary": rule.summary},
        "labels": {"service": "bellwether", "severity": rule.severity},
        "isPaused": False,
    }


def _threshold(above: float) -> dict[str, Any]:
    evaluator = {"type": "gt", "params": [above]}
    return {"type": "threshold", "expression": "A", "conditions": [{"type": "query", "evaluator": evaluator}]}


def _query(ref: str, source: dict[str, str], model: dict[str, Any]) -> dict[str, Any]:
    # Grafana adds the last two where they are missing; with them, what it keeps is what it was given.
    whole = {"refId": ref, "datasource": source, **model, "intervalMs": 1000, "maxDataPoints": 43200}
    return {
        "refId": ref,
        "queryType": "",
        "relativeTimeRange": {"from": 3600, "to": 0},
        "datasourceUid": source["uid"],
        "model": whole,
    }


def _doubled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _doubled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_doubled(each) for each in value]
    return value.replace("$", "$$") if isinstance(value, str) else value
