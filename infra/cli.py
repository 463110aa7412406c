"""`bellwether`: the command line. Each command is a thin face; errors leave as one line and a status.

Exit status: 0 done, 1 it did not work out, 2 the input or a setting is wrong.
"""

from __future__ import annotations

import sys

import typer

from infra.commands import (
    alerts,
    analyst,
    briefs,
    compare,
    costs,
    dead_letters,
    doctor,
    grafana,
    imports,
    kafka,
    keeping,
    lead_time,
    look,
    replays,
    running,
    tail,
    verifying,
    work,
)
from schemas.errors import BadInput, BellwetherError

app = typer.Typer(
    name="bellwether",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Reads your feeds as a stream and keeps long-lived signals that quoted evidence strengthens or weakens.",
)
for module in (
    running,
    work,
    look,
    replays,
    compare,
    verifying,
    lead_time,
    dead_letters,
    tail,
    alerts,
    analyst,
    briefs,
    imports,
    costs,
    kafka,
    doctor,
    grafana,
    keeping,
):
    module.add_to(app)


def main() -> None:
    """Run the command line; what Bellwether raises on purpose becomes a sentence, not a traceback."""
    try:
        app()
    except BadInput as error:
        print(f"bellwether: {error}", file=sys.stderr)
        sys.exit(2)
    except BellwetherError as error:
        print(f"bellwether: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)


if __name__ == "__main__":
    main()
