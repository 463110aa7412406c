"""The catalogue keeps Prometheus' rules, and the documentation keeps to the catalogue."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.metrics import catalogue
from infra.metrics.catalogue import CATALOGUE, Metric

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/metrics.md").read_text("utf-8")
DOCS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "docker-compose.yml"]
BY_NAME = {metric.name: metric for metric in CATALOGUE}
ROW = re.compile(r"^\| `(bellwether_\w+)` \| (\w+) \| ([^|]*) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
SERIES = re.compile(r"\bbellwether_[a-z_]+")
_NOT_METRICS = {
    "bellwether_default",
    "bellwether_reader",
    "bellwether_kafka",
}  # a network, a user, a volume's beginning


def family(name: str) -> str:
    """The metric that a series is of: a histogram has three."""
    bare = re.sub(r"_(bucket|sum|count)$", "", name)
    return bare if BY_NAME.get(bare) and BY_NAME[bare].kind == "histogram" else name


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(CATALOGUE) > 30


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_a_metric_keeps_the_rules_of_prometheus(metric: Metric) -> None:
    """What `promtool check metrics` looks at (https://prometheus.io/docs/practices/naming/)."""
    assert re.fullmatch(r"bellwether_[a-z]+(_[a-z]+)*", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert not re.search(r"_(milli|micro|minutes|hours|days|kilo|mega|percent)", metric.name)
    assert not re.search(r"_(count|sum|bucket|gauge|counter|histogram)\b", metric.name)
    assert metric.help.endswith(".")
    assert len(metric.help) > 10
    for label in metric.labels:
        assert re.fullmatch(r"[a-z_]+", label)
        assert label not in {"le", "quantile", "job", "instance", metric.name}
        assert label not in {"article_id", "signal_id", "url", "feed", "event_id"}, "that would be a series for each"
    assert (metric.kind == "histogram") == bool(metric.buckets)
    assert list(metric.buckets) == sorted(set(metric.buckets))
    if metric.kind == "histogram":
        assert metric.name.endswith("_seconds")


def test_the_table_has_each_metric_once_and_nothing_else() -> None:
    rows = ROW.findall(PAGE)
    assert [name for name, *_ in rows] == [metric.name for metric in CATALOGUE]
    for name, kind, labels, meaning, worry in rows:
        metric = BY_NAME[name]
        assert kind == metric.kind, name
        assert (() if labels == "–" else tuple(labels.split(", "))) == metric.labels, name
        assert meaning.strip()
        assert worry.strip()


def test_documents_name_only_metrics_that_there_are() -> None:
    for path in DOCS:
        found = {family(name) for name in SERIES.findall(path.read_text("utf-8"))} - _NOT_METRICS
        assert found <= set(BY_NAME), path.name


def test_the_suggested_alerts_are_rules_over_labels_that_there_are() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules()) > 10
    for rule in rules():
        for series, selector in re.findall(r"(bellwether_\w+)(?:\{([^}]*)\})?", rule["expr"]):
            metric = BY_NAME[family(series)]
            chosen = {part.split("=")[0].rstrip("!") for part in selector.split(",") if part}
            assert chosen <= set(metric.labels), rule["alert"]
            by = {label.strip() for group in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in group.split(",")}
            assert by - {"le"} <= set(metric.labels), rule["alert"]
        assert rule["expr"].count("(") == rule["expr"].count(")")


def rules() -> list[dict[str, Any]]:
    """The suggested alerts."""
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    (found,) = [group["rules"] for block in blocks for group in block.get("groups", [])]
    return list(found)


def labels_of(side: str) -> frozenset[str]:
    """Labels that one operand of an expression ends up with; a series as scraped has its target's, too."""
    side = re.sub(r"^[\d.]+ \* ", "", side.strip())
    if by := re.match(r"(?:max|min|sum) by \(([^)]*)\)", side):
        return frozenset(label.strip() for label in by[1].split(","))
    if re.match(r"(?:max|min|sum|absent)\(", side):
        return frozenset()
    series = re.search(r"bellwether_\w+", side)
    return frozenset({"instance", "job", *(BY_NAME[family(series[0])].labels if series else ())})


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_both_sides_of_an_operator_of_vectors_carry_the_same_labels(rule: dict[str, Any]) -> None:
    """Prometheus joins on all labels unless told otherwise: sides that differ never meet, so nothing fires."""
    for operator in (r"\band\b", r"\bunless\b"):
        sides = re.split(operator, rule["expr"])
        assert len({labels_of(side) for side in sides}) == 1, rule["expr"]
    for left, right in re.findall(r"(.+?) (?:[<>]=?|==) (.*(?:max|min|sum).*)", rule["expr"]):
        if " and " not in rule["expr"]:
            assert labels_of(left) == labels_of(right), rule["expr"]


def test_every_metric_is_counted_or_asked_for_somewhere() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "infra").rglob("*.py") if path.name != "catalogue.py")
    names = {value.name: name for name, value in vars(catalogue).items() if isinstance(value, Metric)}
    unused = [name for name in names.values() if len(re.findall(rf"\b{name}\b", code)) < 2]  # the import and a use
    assert not unused


def test_decisions_schemas_and_producers_know_nothing_of_prometheus() -> None:
    for part in ("schemas", "processors", "producers", "sinks"):
        for path in (ROOT / part).rglob("*.py"):
            assert "prometheus_client" not in path.read_text("utf-8"), path
