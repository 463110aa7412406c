"""Results of two systems on labelled streams, side by side, and the aims of the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from tests.bench.scores import Scores

AIM_F1: Final = 0.03  # over the baseline, on every corpus
AIM_CLUSTERS: Final = {"uci": 2.0}  # times the true number
HEAD: Final = (
    f"{'':<20}{'P':>7}{'R':>7}{'F1':>7}{'AMI':>7}{'ARI':>7}{'right':>7}{'clusters':>10}{'true':>6}{'docs/s':>9}"
)


@dataclass(frozen=True, slots=True)
class Result:
    """One system on one stream."""

    stream: str
    corpus: str
    scores: Scores
    per_second: float = 0.0

    def line(self) -> str:
        """Return the line under HEAD."""
        s = self.scores
        figures = "".join(f"{value:>7.3f}" for value in (s.precision, s.recall, s.f1, s.ami, s.ari, s.right))
        speed = f"{self.per_second:>9,.0f}" if self.per_second else ""
        return f"{self.stream:<20}{figures}{s.clusters:>10,}{s.true:>6,}{speed}"


@dataclass(frozen=True, slots=True)
class Means:
    """One system on one corpus: means over its streams."""

    f1: float
    ami: float
    clusters: float
    true: float


@dataclass(frozen=True, slots=True)
class Compared:
    """Both systems on one corpus."""

    corpus: str
    ours: Means
    baseline: Means

    @property
    def gain(self) -> float:
        """How much higher our F1 is."""
        return self.ours.f1 - self.baseline.f1

    @property
    def times_true(self) -> float:
        """How many of our clusters there are for each true one."""
        return self.ours.clusters / self.ours.true

    def missed(self) -> list[str]:
        """Return the aims that were missed."""
        found = []
        if self.gain < AIM_F1:
            found.append(f"{self.corpus}: F1 is {self.gain:+.3f} beside the baseline, the aim is {AIM_F1:+.3f}")
        limit = AIM_CLUSTERS.get(self.corpus)
        if limit is not None and self.times_true > limit:
            found.append(f"{self.corpus}: {self.times_true:.1f} clusters for each true one, the aim is {limit:g}")
        return found


def compared(ours: Sequence[Result], baseline: Sequence[Result]) -> list[Compared]:
    """Return the comparison by corpus."""
    corpora = dict.fromkeys(result.corpus for result in ours)
    return [Compared(corpus, _means(ours, corpus), _means(baseline, corpus)) for corpus in corpora]


def _means(results: Sequence[Result], corpus: str) -> Means:
    scores = [result.scores for result in results if result.corpus == corpus]
    return Means(
        fmean(s.f1 for s in scores), fmean(s.ami for s in scores), fmean(s.clusters for s in scores),
        fmean(s.true for s in scores),
    )  # fmt: skip


def table(rows: Sequence[Compared]) -> str:
    """Return ours beside the baseline by corpus."""
    names = ("F1 ours", "baseline", "gain", "AMI ours", "baseline", "clusters", "baseline", "true", "× true")
    lines = [f"{'mean by corpus':<16}" + "".join(f"{name:>10}" for name in names)]
    lines += [
        f"{r.corpus:<16}{r.ours.f1:>10.3f}{r.baseline.f1:>10.3f}{r.gain:>+10.3f}{r.ours.ami:>10.3f}"
        f"{r.baseline.ami:>10.3f}{r.ours.clusters:>10,.0f}{r.baseline.clusters:>10,.0f}{r.ours.true:>10,.0f}"
        f"{r.times_true:>10.1f}"
        for r in rows
    ]
    return "\n".join(lines)
