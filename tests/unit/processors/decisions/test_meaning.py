"""Stories with sentence vectors: found and ranked by them too, with weights of their own, and kept through changes."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from processors.decisions.features import FEATURES, Item, rows
from processors.decisions.learned import meaning_models
from processors.decisions.meaning import BASIC_MEANING, MEANING, MERGE_MEANING, merge_meaning, with_meaning
from processors.decisions.story_pairs import MERGE_FEATURES
from processors.decisions.vectors import cosine, known
from schemas.evidence import Evidence
from tests.builders import T0, story
from tests.worlds import World, evidence, folded

MODEL = "all-MiniLM-L6-v2"
GALLIUM = "gallium beijing licence export metal curbs smelter quota"
RETOLD = "germanium china permit shipment mineral limits foundry ceiling"  # the same without a word in common
FERRY = "ferry island tourist beach hotel season ticket queue"


def packed(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def meant(words: str, *values: float, model: str = MODEL) -> Evidence:
    return evidence(words, embedding=packed(*values), embedding_model=model, geographies=(), actors=())


def test_the_shipped_weights_name_the_features_in_their_order() -> None:
    found = meaning_models(MODEL)
    assert found is not None
    assert tuple(term.name for term in found.item_story.terms) == (*FEATURES, *MEANING)
    assert tuple(term.name for term in found.story_story.terms) == (*MERGE_FEATURES, *MERGE_MEANING)


@pytest.mark.parametrize("name", ["sentence-transformers/all-MiniLM-L6-v2", "all-minilm"])
def test_a_model_is_known_by_every_name_that_servers_give_it(name: str) -> None:
    assert meaning_models(name) is not None
    assert meaning_models("text-embedder-of-another-scale") is None


def test_only_pairs_with_vectors_of_one_model_get_the_longer_row() -> None:
    item = Item({"a": 1.0}, {"a": 3.0}, T0, embedding=packed(1, 0), embedding_model=MODEL)
    heads = [
        story(1, embedding=packed(3, 4), embedding_model=MODEL, weight=5.0),
        story(2, embedding=packed(2, 0), embedding_model=MODEL, weight=2.0),
        story(3, embedding=packed(2, 0), embedding_model="another"),
        story(4, embedding=packed(2, 0, 0), embedding_model=MODEL),
        story(5),
    ]
    table = with_meaning(item, heads, rows(item, heads))
    assert [len(row) for row in table] == [len(FEATURES) + len(MEANING)] * 2 + [len(FEATURES)] * 3
    first, second = (dict(zip(MEANING, row[len(FEATURES) :], strict=True)) for row in table[:2])
    assert [first[name] for name in BASIC_MEANING] == pytest.approx([0.6, -0.4, 0.0, 1.0])
    assert [second[name] for name in BASIC_MEANING] == pytest.approx([1.0, 0.4, 1.0, 1.0])
    assert with_meaning(replace(item, embedding=b""), heads, rows(item, heads)) == rows(item, heads)


def test_stories_are_compared_in_meaning_when_both_can_be() -> None:
    one = story(1, embedding=packed(3, 4), embedding_model=MODEL, weight=5.0)
    other = story(2, embedding=packed(1, 0), embedding_model=MODEL, weight=2.0)
    found = dict(zip(MERGE_MEANING, merge_meaning(one, other, 1.0, 1.0), strict=True))
    assert found["meanings"] == found["meanings up to 0.6"] == pytest.approx(0.6)
    assert (found["looser agreement"], found["tighter agreement"]) == pytest.approx((0.5, 1.0))
    assert merge_meaning(one, replace(other, embedding_model="another"), 1.0, 1.0) == []
    assert merge_meaning(one, replace(other, embedding=b""), 1.0, 1.0) == []


def test_a_story_without_a_word_in_common_is_found_by_its_meaning() -> None:
    world = World()
    world.read("a1", meant(GALLIUM, 1, 0, 0))
    row = world.read("a2", meant(RETOLD, 0.9, 0.1, 0), family="b").evidence[0]
    assert [each.story_id for each in row.candidates] == [world.story("a1").story_id]
    assert row.candidates[0].features["meaning"] > 0.9
    bare = World()
    bare.read("a1", evidence(GALLIUM))
    assert bare.read("a2", evidence(RETOLD), family="b").evidence[0].candidates == ()


def test_nearer_in_meaning_is_likelier() -> None:
    scores = []
    for near in (0.0, 0.4, 0.8, 1.0):
        world = World(join_at=1.0)
        world.read("a1", meant(GALLIUM, 1, 0))
        row = world.read("a2", meant(GALLIUM, near, (1 - near * near) ** 0.5), family="b").evidence[0]
        scores.append(row.candidates[0].score)
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_vectors_of_an_unknown_model_are_kept_and_change_nothing_else() -> None:
    plain, other = World(), World()
    for number, words in enumerate((GALLIUM, FERRY, GALLIUM)):
        plain.read(f"a{number}", evidence(words, geographies=(), actors=()))
        other.read(f"a{number}", meant(words, 1, number, model="unknown"))
    assert [c.evidence[0].candidates for c in plain.log] == [c.evidence[0].candidates for c in other.log]
    assert other.story("a0").embedding_model == "unknown"


def test_a_storys_vector_is_the_sum_of_its_evidences() -> None:
    world = World(join_at=0.0)
    world.read("a1", meant(GALLIUM, 2, 0))
    world.read("a2", meant(GALLIUM, 0, 3), family="b")
    head = world.story("a1")
    assert struct.unpack("<2f", head.embedding) == pytest.approx((1.0, 1.0), abs=1e-6)
    world.read("copy", meant(GALLIUM, 0, 3), copy_of="a2", family="c")
    world.read("a3", meant(GALLIUM, 5, 5, model="another"), family="d")
    world.read("a4", evidence(GALLIUM), family="e")
    same = world.story("a4")
    assert same.story_id == head.story_id
    assert (same.embedding, same.embedding_model) == (head.embedding, MODEL)


def test_stories_that_become_one_add_up() -> None:
    world = World(join_at=0.9999)
    world.read("a1", meant(GALLIUM, 1, 0))
    world.read("a2", meant(GALLIUM, 0, 1), family="b", at=1)
    older, younger = world.story("a1"), world.story("a2")
    assert older.story_id != younger.story_id
    world.state.policy = replace(world.policy, join_at=0.0, merge_at=0.0, merge_from=0.0)
    world.read("a3", meant(GALLIUM, 1, 1), family="c", at=1)
    assert world.state.stories[younger.story_id].merged_into == older.story_id
    whole, level = known(world.story("a1").embedding), known(packed(1, 1))
    assert whole is not None
    assert level is not None
    assert cosine(whole, level) == pytest.approx(1.0)
    again, probe = folded(world.policy, world.log).index, packed(1, 2)
    assert len(again) == len(world.state.index)
    at, policy = world.state.now, world.policy
    assert (
        again.nearest_in_meaning(probe, MODEL, at, policy)
        == world.state.index.nearest_in_meaning(probe, MODEL, at, policy)
        != []
    )
