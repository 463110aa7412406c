"""Options that commands share, and the settings they lead to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.logs import configure_logs
from infra.settings import Loaded, load

Data = Annotated[str | None, typer.Option("--data", metavar="DIR", help="The data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Generation = Annotated[str, typer.Option("--generation", metavar="NAME", help="A shadow made by `replay`.")]


def settings_for(data: str | None, **overrides: Any) -> Loaded:
    """Return the settings in force for one command; also sets up logging. Raises BadSetting."""
    loaded = load({"data": data, **{name.replace("__", "."): value for name, value in overrides.items()}})
    configure_logs(loaded.settings.log)
    return loaded
