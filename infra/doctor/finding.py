"""What the doctor found: one line, and what to do about it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final, Literal

import msgspec

from schemas.errors import BellwetherError

log = logging.getLogger("bellwether.doctor")
State = Literal["ok", "warning", "fault"]
FAULT: Final = "fault"


class Finding(msgspec.Struct, frozen=True):
    """`remedy` says what to do; "" when nothing is to be done."""

    name: str
    state: State
    said: str
    remedy: str = ""


def ok(name: str, said: str) -> Finding:
    """Return that all is well."""
    return Finding(name, "ok", said)


def warning(name: str, said: str, remedy: str) -> Finding:
    """Return what works for now, or is not needed by everybody."""
    return Finding(name, "warning", said, remedy)


def fault(name: str, said: str, remedy: str) -> Finding:
    """Return what does not work."""
    return Finding(name, "fault", said, remedy)


def looked(name: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Return what a check finds; one that fails is a fault itself, never the doctor's end."""
    found: list[Finding] = []
    try:
        found.extend(check())
    except BellwetherError as error:
        found.append(fault(name, str(error), "see the message"))
    except Exception as error:  # the others are still worth looking at
        log.debug("the check %s failed", name, exc_info=True)
        found.append(fault(name, f"could not be looked at: {type(error).__name__}: {error}", "report this as a bug"))
    return found
