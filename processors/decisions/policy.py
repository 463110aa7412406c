"""The policy: every constant that decides, with a version that each event names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Policy:
    """Constants of matching, publication, strength and fading. Times in days unless named otherwise."""

    version: str = "2"
    # matching: probabilities that two report one run of events, by the models of `learned/`
    join_at: float = 0.36  # an item joins the best story from this on
    # With a judge the doubtful ones on both sides are asked about.
    ask_from: float = 0.2
    ask_until: float = 0.5
    merge_from: float = 0.12  # an item this likely to belong to a second story is the occasion to compare the two
    merge_compared: int = 2  # with so many other stories
    merge_at: float = 0.5  # two stories become one
    compared: int = 8  # retrieved stories that the models look at
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
    # narration
    title_length: int = 110
    scope_evidence: int = 3  # the scope may be replaced only before the third evidence

    def judged_by(self, name: str) -> Policy:
        """Return the policy with a judge, which is part of its version."""
        return replace(self, judge=name, version=f"{self.version}+judge={name}") if name else self
