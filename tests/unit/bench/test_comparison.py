"""The comparison: means by corpus, and which aims were missed."""

from __future__ import annotations

from tests.bench.comparison import Result, compared, table
from tests.bench.scores import Scores


def result(stream: str, f1: float, clusters: int) -> Result:
    scores = Scores(10, f1, f1, f1, f1, f1, f1, clusters, 4)
    return Result(stream, stream.partition("_")[0], scores, 90.0)


def test_each_corpus_is_the_mean_of_its_streams() -> None:
    rows = compared(
        [result("uci_a", 0.8, 9), result("wcep_b", 0.5, 9), result("wcep_c", 0.7, 11)],
        [result("uci_a", 0.76, 5), result("wcep_b", 0.5, 5), result("wcep_c", 0.6, 5)],
    )
    assert [(row.corpus, round(row.ours.f1, 6), round(row.gain, 6), row.times_true) for row in rows] == [
        ("uci", 0.8, 0.04, 2.25),
        ("wcep", 0.6, 0.05, 2.5),
    ]
    assert [row.missed() for row in rows] == [["uci: 2.2 clusters for each true one, the aim is 2"], []]
    assert "uci" in table(rows)


def test_a_gain_that_is_too_small_misses_the_aim() -> None:
    row = compared([result("wcep_b", 0.5, 9)], [result("wcep_b", 0.51, 5)])[0]
    assert row.missed() == ["wcep: F1 is -0.010 beside the baseline, the aim is +0.030"]
