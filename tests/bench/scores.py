"""Scores of a streaming clustering against the true storylines of the same documents.

`gold` and `predicted` are equally long sequences of cluster names, in the order in which the documents arrived.

* BCubed: A. Bagga, B. Baldwin, "Entity-Based Cross-Document Coreferencing Using the Vector Space Model", COLING-ACL
  1998. Precision of one document: the share of its predicted cluster that has its true storyline; recall: the share of
  its true storyline that is in its predicted cluster; both averaged over documents, F1 their harmonic mean.
* AMI: N. X. Vinh, J. Epps, J. Bailey, "Information Theoretic Measures for Clusterings Comparison", JMLR 11, 2010;
  ARI: L. Hubert, P. Arabie, "Comparing partitions", Journal of Classification 2, 1985; both from scikit-learn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Scores:
    """How well one clustering of one stream agrees with the truth."""

    documents: int
    precision: float
    recall: float
    f1: float
    ami: float
    ari: float
    right: float  # share of right streaming decisions
    clusters: int
    true: int


def bcubed(gold: Sequence[str], predicted: Sequence[str]) -> tuple[float, float, float]:
    """Return BCubed precision, recall and F1; all 0 for no documents."""
    if not gold:
        return 0.0, 0.0, 0.0
    together = Counter(zip(gold, predicted, strict=True))
    of_storyline, of_cluster = Counter(gold), Counter(predicted)
    precision = fmean(together[g, p] / of_cluster[p] for g, p in zip(gold, predicted, strict=True))
    recall = fmean(together[g, p] / of_storyline[g] for g, p in zip(gold, predicted, strict=True))
    return precision, recall, 2.0 * precision * recall / (precision + recall)


def right_decisions(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Return the share of documents that were put right as seen at their arrival.

    The first document of a storyline is right in a cluster of its own; a later one in a cluster most of whose earlier
    documents have its storyline (the earliest storyline wins a tie).
    """
    seen: set[str] = set()
    inside: defaultdict[str, Counter[str]] = defaultdict(Counter)
    right = 0
    for storyline, cluster in zip(gold, predicted, strict=True):
        before = inside[cluster]
        if storyline in seen:
            right += bool(before) and before.most_common(1)[0][0] == storyline
        else:
            right += not before
        seen.add(storyline)
        before[storyline] += 1
    return right / len(gold) if gold else 0.0


def score(gold: Sequence[str], predicted: Sequence[str]) -> Scores:
    """Return every score of `predicted`."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    precision, recall, f1 = bcubed(gold, predicted)
    return Scores(
        documents=len(gold),
        precision=precision,
        recall=recall,
        f1=f1,
        ami=float(adjusted_mutual_info_score(gold, predicted)),
        ari=float(adjusted_rand_score(gold, predicted)),
        right=right_decisions(gold, predicted),
        clusters=len(set(predicted)),
        true=len(set(gold)),
    )
