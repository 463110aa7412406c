"""`python -m tests.bench.ledger_speed [--stories N ...] [--words 10 120] [--grow N] [--seconds S] [--json FILE]`.

The ledger on one core, without I/O, on made-up news with a realistic vocabulary (tests/bench/made_news.py):

1. match decisions a second at N open stories, for headlines (about 10 content words) and items of 120 words; beside
   them the brute-force cosine over all centroids, for how many joins both name the same story, how many items join
   a story and how many are right to (or not to): 70 % of the items belong to an open story, 30 % to none;
2. ledger commits a second at the same sizes, decide and fold; beside them the bare encoding and decoding of the same
   proposals, and of the commits;
3. one signal that grows to `--grow` articles: commits a second, bytes of a commit and of the signal's head in every
   tenth of the way and some steps before. A head that grows with its articles shows here.

Seconds are those that the one core worked for the part (CPU time): nothing waits here, and other work on the machine
counts little. Resident memory is that of the whole process right after the state is built. Every part has a process of
its own and each measurement stops after `--seconds`. Exit status 1 when an aim is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.bench.made_news import SHAPES

AIM_MATCHES: Final = (6_000, 600.0)  # open stories, decisions a second
AIM_COMMITS: Final = 2_000.0

Figures = dict[str, Any]


def part(*arguments: str) -> Figures:
    """Run one part in a process of its own; return its figures."""
    command = [sys.executable, "-m", "tests.bench.ledger_part", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Figures = json.loads(done.stdout)
    return found


def sizes_line(found: Figures) -> str:
    """Return the figures of one size as a line under `sizes_head`."""
    return (
        f"{found['words']:>5}{found['stories']:>9,}{found['match']:>10,.0f}{found['brute_force']:>8,.0f}"
        f"{found['same_best']:>9.1%}{found['join']:>7.0%}{found['right']:>7.0%}{found['commits']:>11,.0f}{found['decide']:>9,.0f}"
        f"{found['fold']:>9,.0f}{found['proposal_codec']:>12,.0f}{found['commit_codec']:>10,.0f}"
        f"{found['commit_bytes']:>9,.0f}{found['resident']:>8,.0f}{found['built']:>8.1f}"
    )


def sizes_head() -> str:
    """Return the two lines above the figures by size."""
    return (
        f"{'':>14}{'match decisions/s':>27}{'':>14}{'ledger/s':>29}{'codec/s':>22}\n"
        f"{'words':>5}{'stories':>9}{'ours':>10}{'brute':>8}{'same':>9}{'join':>7}{'right':>7}{'commits':>11}{'decide':>9}"
        f"{'fold':>9}{'proposals':>12}{'commits':>10}{'bytes':>9}{'MiB':>8}{'built s':>8}"
    )


def missed(sizes: Sequence[Figures], growth: Sequence[Figures]) -> list[str]:
    """Return the aims that were missed."""
    found = []
    for size in sizes:
        where = f"{size['stories']:,} open stories, {size['words']} words"
        if size["stories"] == AIM_MATCHES[0] and size["match"] < AIM_MATCHES[1]:
            found.append(f"{where}: {size['match']:,.0f} match decisions/s, the aim is {AIM_MATCHES[1]:,.0f}")
        if size["commits"] < AIM_COMMITS:
            found.append(f"{where}: {size['commits']:,.0f} commits/s, the aim is {AIM_COMMITS:,.0f}")
    if growth and growth[-1]["commits"] < AIM_COMMITS:
        at = f"{growth[-1]['articles']:,} articles in one signal"
        found.append(f"{at}: {growth[-1]['commits']:,.0f} commits/s, the aim is {AIM_COMMITS:,.0f}")
    return found


def grown(articles: int, seconds: float) -> list[Figures]:
    """Run and print the signal that grows."""
    found = part("grow", str(articles), str(seconds))
    print(f"\none signal that grows{'':>9}{'commits/s':>11}{'commit bytes':>14}{'signal head':>13}{'story head':>12}")
    for step in found["steps"]:
        print(f"{step['articles']:>21,} articles{step['commits']:>11,.0f}{step['commit_bytes']:>14,.0f}"
              f"{step['signal_bytes']:>13,}{step['story_bytes']:>12,}")  # fmt: skip
    if found["articles"] < articles:
        print(f"… stopped after {seconds:g} s at {found['articles']:,} of {articles:,} articles")
    steps: list[Figures] = found["steps"]
    return steps


def main() -> int:
    """Run every part, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, nargs="*", default=[1_000, 6_000, 20_000, 100_000])
    parser.add_argument("--words", type=int, nargs="+", default=list(SHAPES), choices=list(SHAPES))
    parser.add_argument("--grow", type=int, default=100_000, help="articles; 0 leaves this part out")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each measurement; twelve times it for growth")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args()
    sizes = list[Figures]()
    if given.stories:
        print(sizes_head())
    for words in given.words:
        for stories in given.stories:
            sizes.append(part("size", str(words), str(stories), str(given.seconds)))
            print(sizes_line(sizes[-1]), flush=True)
    growth = grown(given.grow, 12 * given.seconds) if given.grow else []
    aims = missed(sizes, growth)
    print("".join(f"MISSED {aim}\n" for aim in aims), end="")
    if given.json:
        given.json.write_text(json.dumps({"sizes": sizes, "growth": growth, "missed": aims}, indent=2), "utf-8")
    return 1 if aims else 0


if __name__ == "__main__":
    sys.exit(main())
