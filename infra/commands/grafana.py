"""`bellwether grafana push`: folder, data source, dashboards, alert rules and annotations into a Grafana."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from infra.asking import Asker, asking
from infra.clock import wall_clock
from infra.commands.options import AsJson, Data, settings_for

_PAGE = 1000


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    group = typer.Typer(no_args_is_help=True, help="Dashboards, alert rules and annotations in Grafana.")
    group.callback()(lambda: None)
    group.command()(push)
    app.add_typer(group, name="grafana")


def push(
    data: Data = None,
    json: AsJson = False,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Another Grafana than grafana.url.")] = None,
) -> None:
    """Put dashboards, alert rules and the turns of signals into Grafana; what is there already stays as it is."""
    from infra.commands.look import print_json
    from infra.grafana.http import Grafana
    from infra.grafana.push import push as push_to

    loaded = settings_for(data, grafana__url=url)
    settings = loaded.settings.grafana
    grafana = Grafana(settings)
    steps = []
    with asking(loaded) as asker:
        for step in push_to(grafana, settings, _events(asker), wall_clock()):
            steps.append(step)
            if not json:
                print(f"{step.what}: {step.done}" + (f" ({step.note})" if step.note else ""))
    if json:
        print_json({"url": grafana.url, "steps": steps})
    else:
        print(f"{grafana.url}/d/bellwether-signals")


def _events(asker: Asker) -> Iterator[dict[str, Any]]:
    """Yield the events of published signals, in order of commitment."""
    after = (0, 0)
    while True:
        page = asker.ask("events", after_n=after[0], after_i=after[1], limit=_PAGE, published_only=True)
        yield from page
        if len(page) < _PAGE:
            return
        after = (page[-1]["n"], page[-1]["i"])
