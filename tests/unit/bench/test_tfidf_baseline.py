"""The baseline clusterer: what is alike and near in time meets, the rest stays apart."""

from __future__ import annotations

from tests.bench.labelled import Document
from tests.bench.tfidf_baseline import Settings, cluster, content_words, grid, stem, vectors


def document(number: int, title: str, day: int = 1) -> Document:
    return Document(f"n{number}", f"2020-01-{day:02d}T00:00:00Z", title, "", "Paper")


def clusters(documents: list[Document], threshold: float = 0.2, half_life: float = 30.0) -> list[str]:
    at = Settings(threshold, half_life, sublinear=False, stemmed=True)
    return cluster(documents, vectors(documents, sublinear=False, stemmed=True), at)


def test_content_words_are_lower_case_without_stop_words_and_possessives() -> None:
    assert content_words(document(1, "The Port’s strike is in its 3rd week")) == ["port", "strike", "3rd", "week"]
    assert [stem(word) for word in ("ports", "companies", "crises", "glass")] == ["port", "company", "crise", "glass"]


def test_alike_documents_meet_and_others_stay_apart() -> None:
    said = [
        document(1, "Port strike halts cargo"),
        document(2, "Rain floods valley"),
        document(3, "Cargo ports struck"),
    ]
    assert clusters(said) == ["b0", "b1", "b0"]


def test_silence_keeps_apart_what_is_alike() -> None:
    said = [document(1, "Port strike halts cargo", 1), document(2, "Cargo strike again at port", 31)]
    assert clusters(said) == ["b0", "b0"]
    assert clusters(said, half_life=3.0) == ["b0", "b1"]


def test_a_document_without_words_stands_alone() -> None:
    assert clusters([document(1, "The"), document(2, "The")]) == ["b0", "b1"]


def test_a_vector_knows_only_what_came_before() -> None:
    said = [document(1, "Port strike"), document(2, "Port open"), document(3, "Port shut")]
    assert vectors(said[:2], sublinear=False, stemmed=False) == vectors(said, sublinear=False, stemmed=False)[:2]


def test_every_point_of_the_grid_is_another() -> None:
    points = list(grid())
    assert len(points) == len(set(points)) > 100
