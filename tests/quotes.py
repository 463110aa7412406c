"""`python -m tests.quotes DATA`: every exported quote is the article's own text at its offsets, its anchor inside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def rows(data: str, kind: str) -> list[dict[str, Any]]:
    """Return the rows of an export."""
    command = [str(Path(sys.executable).with_name("bellwether")), "export", kind, "--data", data]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def faults(data: str) -> tuple[int, list[str]]:
    """Return how many quotes were checked and what is wrong."""
    texts = {row["article_id"]: row["text"] for row in rows(data, "articles")}
    evidence = rows(data, "evidence")
    wrong = [
        f"{row['evidence_id']}: {row['quote']!r}"
        for row in evidence
        if texts[row["article_id"]][row["quote_start"] : row["quote_end"]] != row["quote"]
        or row["anchor"] not in row["quote"]
    ]
    return len(evidence), wrong


if __name__ == "__main__":
    count, wrong = faults(sys.argv[1])
    print("\n".join(wrong) or f"{count} quotes, each the article's own text at its offsets")
    sys.exit(bool(wrong) or not count)
