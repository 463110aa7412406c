"""The base of every section of the settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Frozen, and strict about names: a setting that does not exist is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
