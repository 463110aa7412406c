"""Fakes that several tests share: small, real implementations of the ports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

from processors.agents.extract import nothing_from
from schemas.article import Article
from schemas.codec import decode, encode
from schemas.evidence import Evidence
from schemas.ledger import Commit
from schemas.proposal import Answer, Extraction, Question, Verdict


class PlainExtractor:
    """Quotes the title and counts its words: enough of an analyst for tests of everything around it."""

    name = "plain/1"

    async def extract(self, article: Article) -> Extraction:
        """Return one evidence, the first line of the text; nothing for an article that says NOTHING."""
        bare = nothing_from(article, self.name, "nothing", "says nothing")
        if "NOTHING" in article.text:
            return bare
        if "RAISE" in article.text:
            raise ValueError("told to fail")
        quote = article.text.split("\n")[0][:400]
        words = re.findall(r"\w+", f"{article.title} {quote}".lower())
        terms: dict[str, float] = {}
        for word in words:
            if len(word) > 3:
                terms[word] = terms.get(word, 0.0) + 1.0
        key = sha256(f"{article.article_id}:{article.revision}:{quote}".encode()).hexdigest()[:20]
        evidence = Evidence(
            evidence_id=key,
            item=0,
            quote=quote,
            quote_start=0,
            quote_end=len(quote),
            anchor=quote[:60],
            claim=article.title[:300],
            stance="contradicts" if "denied" in words else "supports",
            reasoning="",
            reasoning_origin="none",
            kind="structural",
            lens="technology",
            sectors=("AI",),
            geographies=("US",),
            actors=(),
            salience=600_000,
            terms=dict(sorted(terms.items())[:80]),
        )
        return replace(bare, outcome="accepted", reason="", evidence=(evidence,))


class MemoryCommitLog:
    """A CommitLog in memory, with a list of failures to raise on the next appends. Commits travel as bytes."""

    carries = False

    def __init__(self) -> None:
        self._bodies: list[bytes] = []
        self.failures: list[Exception] = []
        self.reads: list[tuple[int, int | None]] = []
        self.appends: list[tuple[int, ...]] = []  # the numbers of each call, failed ones included

    def last(self) -> int:
        """See processors.ports.CommitLog."""
        return len(self._bodies)

    def read(self, after: int, upto: int | None = None) -> Iterator[Commit]:
        """See processors.ports.CommitLog."""
        self.reads.append((after, upto))
        for body in self._bodies[after:upto]:
            yield decode(body, Commit)

    def append(self, commits: Sequence[Commit], proposals: Sequence[bytes] = ()) -> None:
        """See processors.ports.CommitLog."""
        self.appends.append(tuple(commit.n for commit in commits))
        if self.failures:
            raise self.failures.pop(0)
        for commit in commits:
            if commit.n <= self.last():
                assert encode(commit) == self._bodies[commit.n - 1], f"commit {commit.n} has two contents"
                continue
            assert commit.n == self.last() + 1, f"commit {commit.n} does not follow {self.last()}"
            self._bodies.append(encode(commit))

    def commits(self) -> list[Commit]:
        """Return everything durable."""
        return list(self.read(0))


class ScriptedJudge:
    """Says yes to the first candidate, abstains, or fails, as the question's claim tells it to."""

    name = "scripted/1"

    async def answer(self, question: Question) -> Answer:
        """See processors.ports.Judge."""
        if "FAIL" in question.claim:
            raise RuntimeError("told to fail")
        if "ABSTAIN" in question.claim:
            return Answer(question.question_id, (), self.name, "cannot say")
        best = question.candidates[0]
        return Answer(question.question_id, (Verdict(best.signal_id, best.story_id, "supports"),), self.name, "same")


class EmptySnapshot:
    """A snapshot of nothing: the ledger folds its whole log, as the embedded mode does from its store."""

    def position(self) -> int:
        return 0

    def signals(self) -> tuple[()]:
        return ()

    def stories(self) -> tuple[()]:
        return ()

    def marks(self) -> tuple[()]:
        return ()

    def questions(self) -> tuple[()]:
        return ()

    def applied(self) -> tuple[()]:
        return ()

    def document_frequencies(self) -> tuple[int, dict[str, int]]:
        return 0, {}
