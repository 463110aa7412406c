"""One part of the stream bench in a process of its own; started by tests.bench.stream."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from infra.logs import configure_logs
from tests.bench import stream


def main(part: str, folder: Path, count: int, storylines: int, words: int) -> None:
    """Run one part."""
    configure_logs("error")
    if part == "stages":
        lines = stream.made_up(count, storylines, words)
        stream.stages([stream.article_of(line) for line in lines], folder / "stages", [])
    elif part == "whole":
        bench, warm = folder / "bench.jsonl", folder / "warm.jsonl"
        asyncio.run(stream.whole(bench, folder / "whole", count - count // 2, [], warm))
    else:
        stream.cold_start(folder / "cold")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *(int(value) for value in sys.argv[3:6]))
