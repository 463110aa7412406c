"""Evidence that comes late lands where it belongs in time: sums, states and the clock as if it had come in time."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decisions.strength import day_of
from schemas.proposal import Extraction
from schemas.vocabulary import Kind, Stance
from tests.examples import tried
from tests.worlds import World, content, day, evidence, extraction, folded, kinds, restored

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
FERRY = "ferry island tourist beach hotel season ticket queue"
Apart = tuple[str, str, int]  # family, kind of the evidence, UTC day
KINDS: tuple[Kind, ...] = ("structural", "cyclical", "event")
STANCES: tuple[Stance, ...] = ("supports", "supports", "supports", "contradicts", "context")


def archive(seed: int, topics: int, mixed: bool) -> list[Extraction]:
    """Return some forty articles over two years in order of time; unless `mixed`, topics share no word."""
    random = Random(seed)
    found = []
    for number in range(random.randint(10, 40)):
        topic = random.randrange(topics)
        words = [f"t{topic}w{n}" for n in range(9)] if not mixed else random.sample([f"w{n}" for n in range(14)], 6)
        one = evidence(
            " ".join(words),
            quote=f"quote {number}",
            kind=random.choice(KINDS),
            stance=random.choice(STANCES),
            salience=random.randint(1, 999_999),
        )
        at = random.choice((random.uniform(0, 60), random.uniform(0, 720)))
        found.append(extraction(f"a{number}", one, at=at, family=random.choice("abcd")))
    return sorted(found, key=lambda one: one.published_at)


def in_time(articles: list[Extraction]) -> World:
    """A world that had each article when it was published; then an hour passes."""
    world = World(watch=False)
    for each in articles:
        world.take(each)
    world.tick(721)
    return world


def with_late(articles: list[Extraction], late: set[int]) -> World:
    """A world that lives on without the `late` ones, and gets those, in their order, at the end."""
    world = World(watch=False)
    for number, each in enumerate(articles):
        if number not in late:
            world.take(each)
    world.tick(720)
    before = world.state.now
    for number in sorted(late):
        world.take(articles[number])
        assert world.state.now == before, "the clock stands"
    world.tick(721)
    return world


def sums(world: World) -> Counter[Apart]:
    """Return the micro of all signals together by family, kind and day, whatever the stance."""
    total: Counter[Apart] = Counter()
    for signal_id in world.state.signals:
        for row in world.state.holdings.of(signal_id).mass():
            total[row.family, row.kind, row.day] += row.micro
    return total


def alike(world: World) -> dict[frozenset[tuple[str, Stance]], str]:
    """Return of each set of articles, with their stances, that one signal on one story rests on, the signal's id."""
    found = {}
    for signal_id, head in world.state.signals.items():
        marks = [world.state.marks[article_id] for _, article_id in world.state.holdings.members(signal_id)]
        if marks and len(set(world.state.holdings.of(signal_id).story_ids())) <= 1 and not head.merged_into:
            found[frozenset((mark.article_id, mark.evidence[0].stance) for mark in marks)] = signal_id
    return found


cases = st.tuples(st.integers(0, tried(60, 2**32)), st.integers(1, 5), st.sets(st.integers(0, 39)))
some = settings(deadline=None, derandomize=True, max_examples=tried(40, 300))


@some
@given(cases)
def test_all_signals_together_have_the_sums_of_on_time_arrival(case: tuple[int, int, set[int]]) -> None:
    """Whatever joined whatever: by family, kind and day. (What denies a claim that is not there supports its own.)"""
    articles = archive(case[0], case[1], mixed=True)
    assert sums(in_time(articles)) == sums(with_late(articles, case[2] & set(range(len(articles)))))


@some
@given(cases)
def test_a_signal_that_rests_on_the_same_is_the_same(case: tuple[int, int, set[int]]) -> None:
    articles = archive(case[0], case[1], mixed=False)
    on_time, late = in_time(articles), with_late(articles, case[2] & set(range(len(articles))))
    there, here = alike(on_time), alike(late)
    for members in there.keys() & here.keys():
        one, other = on_time.state.signals[there[members]], late.state.signals[here[members]]
        for at in (720.0, 500.0, 100.0):
            then = day(at)
            strengths = [w.state.components(s.signal_id, then) for w, s in ((on_time, one), (late, other))]
            assert strengths[0] == strengths[1], "to the last digit, at any time"
        assert one.opened_at == other.opened_at
        if all(stance == "supports" for _, stance in members):  # otherwise what opened it counts as its first news
            assert one.last_reinforced == other.last_reinforced
        assert (one.published_at is None) == (other.published_at is None)
        assert (one.evidence, one.articles, one.families) == (other.evidence, other.articles, other.families)


