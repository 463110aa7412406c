"""Publisher families: outlets that count as one voice. A small shipped file, extensible by settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

from producers.canonical import registrable_domain
from schemas.errors import BadSetting

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Families:
    """Looks up families by host, domain or publisher's name. Keys are in lower case."""

    by_domain: Mapping[str, str]
    by_name: Mapping[str, str]
    extra: Mapping[str, str]

    def family_of(self, url: str, publisher: str) -> str:
        """Return the family of an outlet, never "".

        The settings' mapping wins, then the shipped file by domain, then by name; an outlet that neither
        knows is a family of its own, named by its registrable domain, or by its name when it has no public
        domain.
        """
        name = _name_key(publisher)
        hosts = _host_and_parents(url)
        for key in (*hosts, name):
            if key and key in self.extra:
                return self.extra[key]
        for host in hosts:
            if host in self.by_domain:
                return self.by_domain[host]
        if name in self.by_name:
            return self.by_name[name]
        if name in self.by_domain:
            return self.by_domain[name]
        domain = registrable_domain(url) if url else ""
        if "." in domain and not domain.replace(".", "").isdigit() and ":" not in domain:
            return domain[:300]
        return name[:300] or domain or _UNKNOWN


def load_families(extra: Mapping[str, str] | None = None) -> Families:
    """Return the shipped families, with `extra` (domain or name → family) on top. Raises BadSetting."""
    for key, family in (extra or {}).items():
        if not key.strip() or not family.strip():
            raise BadSetting(f"families: {key!r} = {family!r} names nothing")
    by_domain, by_name = _shipped()
    return Families(by_domain, by_name, {_name_key(key): family.strip() for key, family in (extra or {}).items()})


@lru_cache(maxsize=1)
def _shipped() -> tuple[Mapping[str, str], Mapping[str, str]]:
    document = tomllib.loads(files("producers").joinpath("families.toml").read_text("utf-8"))
    by_domain: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for family, outlets in document["families"].items():
        by_domain.update((domain, family) for domain in outlets.get("domains", ()))
        by_name.update((_name_key(name), family) for name in outlets.get("names", ()))
    return by_domain, by_name


def _name_key(name: str) -> str:
    key = " ".join(name.casefold().split())
    return key[4:] if key.startswith("the ") and len(key) > 8 else key


def _host_and_parents(url: str) -> tuple[str, ...]:
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ()
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return (host,)
    return tuple(".".join(labels[start:]) for start in range(len(labels) - 1))
