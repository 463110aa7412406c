"""Options that commands share, and the settings they lead to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.log_redaction import secrets_in, secrets_of
from infra.logs import configure_logs, format_for
from infra.settings import Loaded, load

Data = Annotated[str | None, typer.Option("--data", metavar="DIR", help="The data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Generation = Annotated[str, typer.Option("--generation", metavar="NAME", help="A shadow made by `replay`.")]


def settings_for(data: str | None, *, secret: str = "", **overrides: Any) -> Loaded:
    """Return the settings in force for one command; also sets up logging. Raises BadSetting.

    `secret`: what the command was given besides and must not appear, such as an address with a password.
    """
    loaded = load({"data": data, **{name.replace("__", "."): value for name, value in overrides.items()}})
    form = format_for(loaded.settings.log_format, service=False)
    configure_logs(loaded.settings.log, form, [*secrets_of(loaded.settings), *secrets_in(secret)])
    return loaded
