"""What is shown of a dead letter's bytes, and which group had found them unusable."""

from __future__ import annotations

import pytest

from infra.letters.replaying import group_of
from infra.letters.shown import as_text, decoded_record, record_of
from schemas.article import Article
from schemas.codec import encode
from schemas.proposal import Proposal
from tests.builders import article, dead_letter


def test_bytes_that_decode_are_shown_as_a_record() -> None:
    decoded, why = decoded_record(dead_letter(value=encode(article(3))))
    assert (decoded["article_id"], why) == (article(3).article_id, "")


def test_of_others_the_reason_is_told() -> None:
    assert decoded_record(dead_letter())[0] is None
    assert "expected a Article" in decoded_record(dead_letter())[1]
    assert "no topic" in decoded_record(dead_letter(topic="elsewhere"))[1]


def test_topics_of_shadows_are_known() -> None:
    assert record_of("bellwether.articles") is Article
    assert record_of("bellwether.proposals.better") is Proposal
    assert record_of("bellwether.signals.better") is None, "public topics never change their names"


@pytest.mark.parametrize(("data", "text"), [(b"a-1", "a-1"), (b"\xff", "ff"), (b"\x00a", "0061"), (b"", "")])
def test_keys_are_text_where_they_are_some(data: bytes, text: str) -> None:
    assert as_text(data) == text


@pytest.mark.parametrize(
    ("stage", "group"),
    [
        ("extract/decode", "bellwether-extract"), ("ledger/check", "bellwether-ledger"),
        ("sink/decode", "bellwether-sink-articles.live"), ("elsewhere", ""),
    ],
)  # fmt: skip
def test_the_group_follows_from_the_stage(stage: str, group: str) -> None:
    assert group_of(dead_letter(stage=stage)) == group
