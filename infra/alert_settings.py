"""`[alerts]`: which movements of signals are told at once, to whom, and when not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from infra.section import Section
from schemas.errors import BadInput
from sinks.alerts.quiet import quiet_hours, span
from sinks.where import Where

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
CROSSING: Final = "crossing"  # the rule that there is when no other is named
WEBHOOK: Final = "webhook"  # the channel that `alerts.webhook` makes


def _names(value: Any) -> Any:
    """A variable of the environment writes a list with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class RuleSettings(Section):
    """`when`: a condition in CEL over the event (docs/alerts.md). `channels` empty: all. Hours are the reader's."""

    when: str
    channels: Names = ()
    quiet: str = ""
    cooldown: str = ""
    min_families: int | None = Field(None, ge=1)

    @field_validator("when")
    @classmethod
    def _condition(cls, when: str) -> str:
        return _checked(when, lambda: Where(when, "is no condition"))

    @field_validator("quiet")
    @classmethod
    def _hours(cls, quiet: str) -> str:
        return _checked(quiet, lambda: quiet_hours(quiet))

    @field_validator("cooldown")
    @classmethod
    def _span(cls, cooldown: str) -> str:
        return _checked(cooldown, lambda: span(cooldown))


class AlertSettings(Section):
    """`channels`: names to addresses: http(s) for a signed webhook, anything else as apprise writes it.

    `webhook` is one more channel of that name. `secret` signs webhooks. Without `rules` there is one: a signal that
    rises to `crossing`. `min_families` is for every rule that does not say otherwise. `book` "": `alerts.sqlite` in the
    data folder.
    """

    webhook: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    crossing: float = Field(5.0, gt=0, lt=10)
    min_families: int = Field(2, ge=1)
    channels: dict[str, SecretStr] = Field(default_factory=dict)
    rules: dict[str, RuleSettings] = Field(default_factory=dict)
    book: str = ""

    @model_validator(mode="after")
    def _named(self) -> AlertSettings:
        for what, names in (("channels", self.channels), ("rules", self.rules)):
            if wrong := [name for name in names if not _NAME.fullmatch(name)]:
                raise ValueError(f"{what}.{wrong[0]}: a name is of small letters, digits, - and _")
        known = set(self.addresses())
        for name, rule in self.rules.items():
            if unknown := [channel for channel in rule.channels if channel not in known]:
                raise ValueError(f"rules.{name}: there is no channel {unknown[0]}; name it under alerts.channels")
        return self

    def addresses(self) -> dict[str, str]:
        """Return every channel's address by its name; they hold secrets."""
        found = {name: url.get_secret_value().strip() for name, url in self.channels.items()}
        if url := self.webhook.get_secret_value().strip():
            found[WEBHOOK] = url
        return {name: url for name, url in found.items() if url}


def _checked(text: str, read: Callable[[], object]) -> str:
    try:
        read()
    except BadInput as error:
        raise ValueError(str(error)) from error
    return text
