"""What a site is protected by; infra reads it from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Access:
    """`analyst_token` "": no commands on pages; `password` "": none is asked for; `hosts` empty: asked by any name.

    `metrics_token` "": /metrics is read like the pages; otherwise by whoever has it, and with it alone.
    """

    analyst_token: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    hosts: frozenset[str] = frozenset()
    metrics_token: str = field(default="", repr=False)
