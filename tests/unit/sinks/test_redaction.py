"""The words of articles that were taken down: found wherever they stand, and nothing else is touched."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.analysts.llm.books import Books
from processors.analysts.llm.forgetting import forget
from processors.decisions.state import LedgerState
from schemas.ledger import Commit
from schemas.takedown import TAKEDOWN, TAKEN
from sinks.redaction import Taken
from tests.worlds import World, evidence, extraction

TEXT = "China will require export licences for gallium and germanium from Monday, the ministry said."
OURS = Taken.of(["a"], ["ev-a"], [TEXT], ["Gallium is short", TEXT], ["the ministry said so on a Tuesday in Beijing"])
WORDS = tuple(f"ore{number}" for number in range(15))


def test_runs_of_words_go_and_the_rest_stays() -> None:
    quoted = "<p>It said: &#34;China will require EXPORT licences for gallium&#34;; no more.</p>"
    assert OURS.scrubbed(quoted) == f"<p>It said: &#34;{TAKEN}&#34;; no more.</p>"
    assert OURS.scrubbed("New: Gallium is short.") == f"New: {TAKEN}."
    for innocent in ("", "Export licences for gallium", "the ministry said so on a Tuesday in Beijing", "gallium"):
        assert OURS.scrubbed(innocent) == innocent
        assert not OURS.touches(innocent)
    assert OURS.touches(TEXT)


def test_a_record_of_ours_loses_its_words_and_one_of_others_keeps_them() -> None:
    mine = {"evidence_id": "ev-a", "article_id": "a", "quote": TEXT, "anchor": "tin", "claim": "", "micro": 7,
            "reasoning": "because", "terms": {"tin": 1.0}, "quote_key": "k"}  # fmt: skip
    assert OURS.redacted(mine) == mine | {"quote": TAKEN, "anchor": TAKEN, "reasoning": "", "terms": {}}
    theirs = {"evidence_id": "ev-b", "article_id": "b", "quote": TEXT, "claim": TEXT}
    assert OURS.redacted(theirs) == theirs
    head = {"signal_id": "sg-1", "title": f"{TEXT[:50]}…", "scope": TEXT, "analysis": f"So: {TEXT}", "strength": 2.5}
    assert OURS.redacted(head, {"sg-1": "Another claim"}.__getitem__) == head | {
        "title": "Another claim", "scope": "Another claim", "analysis": f"So: {TAKEN}.",
    }  # fmt: skip
    assert OURS.redacted([{"evidence_id": "ev-a", "vector": b"1"}, {"evidence_id": "ev-b", "vector": b"2"}]) == [
        {"evidence_id": "ev-b", "vector": b"2"}
    ]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=8), st.data())
def test_redacted_commits_fold_to_the_same_sums(told: list[tuple[int, int]], data: st.DataObject) -> None:
    world = World()
    for number, (story, family) in enumerate(told):
        words = " ".join(WORDS[5 * story : 5 * story + 5])
        world.read(f"a{number}", evidence(words, quote=f"On day {number} {words}"), at=number / 4, family=f"f{family}")
    down = data.draw(st.sets(st.integers(0, len(told) - 1), min_size=1))
    names = [f"a{number}" for number in sorted(down)]
    rows = [row for commit in world.log for row in commit.evidence if row.article_id in names]
    for name in names:
        silent = extraction(
            name, revision=1, analyst=TAKEDOWN, outcome="rejected", reason="asked to", date_flag="missing"
        )
        commit = world.take(silent)
        assert [change.status for change in commit.changes] == ["withdrawn"]
        assert all("asked to" in event.note for event in commit.events if event.kind == "evidence-rejected")
    taken = Taken.of(names, [row.evidence_id for row in rows], [], [row.quote for row in rows])
    folded = LedgerState(world.policy)
    for commit in world.log:
        plain = msgspec.to_builtins(commit, builtin_types=(bytes, datetime))
        changed = taken.redacted(plain)
        assert not any(row.quote in repr(changed) for row in rows)
        folded.fold(msgspec.convert(changed, type=Commit, builtin_types=(bytes, datetime)))
    assert set(folded.signals) == set(world.state.signals)
    for signal_id, head in world.state.signals.items():
        assert folded.components(signal_id, world.state.now) == world.state.components(signal_id, world.state.now)
        assert (folded.signals[signal_id].strength, folded.signals[signal_id].seq) == (head.strength, head.seq)
    for name in names:
        assert not [mark for mark in folded.marks[name].evidence if not mark.rejected]


def test_what_a_model_said_is_forgotten_also_where_it_is_escaped(tmp_path: Path) -> None:
    books = Books(str(tmp_path / "books.sqlite"))
    inner = msgspec.json.encode({"quote": TEXT.replace(" ", "\u00a0")}).decode()
    books.keep("nested", "m", "p", msgspec.json.encode({"content": inner}).decode())
    books.keep("plain", "m", "p", f"not JSON: {TEXT}")
    books.keep("other", "m", "p", '{"quote": "Dockers strike"}')
    books.share("shared", msgspec.json.encode([TEXT]).decode())
    assert forget(books, OURS.touches) == 3
    assert [books.cached(key) is None for key in ("nested", "plain", "other")] == [True, True, False]
    assert books.shared("shared") is None
    books.close()
    assert b"germanium" not in (tmp_path / "books.sqlite").read_bytes()
