"""The storylines can be told apart, and held together, by plain word statistics: no model is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from infra.demo.articles import DemoArticle, load_library

CHECKED = {
    "chip-controls",
    "war-risk",
    "voltara",
    "marlowe-echo",
    "port-strike-chile",
    "port-strike-finland",
    "lithium-argentina",
    "lithium-portugal",
}
ARTICLES = [a for a in load_library().articles() if a.storyline != "round-ups" and a.language == "en"]


@pytest.fixture(scope="module")
def vectors() -> Any:
    texts = [f"{article.plain_title}\n{article.body}" for article in ARTICLES]
    return TfidfVectorizer(stop_words="english", sublinear_tf=True).fit_transform(texts).toarray()


def original(article: DemoArticle) -> str:
    return article.copy_of or article.slug


def own_and_other(number: int) -> tuple[list[int], list[int]]:
    article = ARTICLES[number]
    own = [
        n
        for n, other in enumerate(ARTICLES)
        if other.storyline == article.storyline and original(other) != original(article)
    ]
    return own, [n for n, other in enumerate(ARTICLES) if other.storyline != article.storyline]


@pytest.mark.parametrize("number", [n for n, a in enumerate(ARTICLES) if a.storyline in CHECKED])
def test_nearest_article_is_of_the_same_storyline(number: int, vectors: Any) -> None:
    own, others = own_and_other(number)
    likeness = vectors @ vectors[number]
    assert likeness[own].max() > 1.5 * likeness[others].max()
    assert likeness[others].max() < 0.15


@pytest.mark.parametrize("number", [n for n, a in enumerate(ARTICLES) if a.storyline in CHECKED])
def test_each_article_is_close_to_the_centroid_of_its_storyline(number: int, vectors: Any) -> None:
    own, _ = own_and_other(number)
    centroid = vectors[own].mean(axis=0)
    assert float(vectors[number] @ centroid / np.linalg.norm(centroid)) >= 0.25
