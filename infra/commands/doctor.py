"""`bellwether doctor`: what is wrong here, and what to do about it."""

from __future__ import annotations

import typer
from rich.markup import escape

from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.tables import console
from infra.doctor.examination import examination
from infra.doctor.finding import FAULT, Finding, fault
from infra.settings import FILE
from schemas.errors import BadSetting

_STYLE = {"ok": "green", "warning": "yellow", "fault": "red"}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(doctor)


def doctor(data: Data = None, json: AsJson = False) -> None:
    """Check settings and connections, and say what to do. Nothing is changed or spent. Exit status 1 on a fault."""
    found = _found(data)
    if json:
        print_json(found)
    else:
        for finding in found:
            _show(finding)
    if any(finding.state == FAULT for finding in found):
        raise typer.Exit(1)


def _found(data: str | None) -> list[Finding]:
    try:
        loaded = settings_for(data)
    except BadSetting as error:  # nothing else can be looked at before that is mended
        return [fault("settings", str(error), f"mend it in {FILE} or the environment; the rest is not looked at")]
    return examination(loaded)


def _show(finding: Finding) -> None:
    out = console()
    style = _STYLE[finding.state]
    out.print(
        f"[{style}]{finding.state:<8}[/{style}]{finding.name:<16}{escape(finding.said)}",
        soft_wrap=True,
        highlight=False,
    )
    if finding.remedy:
        out.print(f"{'':<24}→ {escape(finding.remedy)}", soft_wrap=True, highlight=False)
