"""`python -m tests.bench.evidence --articles FILE.jsonl[.gz] [--limit N] [--json]`: analysts on real articles.

The lexical analyst always; beside it in the same run the model, when one is configured (`OPENAI_API_KEY`,
`OPENAI_BASE_URL` or the section `[llm]`). FILE has the lines that `bellwether ingest` takes. Printed of each analyst:

* articles with evidence, with nothing, rejected, deferred; evidence per article;
* quote validity: the share of quotes that are the article's text at their offsets (below 100 % is a fault);
* anchor in quote: the share whose anchor lies in the quote;
* unsupported claims: claims with a number, name or negation that the *quote alone* does not have. The gate asks for
  the quote's paragraph, so this is stricter: it says how much of a claim a reader can check at a glance;
* mechanisms and reasoning: the share of evidence that has them;
* rejections by reason; tokens, money and seconds per article.

Nothing is stored; the model's answers are cached in `--books` (default: a temporary file): a repeat costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.roles import opened_analysts
from infra.settings import load
from processors.analysts.lexical.extractor import LexicalExtractor
from processors.analysts.llm.costs import costs
from processors.decisions.claims import unsupported
from processors.ports import Extractor
from producers.ingest import ingest
from producers.ports import Known
from producers.settings import ProducerSettings
from schemas.article import Article
from schemas.errors import Retryable
from schemas.proposal import Extraction


class Collected:
    """An intake that only collects: producers.ports.Intake."""

    def __init__(self, limit: int) -> None:
        self.articles: list[Article] = []
        self._limit = limit

    def known(self, article_ids: Sequence[str]) -> Mapping[str, Known]:
        """Nothing was there before."""
        return {}

    def recent(self, since: datetime) -> Iterable[Article]:
        """Nothing was there before."""
        return ()

    def admit(self, articles: Sequence[Article], *, ordered: bool) -> int:
        """Keep what still fits."""
        self.articles.extend(articles[: max(0, self._limit - len(self.articles))])
        return len(articles)


@dataclass(slots=True)
class Score:
    """What one analyst did; counts unless named otherwise."""

    analyst: str
    articles: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    evidence: int = 0
    valid: int = 0
    anchored: int = 0
    unsupported: int = 0
    mechanisms: int = 0
    reasoned: int = 0
    rejections: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    tokens: int = 0
    money: float = 0.0

    def take(self, article: Article, extraction: Extraction) -> None:
        """Count one article's extraction."""
        self.articles += 1
        self.outcomes[extraction.outcome] += 1
        self.rejections.update(rejected.reason.split(":")[0] for rejected in extraction.rejected)
        for evidence in extraction.evidence:
            self.evidence += 1
            self.valid += article.text[evidence.quote_start : evidence.quote_end] == evidence.quote
            self.anchored += evidence.anchor in evidence.quote
            self.unsupported += bool(unsupported(evidence.claim, evidence.quote, language=article.language))
            self.mechanisms += bool(evidence.mechanism)
            self.reasoned += bool(evidence.reasoning)

    def rows(self) -> dict[str, Any]:
        """Return the figures by name."""
        per = max(1, self.articles)
        return {
            "articles": self.articles,
            **{f"  {name}": count for name, count in sorted(self.outcomes.items())},
            "evidence per article": round(self.evidence / per, 2),
            "quote validity": share(self.valid, self.evidence),
            "anchor in quote": share(self.anchored, self.evidence),
            "claims unsupported by the quote alone": share(self.unsupported, self.evidence),
            "with a mechanism": share(self.mechanisms, self.evidence),
            "with reasoning": share(self.reasoned, self.evidence),
            "rejected quotes": sum(self.rejections.values()),
            **{f"  {reason}": count for reason, count in self.rejections.most_common(8)},
            "tokens per article": round(self.tokens / per, 1),
            "money per article": round(self.money / per, 6),
            "seconds per article, one after the other": round(self.seconds / per, 4),
        }


def share(part: int, whole: int) -> str:
    """Return a share as a percentage, "–" of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


async def run(extractor: Extractor, articles: Sequence[Article], at_a_time: int) -> Score:
    """Return the score of one analyst over `articles`."""
    score, places = Score(extractor.name), asyncio.Semaphore(at_a_time)

    async def one(article: Article) -> None:
        async with places:
            began = time.perf_counter()
            try:
                extraction = await extractor.extract(article)
            except Retryable as error:
                score.articles += 1
                score.outcomes["deferred"] += 1
                score.rejections[f"(deferred) {error}"[:100]] += 1
                return
            finally:
                score.seconds += time.perf_counter() - began
            score.take(article, extraction)

    await asyncio.gather(*(one(article) for article in articles))
    return score


async def measure(articles: Sequence[Article], books: Path, at_a_time: int) -> list[Score]:
    """Return the scores of the lexical analyst and, when one is configured, of the model."""
    scores = [await run(LexicalExtractor(), articles, 1)]
    loaded = load({"llm.books": str(books)})
    if not loaded.settings.uses_llm:
        return scores
    began = datetime.now(UTC)
    async with opened_analysts(loaded.settings) as analysts:
        scores.append(await run(analysts.extractor(), articles, at_a_time))
    spent = costs(str(books), began, datetime.now(UTC)).total
    scores[-1].tokens, scores[-1].money = spent.tokens_in + spent.tokens_out, spent.spend
    return scores


def table(scores: Sequence[Score]) -> str:
    """Return the figures side by side."""
    columns = [score.rows() for score in scores]
    names = list(dict.fromkeys(name for column in columns for name in column))
    width = max(len(name) for name in names) + 2
    lines = ["".ljust(width) + "".join(score.analyst.rjust(34) for score in scores)]
    lines += [name.ljust(width) + "".join(str(c.get(name, "–")).rjust(34) for c in columns) for name in names]
    return "\n".join(lines)


def main() -> int:
    """Read the articles, run the analysts, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--at-a-time", type=int, default=8, help="articles that the model reads at a time")
    parser.add_argument("--books", type=Path, help="where the model's answers are cached")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    collected = Collected(given.limit)
    report = ingest(given.articles, collected, lambda: datetime.now(UTC), ProducerSettings())
    if not collected.articles:
        print(f"no article could be read from {given.articles}: {report.failure or report.errors}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        books = given.books or Path(folder) / "llm.sqlite"
        scores = asyncio.run(measure(collected.articles, books, given.at_a_time))
    if given.json:
        print(json.dumps([{"analyst": score.analyst, **score.rows()} for score in scores], indent=2))
    else:
        print(table(scores))
    return 0 if all(score.valid == score.evidence for score in scores) else 1


if __name__ == "__main__":
    sys.exit(main())
