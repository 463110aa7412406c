"""Every check of the doctor, in the order in which one would mend things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from infra.doctor import kafka, machine, network
from infra.doctor.clickhouse import clickhouse
from infra.doctor.finding import Finding, looked, ok
from infra.settings import Loaded


def examination(loaded: Loaded) -> list[Finding]:
    """Return what every check finds; each failing check is a fault of its own."""
    settings = loaded.settings
    checks: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
        ("settings", lambda: [_settings(loaded)]),
        ("data folder", lambda: machine.folder(settings)),
        ("pages", lambda: machine.pages(settings)),
        ("metrics", lambda: machine.metrics(settings)),
        ("time zones", lambda: machine.zones(settings)),
        ("Kafka", lambda: kafka.kafka(settings)),
        ("ClickHouse", lambda: clickhouse(settings)),
        ("feeds", lambda: network.feeds(loaded)),
        ("language model", lambda: network.model(settings)),
        ("mail", lambda: network.mail(settings)),
        ("Grafana", lambda: network.grafana(loaded)),
        ("local Kafka", lambda: machine.java(settings)),
    )
    found = [finding for name, check in checks for finding in looked(name, check)]
    if not any(finding.name == "clock" for finding in found):
        found.append(ok("clock", "not compared: no configured service tells the time"))
    return found


def _settings(loaded: Loaded) -> Finding:
    origins = Counter(origin.split(" ", 1)[0] for origin in loaded.origins.values())
    given = ", ".join(f"{count} from {origin}" for origin, count in sorted(origins.items()))
    return ok("settings", f"can be read: {given or 'all are the defaults'}")
