"""Vectors of evidence: stored as they were committed, with their model and dimension; one model a generation."""

from __future__ import annotations

import struct

import pytest

from schemas.errors import BadSetting
from schemas.evidence import Embedding
from sinks.clickhouse.connect import Store
from sinks.clickhouse.embeddings import check_embedding_model, embedding_models
from sinks.clickhouse.project import Projector
from sinks.clickhouse.tables import EMBEDDINGS
from tests.builders import commit

VECTOR = struct.pack("<3f", 0.6, -0.8, 0.0)


def test_a_vector_is_stored_with_model_and_dimension(store: Store) -> None:
    placed = Embedding("ev-1", "small-embedder", 3, VECTOR)
    Projector(store, "live").apply([commit(1, embeddings=(placed,))])
    (row,) = store.query(EMBEDDINGS.select("WHERE generation = 'live'", final=True), binary=EMBEDDINGS.binary)
    assert EMBEDDINGS.read(row) == placed
    assert embedding_models(store, "live") == ("small-embedder",)


def test_another_model_needs_another_generation(store: Store) -> None:
    check_embedding_model(store, "live", "anything")
    Projector(store, "live").apply([commit(1, embeddings=(Embedding("ev-1", "one", 3, VECTOR),))])
    check_embedding_model(store, "live", "one")
    check_embedding_model(store, "live", "")  # switched off: what is there is no longer compared
    check_embedding_model(store, "shadow", "two")
    with pytest.raises(BadSetting, match=r"^llm\.embedding_model or analyst\.embeddings: is two, and .* of one"):
        check_embedding_model(store, "live", "two")
