"""Which models a generation's vectors were made by: vectors of different models cannot be compared."""

from __future__ import annotations

from schemas.errors import BadSetting
from sinks.clickhouse.connect import Store


def embedding_models(store: Store, generation: str) -> tuple[str, ...]:
    """Return the models of the generation's stored vectors, in alphabetical order."""
    sql = "SELECT DISTINCT model FROM embeddings WHERE generation = {g:String} ORDER BY model"
    return tuple(row["model"] for row in store.query(sql, {"g": generation}))


def check_embedding_model(store: Store, generation: str, model: str) -> None:
    """Raise BadSetting when `model` ("" for none) is not the one that made the generation's vectors."""
    others = [used for used in embedding_models(store, generation) if used != model]
    if model and others:
        raise BadSetting(
            f"llm.embedding_model or analyst.embeddings: is {model}, and the vectors of generation {generation} are of "
            f"{', '.join(others)}: vectors of two models cannot be compared. Set it back, or begin a new data folder"
        )
