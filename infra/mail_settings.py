"""`[brief.mail]`: the brief by e-mail."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from infra.section import Section


class MailSettings(Section):
    """Off without `host`. Each recipient gets a mail of their own. `timeout` in seconds."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = ""
    recipients: tuple[str, ...] = ()
    timeout: float = Field(30.0, gt=0)

    @model_validator(mode="after")
    def _complete(self) -> MailSettings:
        if self.host:
            for name, values in (("sender", (self.sender,)), ("recipients", self.recipients)):
                if not values or any("@" not in value or "\n" in value or "\r" in value for value in values):
                    raise ValueError(f"{name}: needs e-mail addresses, such as brief@example.org")
        return self
