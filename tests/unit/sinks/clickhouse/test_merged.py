"""Chains of merges."""

from __future__ import annotations

from sinks.clickhouse.merged import Survivors


def test_chains_are_followed_to_their_end() -> None:
    today = Survivors({"a": "b", "b": "c", "d": "c"})
    assert [today.one(key) for key in "abcdx"] == ["c", "c", "c", "c", "x"]
    assert today.all(["a", "x", "b"]) == ["c", "x"]
    assert today.absorbed("c") == ["a", "b", "d"]
    assert today.one("") == ""


def test_a_circle_does_not_hang() -> None:
    assert Survivors({"a": "b", "b": "a"}).one("a") == "b"
