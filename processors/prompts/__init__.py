"""Prompts: one Markdown file a version, named `<stage>_v<version>.md`. A changed prompt is a new file."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from processors.analysts.llm.api import Prompt


@lru_cache(maxsize=32)
def prompt(name: str) -> Prompt:
    """Return the prompt `name`, e.g. "extract/1" from extract_v1.md. Raises LookupError when there is none."""
    stage, _, version = name.partition("/")
    file = files(__package__) / f"{stage}_v{version}.md"
    if not (stage.isalpha() and version.isdigit() and file.is_file()):
        raise LookupError(f"there is no prompt {name!r}")
    return Prompt(name, file.read_text(encoding="utf-8").strip())
