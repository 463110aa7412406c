"""Near-duplicates share an extraction: what was taken from one text is looked for in its copies, without a call.

Only the model's own items are kept, never evidence: each copy grounds them in its own text.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from pydantic import ValidationError

from processors.analysts.llm.answers import ExtractAnswer, ExtractItem
from processors.analysts.llm.api import Prompt
from schemas.article import Article


class SharedAnswers(Protocol):
    """What texts have in common with their copies, kept durably."""

    def shared(self, key: str) -> str | None:
        """Return what was shared last under `key`, None when nothing was."""
        ...

    def share(self, key: str, body: str) -> None:
        """Keep `body` under `key`."""
        ...


def shared_key(article: Article, prompt: Prompt, model: str) -> str:
    """Return the key that an article and its copies have in common, for one prompt text and one model.

    It has no revision, since a copy does not know which one of its original it repeats; the newest counts.
    """
    parts = (article.copy_of or article.article_id, prompt.name, prompt.system, model)
    return "extract:" + sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def body_of(items: Sequence[ExtractItem]) -> str:
    """Return the items as they are shared."""
    return ExtractAnswer(items=list(items)).model_dump_json()


def items_of(body: str | None) -> list[ExtractItem] | None:
    """Return the shared items, None when there are none or they are of another shape."""
    try:
        return None if body is None else ExtractAnswer.model_validate_json(body).items
    except ValidationError:
        return None
