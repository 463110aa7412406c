"""`[site]`: where the pages are, who may see them, and who may give commands on them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from infra.section import Section
from sinks.brief.links import link

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_TOKEN_LENGTH: Final = 12
_PASSWORD_LENGTH: Final = 8


class Site(Section):
    """The pages; on loopback unless told otherwise.

    `analyst_token` "": no commands on pages; otherwise whoever knows it may give them. `password` "": whoever reaches
    the pages may read them. `hosts`: names, besides those of loopback, by which the site may be asked. `url`: where
    readers find the pages, for links in mail, files and alerts; "" for none.
    """

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8711, ge=0, le=65535)
    hosts: tuple[str, ...] = ()
    analyst_token: SecretStr = SecretStr("")
    password: SecretStr = SecretStr("")
    url: str = ""

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        if url and not link(url):
            raise ValueError("write it as in a browser: http or https, a host, no password")
        return url.rstrip("/")

    @field_validator("analyst_token")
    @classmethod
    def _long_token(cls, token: SecretStr) -> SecretStr:
        return long_enough(token, _TOKEN_LENGTH)

    @field_validator("password")
    @classmethod
    def _other_password(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        password = long_enough(password, _PASSWORD_LENGTH)
        token: SecretStr = info.data.get("analyst_token", SecretStr(""))
        if password.get_secret_value() and password == token:
            raise ValueError("is the same as site.analyst_token: every reader could give commands")
        return password

    @field_validator("hosts")
    @classmethod
    def _names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        named = tuple(host.strip().lower().rstrip(".") for host in hosts)
        if wrong := [host for host in named if not _HOST.fullmatch(host)]:
            raise ValueError(f"{', '.join(wrong)}: write a name as in a browser's address, without http:// and port")
        return named

    @property
    def on_loopback(self) -> bool:
        """Say whether only this machine reaches the pages."""
        return is_loopback(self.host)

    def answers_to(self) -> frozenset[str]:
        """Return the names that a request's Host may have; none: any.

        A page elsewhere can give its own name the address 127.0.0.1 and then read what answers there as its own (DNS
        rebinding). It cannot give it another name.
        """
        if not self.on_loopback and not self.hosts:
            return frozenset()
        own = f"[{self.host}]" if ":" in self.host else self.host.lower()
        return frozenset({"localhost", "127.0.0.1", "[::1]", own, *self.hosts})


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches an address that is listened on."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def long_enough(secret: SecretStr, least: int) -> SecretStr:
    """A secret without the white space around it; empty switches off."""
    text = secret.get_secret_value().strip()
    if text and len(text) < least:
        raise ValueError(f"is too short: give {least} characters or more, or none to switch it off")
    return SecretStr(text)
