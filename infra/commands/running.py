"""Commands that stay: run, the demo, and the pages alone."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from infra.commands.options import AsJson, Data, settings_for
from infra.commands.say import say
from infra.commands.tables import console
from infra.demo.articles import DAYS
from schemas.errors import BadInput

Expose = Annotated[
    bool, typer.Option("--expose", help="Let programs of this machine use broker and store (read-only), see [expose].")
]
Feeds = Annotated[
    list[str] | None, typer.Option("--feeds", metavar="FILE.opml|URL", help="Feeds to read; may be given repeatedly.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(context_settings={"allow_extra_args": True})(run)
    app.command()(demo)
    app.command()(site)


def run(
    context: typer.Context,
    feeds: Feeds = None,
    data: Data = None,
    once: Annotated[bool, typer.Option("--once", help="Poll every feed once, settle every article, end.")] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", metavar="HOST", help="A private address that may be read.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Of the pages; 0 for any free one.")] = None,
    expose: Expose = False,
    json: AsJson = False,
) -> None:
    """Read feeds, keep signals, show pages, compose briefs, until stopped. Everything is in one data folder."""
    from infra.running import run_continuously, run_once

    if expose and once:
        raise BadInput("--expose: needs a process that stays; leave --once away")
    loaded = settings_for(
        data,
        feeds__allow_hosts=tuple(allow_host) if allow_host else None,
        site__port=port,
        expose__enabled=expose or None,
    )
    given = [*(feeds or []), *context.args]
    if once:
        status = asyncio.run(run_once(loaded, given, say))
        if json:
            from infra.commands.look import print_json

            print_json(status)
    else:
        asyncio.run(run_continuously(loaded, given, say))


def demo(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Emptied at the start.")] = Path(
        "bellwether-demo"
    ),
    stay: Annotated[bool, typer.Option("--stay", help="Keep the pages open; publish articles of your own.")] = False,
    days: Annotated[int, typer.Option(min=1, max=DAYS, help="Stop after so many mornings.")] = DAYS,
    end: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last morning; by default the newest.")] = "",
    port: Annotated[int | None, typer.Option("--port", help="Of the pages; 0 for any free one.")] = None,
    llm: Annotated[
        bool, typer.Option("--llm", help="Let the configured language model read, within its limits.")
    ] = False,
    expose: Expose = False,
    kafka: Annotated[
        bool, typer.Option("--kafka", help="On a real Kafka, in the demo's folder; needs Java 17 and Maven.")
    ] = False,
) -> None:
    """Six weeks of a fictional press in a minute: feeds become signals, alerts and a morning brief.

    Without --llm no language model is asked, even when OPENAI_API_KEY is set: nothing is spent.
    """
    from infra.demo.report import Report
    from infra.demo.show import run_demo

    try:
        last = date.fromisoformat(end) if end else None
    except ValueError as error:
        raise BadInput(f"--end {end}: write it as YYYY-MM-DD") from error
    if expose and not stay:
        raise BadInput("--expose: needs a process that stays; add --stay")
    settings_for(None, analyst__kind=None if llm else "lexical")  # for its logging
    report = Report(console())
    parts = {"llm": llm, "expose": expose, "kafka": kafka}
    asyncio.run(run_demo(data, stay=stay, days=days, site_port=port, end=last, report=report, **parts))


def site(
    data: Data = None,
    port: Annotated[int | None, typer.Option("--port", help="0 for any free one.")] = None,
) -> None:
    """Show the pages of a folder that nobody runs, or of a ClickHouse server, until stopped."""
    from infra.showing import show_pages

    asyncio.run(show_pages(settings_for(data, site__port=port), say))
