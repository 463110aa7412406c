"""`python -m tests.embedded.several`: runs commands given as JSON on standard input, one after the other.

Each is what the command line does with the same words, in a process that has imported everything already; the data
folder is opened and let go each time.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from unittest.mock import patch

from infra.cli import main


def run(arguments: list[str]) -> tuple[int, str, str]:
    """Return a command's status and what it wrote."""
    out, error, status = TextIOWrapper(BytesIO(), "utf-8"), TextIOWrapper(BytesIO(), "utf-8"), 0
    with redirect_stdout(out), redirect_stderr(error), patch.object(sys, "argv", ["bellwether", *arguments]):
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
    said = []
    for stream in (out, error):
        stream.flush()
        stream.seek(0)
        said.append(stream.read())
    return status, said[0], said[1]


if __name__ == "__main__":
    print(json.dumps([run(arguments) for arguments in json.load(sys.stdin)]))