def test_the_cases_are_worth_their_name() -> None:
    """Guards the two above: most late arrivals end in signals that can be compared, and some in others."""
    compared = others = 0
    for seed in range(20):
        articles = archive(seed, 4, mixed=False)
        there, here = alike(in_time(articles)), alike(with_late(articles, set(range(0, len(articles), 2))))
        compared += len(there.keys() & here.keys())
        others += len(there.keys() ^ here.keys())
    assert compared > 20
    assert others > 0


@some
@given(cases)
def test_a_state_with_late_evidence_is_its_commits(case: tuple[int, int, set[int]]) -> None:
    world = World(watch=False, sweep=7, story_horizon=60.0)
    articles = archive(case[0], case[1], mixed=True)
    for each in [a for n, a in enumerate(articles) if n not in case[2]] + [
        a for n, a in enumerate(articles) if n in case[2]
    ]:
        world.take(each)
        assert content(restored(world.state, world.log)) == content(world.state)
    assert content(folded(world.policy, world.log)) == content(world.state)


def test_its_mass_lies_on_its_own_day_and_the_clock_stands() -> None:
    world = World()
    world.read("a1", GALLIUM, at=0.0)
    world.read("a2", GALLIUM, at=400.0, family="b")
    now = world.state.now
    world.read("late", GALLIUM, at=3.0, family="c")
    assert world.state.now == now
    days = {row.family: row.day for row in world.state.holdings.of(world.signal("late").signal_id).mass()}
    assert days["c"] == day_of(day(3.0))


def test_a_late_first_word_is_when_the_signal_began() -> None:
    world = World()
    world.read("a1", GALLIUM, at=20.0)
    world.read("late", GALLIUM, at=12.0, family="b")
    assert world.signal("a1").opened_at == world.story("a1").opened_at == day(12.0)
    assert world.signal("a1").last_reinforced == day(20.0)
    world.read("copy", GALLIUM, at=5.0, copy_of="a1")
    assert world.signal("a1").opened_at == day(12.0), "a copy begins nothing"


def test_what_is_published_late_is_at_once_what_time_has_made_of_it() -> None:
    world = World()
    world.read("now", FERRY, at=400.0)
    world.read("l1", GALLIUM, at=0.0)
    commit = world.read("l2", GALLIUM, at=1.0, family="b")
    assert kinds(commit) == ["reinforced", "published", "dormant"]
    assert world.signal("l1").published_at == day(400.0)
    assert world.signal("l1").state == "dormant"
    assert kinds(world.tick(401)) == []


def test_what_is_published_late_and_still_has_weight_is_published() -> None:
    world = World()
    world.read("now", FERRY, at=10.0)
    world.read("l1", GALLIUM, at=3.0)
    assert kinds(world.read("l2", GALLIUM, at=4.0, family="b")) == ["reinforced", "published"]


def test_late_evidence_wakes_nothing() -> None:
    world = World()
    world.read("a1", GALLIUM)
    world.read("b1", FERRY)
    world.read("b2", FERRY, family="b")
    world.tick(500)
    states = [world.signal(name).state for name in ("a1", "b1")]
    assert states == ["dormant", "dormant"]
    assert kinds(world.read("a2", GALLIUM, at=2.0)) == ["reinforced"], "one family: a candidate that was dropped"
    assert kinds(world.read("b3", FERRY, at=2.0, family="c")) == ["reinforced"]
    assert [world.signal(name).state for name in ("a1", "b1")] == states
    assert kinds(world.tick(501)) == []


def test_a_second_voice_of_long_ago_makes_a_dropped_candidate_a_signal_of_then() -> None:
    world = World()
    world.read("a1", GALLIUM)
    world.tick(500)
    assert kinds(world.read("late", GALLIUM, at=2.0, family="b")) == ["reinforced", "published", "dormant"]
    assert world.signal("a1").state == "dormant"


def test_a_story_that_is_told_late_stays_open_while_it_is_told() -> None:
    world = World(sweep=10, story_horizon=30.0)
    world.read("now", FERRY, at=400.0)
    for number in range(30):
        world.read(f"l{number}", GALLIUM, at=number / 10)
    assert len({world.story(f"l{number}").story_id for number in range(30)}) == 1
    for number in range(25):
        world.read(f"n{number}", f"{FERRY} harbour", at=400.0 + number)
    assert world.story("l0").story_id not in world.state.index, "nobody tells it any more"


def test_a_late_article_does_not_keep_time_from_leaping() -> None:
    world = World(jump=3.0)
    world.read("a1", GALLIUM)
    world.read("a2", FERRY, at=50.0)
    assert world.state.now == day(0.0), "one article alone is not believed"
    world.read("late", GALLIUM, at=-300.0)
    world.read("a3", FERRY, at=50.1)
    assert world.state.now == day(50.0)
