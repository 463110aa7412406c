"""Rights by role: all that the catalogue says and no more, and the same as the table in the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.kafka.acls import ACL_ROLES, SUBSCRIBER, Acl, acls, commands
from processors.app import ROLES, app_id
from schemas.errors import BadInput
from schemas.topics import CATALOGUE, LIVE

ONE_FOR_ALL = {"setup", "run", "keeper"}
IN_THE_CATALOGUE = {"producers": "feeds", "intake": "feeds", "subscribers": SUBSCRIBER}
BESIDES = {("ledger", "Read", "bellwether.commits"), ("feeds", "Read", "bellwether.commits"),
           ("site", "Write", "bellwether.proposals")}  # fmt: skip


def rights(operation: str) -> set[tuple[str, str, str]]:
    return {
        (role, operation, acl.name)
        for role in ACL_ROLES
        if role not in ONE_FOR_ALL
        for acl in acls(role, "desk")
        if acl.resource == "topic" and operation in acl.operations and acl.name.startswith("bellwether.")
    }


def test_who_writes_and_reads_is_as_the_catalogue_says() -> None:
    streams = {"extract", "ledger", "publish", "judge", "revise"}
    written, read = set(), set()
    for topic in CATALOGUE:
        for name in topic.writers:
            for role in streams if name == "every role" else {IN_THE_CATALOGUE.get(name, name)}:
                written.add((role, "Write", topic.name))
        read |= {(IN_THE_CATALOGUE.get(name, name), "Read", topic.name) for name in topic.readers}
    assert rights("Write") == written | {each for each in BESIDES if each[1] == "Write"}
    assert rights("Read") == read | {each for each in BESIDES if each[1] == "Read"}


def test_a_subscriber_reads_public_topics_and_its_own_group_alone() -> None:
    found = acls(SUBSCRIBER, "desk")
    assert {acl.name for acl in found if acl.resource == "topic"} == {t.name for t in CATALOGUE if t.public}
    assert {operation for acl in found for operation in acl.operations} == {"Read"}
    assert [(acl.name, acl.prefixed) for acl in found if acl.resource == "group"] == [("desk", False)]


def test_only_the_ledger_and_the_keeper_may_claim_the_log() -> None:
    for role in ACL_ROLES:
        claims = [acl for acl in acls(role, "desk") if acl.resource == "transactional-id"]
        assert [acl.name for acl in claims] == (["bellwether.commits.ledger"] if role in ("ledger", "keeper") else [])
    assert {role for role, _, name in rights("Write") if name == "bellwether.commits"} == {"ledger"}


def test_the_sinks_may_see_how_far_every_stage_is() -> None:
    """Without it a scrape has no stage's lag (infra.metrics.stream_figures)."""
    seen = {acl.name for acl in acls("sinks") if acl.resource == "group" and "Describe" in acl.operations}
    assert {app_id(role, LIVE) for role in ROLES} | {"bellwether-progress"} <= seen


def test_the_keeper_may_look_at_every_group_and_move_two_alone() -> None:
    found = acls("keeper")
    assert Acl("group", "bellwether", ("Describe",), prefixed=True) in found
    assert {acl.name for acl in found if acl.resource == "group" and "Read" in acl.operations} == {
        "bellwether-extract", "bellwether-sink-articles.live"
    }  # fmt: skip


def test_the_lines_for_the_shell() -> None:
    lines = commands("User:l", acls("sinks"), "kafka:9093")
    assert (
        "kafka-acls.sh --bootstrap-server kafka:9093 --command-config admin.properties --add --allow-principal 'User:l'"
        " --operation Read --group 'bellwether-sink-' --resource-pattern-type prefixed"
    ) in lines


@pytest.mark.parametrize(("role", "words"), [("dance", "there is no such role"), (SUBSCRIBER, "needs --group")])
def test_what_cannot_be_granted_is_said(role: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        acls(role)


def test_the_documentation_has_the_same_table() -> None:
    text = (Path(__file__).parents[4] / "docs" / "operations.md").read_text("utf-8")
    for line in table():
        assert line in text, f"docs/operations.md lacks: {line}"


def table() -> list[str]:
    """Return the rows of the table in docs/operations.md."""
    rows = []
    for role in ACL_ROLES:
        given = acls(role, "NAME")

        def cell(resource: str, *operations: str) -> str:
            return ", ".join(
                f"`{acl.name.removeprefix('bellwether.')}{'*' if acl.prefixed else ''}`"
                for acl in given  # noqa: B023
                if acl.resource == resource and set(operations) & set(acl.operations)
            )

        others = [
            f"{' '.join(acl.operations)} on the {acl.resource} `{acl.name}{'*' if acl.prefixed else ''}`"
            for acl in given
            if acl.resource != "topic"
        ]
        cells = [
            f"`{role}`",
            *(cell("topic", operation) for operation in ("Read", "Write", "Create")),
            "; ".join(others),
        ]
        rows.append(" ".join(f"| {' | '.join(cells)} |".split()))
    return rows


if __name__ == "__main__":
    print("\n".join(table()))
