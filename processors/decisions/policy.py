"""The policy: every constant that decides, with a version that each event names."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.copying import replace


@dataclass(frozen=True, slots=True)
class Policy:
    """Constants of matching, publication, strength and fading. Times in days unless named otherwise."""

    version: str = "2"
    # matching: probabilities that two report one run of events, by the models of `learned/`
    join_at: float = 0.34  # an item joins the best story from this on
    # With a judge the doubtful ones on both sides are asked about.
    ask_from: float = 0.2
    ask_until: float = 0.5
    merge_from: float = 0.12  # an item this likely to belong to a second story is the occasion to compare the two
    merge_compared: int = 2  # with so many other stories
    merge_at: float = 0.5  # two stories become one
    least_shared: int = 2  # terms that an item shares with a story it may join,
    short_terms: int = 8  # if it has so many terms or more itself
    compared: int = 8  # retrieved stories that the models look at
    meaning_from: float = 0.2  # cosine of sentence vectors from which a story is looked at for that alone
    story_horizon: float = 120.0  # a story silent for longer is closed
    sweep: int = 1_000  # commits between two sweeps of closed stories out of the index
    centroid_terms: int = 100
    candidates: int = 3  # how many stories a question and an evidence name
    judge: str = ""  # who is asked, by model and prompt; "" when nobody is
    # A thesis is looked for when an item opens a story: signals of other stories whose scope is this near are put to
    # the judge. Cosines; a generous floor, since the judge decides and "none" is a normal answer.
    thesis_ask: float = 0.15  # of term vectors
    thesis_ask_embedded: float = 0.45  # of embeddings
    thesis_candidates: int = 4
    question_seconds: float = 600.0  # wall clock
    # publication
    publish_families: int = 2
    publish_salience: int = 950_000
    candidate_days: float = 30.0  # an unpublished candidate without news for so long is dropped
    # strength
    half_life: dict[str, float] = field(default_factory=lambda: {"structural": 45.0, "cyclical": 21.0, "event": 10.0})
    fade_below: float = 1.0
    dormant_below: float = 0.3
    revive_at: float = 1.2
    # A single article moves the ledger's time by at most so many days; a second one must confirm a longer jump.
    jump: float = 3.0
    # the watchman (similarities are means of cosines; see coherence.py for what is compared)
    watch: bool = True
    watch_first: int = 12  # of a signal's evidence the earliest, by which the scope is known, and
    watch_last: int = 72  # the latest are compared
    watch_cuts: tuple[float, ...] = (
        0.32,
        0.16,
        0.08,
        0.04,
    )  # nearness that tells groups apart, tried in order
    foreign_share: float = 0.1  # foreign is what is at most so near to the scope's group as that is to itself (and to
    foreign_share_tight: float = 0.35  # its words), or so near where the scope's group is tight: nearer to itself by
    foreign_gap: float = 0.4  # so much at least, with
    tight_evidence: int = 4  # so many evidence, from
    tight_days: int = 3  # so many days
    foreign_evidence: int = (
        4  # so much that is foreign divides a signal (once it was divided one, of the second sort), from
    )
    foreign_days: int = 2  # so many days
    foreign_parts: int = 19  # parts that leave a signal in one division
    thesis_keep: float = 0.3  # a story less near to its thesis is foreign there: cosine of term vectors,
    thesis_keep_embedded: float = 0.55  # or of embeddings
    thesis_stories: int = 50  # the latest ones are compared
    same_centroid: float = 0.8  # near-duplicate signals: cosine of their stories' centroids, or of their embeddings,
    same_scope: float = 0.6  # and of their scopes' terms
    same_mechanism: float = 0.8  # the same for theses: cosine of scope and mechanism
    same_days: float = 14.0  # between the end of one and the beginning of the other at most
    # narration
    title_length: int = 110
    scope_evidence: int = 3  # the scope may be replaced only before the third evidence

    def judged_by(self, name: str) -> Policy:
        """Return the policy with a judge, which is part of its version."""
        return replace(self, judge=name, version=f"{self.version}+judge={name}") if name else self
