"""The breaker as a pure state machine."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.analysts.llm.breaker import Breaker, Rules, admit, failed, worked

RULES = Rules(failures=3, seconds=30.0)


def opened(at: float = 100.0) -> Breaker:
    state = Breaker()
    for _ in range(3):
        state = failed(state, RULES, at, "503")
    return state


def test_failures_in_a_row_open_it_and_say_since_when_and_why() -> None:
    state = failed(failed(Breaker(), RULES, 1.0, "503"), RULES, 2.0, "503")
    assert (state.state, admit(state, RULES, 2.0)[1]) == ("closed", 0.0)
    state = failed(state, RULES, 3.0, "no connection")
    assert (state.state, state.since, state.why, state.opened) == ("open", 3.0, "no connection", 1)
    assert admit(state, RULES, 13.0) == (state, 20.0)


def test_an_answer_in_between_starts_the_count_again() -> None:
    state = worked(failed(failed(Breaker(), RULES, 1.0, "503"), RULES, 2.0, "503"), 3.0)
    state = failed(failed(state, RULES, 4.0, "503"), RULES, 5.0, "503")
    assert state.state == "closed"


def test_one_probe_is_let_through_and_its_answer_closes() -> None:
    probing, wait = admit(opened(), RULES, 130.0)
    assert (probing.state, wait) == ("half-open", 0.0)
    assert admit(probing, RULES, 131.0) == (probing, 29.0)
    closed = worked(probing, 132.0)
    assert (closed.state, closed.failures, closed.opened, closed.closed) == ("closed", 0, 1, 1)


def test_a_failed_probe_opens_it_again_but_it_has_been_open_since_the_first_time() -> None:
    state = failed(admit(opened(), RULES, 130.0)[0], RULES, 131.0, "again")
    assert (state.state, state.since, state.retry_at, state.why, state.opened) == ("open", 100.0, 161.0, "again", 1)


def test_a_lost_probe_is_replaced() -> None:
    probing, _ = admit(opened(), RULES, 130.0)
    assert admit(probing, RULES, 160.0)[1] == 0.0


def test_late_answers_to_older_calls_do_not_close_it() -> None:
    assert worked(opened(), 101.0).state == "open"


def test_a_refused_key_opens_it_at_once() -> None:
    assert failed(Breaker(), RULES, 1.0, "401", at_once=True).state == "open"


def test_a_clock_that_was_set_back_does_not_lock_it() -> None:
    assert admit(opened(at=1e9), RULES, 0.0)[1] == 0.0


@given(st.lists(st.tuples(st.sampled_from(["admit", "fail", "work"]), st.floats(0, 100)), max_size=60))
def test_it_never_waits_longer_than_its_time_and_counts_openings_and_closings(steps: list[tuple[str, float]]) -> None:
    state, now = Breaker(), 0.0
    for what, seconds in steps:
        now += seconds
        if what == "admit":
            state, wait = admit(state, RULES, now)
            assert 0.0 <= wait <= RULES.seconds
            assert wait == 0.0 or state.state != "closed"
        else:
            state = failed(state, RULES, now, "x") if what == "fail" else worked(state, now)
        assert state.opened - state.closed == (state.state != "closed")
