"""Commands on the store: carried once, answered when they are shown, listed with what became of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infra.commanding import Commanding, made
from infra.kafka.commands import opened_commanding
from processors.decisions.ledger import decide
from processors.decisions.policy import Policy
from processors.decisions.state import LedgerState
from schemas.errors import BadInput, Retryable
from schemas.ledger import InputPosition
from schemas.proposal import Proposal
from schemas.topics import LIVE, PROPOSALS
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.project import Projector
from sinks.clickhouse.queries import Reader
from tests.builders import commit, event, minutes, signal
from tests.stream.embedded import OwnBroker, Stream

POSITION = InputPosition("here", "bellwether.proposals", 0, 0)


class Ledger:
    """The real decisions on one signal, straight into the store."""

    def __init__(self, store: Store) -> None:
        self.proposals: list[Proposal] = []
        self._log, self._projector = ChdbCommitLog(store, "live"), Projector(store, "live")
        self._state = LedgerState(Policy())
        first = commit(1, events=(event(1, 1),), signals=(signal(1),))
        self._take([first])

    def propose(self, proposal: Proposal) -> None:
        self.proposals.append(proposal)
        made_of_it = decide(self._state, proposal, POSITION, minutes(10 + len(self.proposals)))
        if made_of_it is not None:
            self._take([made_of_it])

    def _take(self, commits: list) -> None:  # type: ignore[type-arg]
        for one in commits:
            self._state.fold(one)
        self._log.append(commits)
        self._projector.apply(commits)


def commanding(store: Store, propose: Callable[[Proposal], None], patience: float = 20.0) -> Commanding:
    return Commanding(Reader(store, "live"), propose, lambda: minutes(99), patience)


def test_a_command_its_repetition_and_its_undo(store: Store) -> None:
    ledger = Ledger(store)
    carrier = commanding(store, ledger.propose)
    asked = {"by": " Ada\u202e\tLovelace ", "reason": "plainer\n\x1b[31m", "signal_id": "g1", "title": "New\x00 title"}
    done = carrier.give("rename", key="k", **asked)
    assert (done["refused"], done["pending"], done["repeated"]) == ("", False, False)
    assert (done["by"], done["reason"], done["new_title"]) == ("Ada Lovelace", "plainer [31m", "New title")
    assert [one["kind"] for one in done["events"]] == ["renamed"]
    again = carrier.give("rename", key="k", **asked)
    assert (again["command_id"], again["repeated"]) == (done["command_id"], True)
    assert len(ledger.proposals) == 1
    other = carrier.give("rename", key="k", **{**asked, "title": "Another title"})
    assert other["command_id"] != done["command_id"]
    undone = carrier.give("undo", by="Ada", undoes=other["command_id"])
    assert undone["signal_id"] == "g1"
    refused = carrier.give("pin", by="Ada", signal_id="nowhere")
    assert "there is no signal nowhere" in refused["refused"]

    rows = Reader(store, "live").commands()
    assert [row["action"] for row in rows] == ["pin", "undo", "rename", "rename"]
    assert [row["at"] for row in rows] == [minutes(14), minutes(13), minutes(12), minutes(11)]
    assert [row["undone_by"] for row in rows] == ["", "", undone["command_id"], ""]
    assert rows[1]["title"] == "New title"
    assert [row["action"] for row in Reader(store, "live").commands(signal_id="nowhere")] == ["pin"]


def test_what_is_not_committed_is_said_to_be_pending(store: Store) -> None:
    row = commanding(store, lambda proposal: None, 0.05).give("pin", by="Ada", signal_id="g1", key="k")
    assert (row["pending"], row["refused"], row["signal_id"]) == (True, "", "g1")
    assert row["command_id"] == made("pin", by="Ada", signal_id="g1", key="k").command_id


def test_a_broker_that_is_away(store: Store) -> None:
    def away(proposal: Proposal) -> None:
        raise Retryable("Kafka is away")

    with pytest.raises(Retryable, match=r"Kafka is away; .*`bellwether commands cmd-[0-9a-f]{16}`"):
        commanding(store, away).give("pin", by="Ada", signal_id="g1")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"title": "x" * 111}, "title may have 110"),
        ({"title": "x", "by": "x" * 201}, "by may have 200"),
        ({"title": "x", "reason": "x" * 2001}, "reason may have 2000"),
        ({"title": "x", "by": " \u200b "}, "say who"),
        ({"title": "x", "by": "Watchman"}, "the ledger's own"),
        ({"titel": "x"}, "nothing called titel"),
        ({"action": "explode"}, "explode"),
        ({"parts": [("A", []), (" \u200b ", ["e1"])], "action": "split"}, "split: each part needs a title"),
        ({"parts": [("", [])], "action": "split"}, "split: each part needs a title"),
        ({"parts": [(str(n), []) for n in range(21)], "action": "split"}, "split"),
    ],
)
def test_what_no_ledger_can_be_asked(given: dict[str, object], words: str) -> None:
    asked: dict[str, object] = {"action": "rename", "by": "Ada", "signal_id": "g1", **given}
    with pytest.raises(BadInput, match=words):
        made(**asked)  # type: ignore[arg-type]


def test_on_kafka_the_proposal_is_produced(store: Store) -> None:
    stream = Stream(OwnBroker(LIVE))
    try:
        with opened_commanding(stream.broker.connection, store) as carrier:
            carrier._patience = 0.0
            row = carrier.give("pin", by="Ada", signal_id="g1")
        (proposal,) = stream.read(PROPOSALS, Proposal)
        assert proposal.proposal_id == f"c:{row['command_id']}"
        assert proposal.command is not None
        assert (proposal.generation, proposal.command.by) == ("live", "Ada")
    finally:
        stream.close()
