"""Takes secrets out of log lines: the settings' own, and whatever looks like one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import unquote

from pydantic import BaseModel, SecretStr

HIDDEN: Final = "********"
_SHORTEST: Final = 6  # characters; a shorter secret would hide ordinary words
_WORDS: Final = (
    r"(?:api|access|secret|private|auth)[_-]?(?:access[_-]?)?key|token|secret|password|passwd|pwd|signature"
    r"|(?<![\w-])sig"
)
_VALUE: Final = r"(?:\\?\"[^\"\\]{3,}|\\?'[^'\\]{3,}|[^\s&'\",;)}\]\\]{3,})"
_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # user:password@ of an address (RFC 3986, 3.2.1), also where somebody left a / in the password as it is
    (re.compile(r"([a-z][a-z0-9+.-]*://)[^\s/?#@:'\"]*:(?!\d+[/?#])[^\s@'\"]+@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    # token@ of an address
    (re.compile(r"([a-z][a-z0-9+.-]*://)[^\s/?#@'\"]+@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    # ?token=… and &api_key=… of an address, client_secret=…, AWS_SECRET_ACCESS_KEY=…
    (re.compile(rf"(?<![\w-])([\w-]*?(?:{_WORDS})\s*=\s*){_VALUE}", re.IGNORECASE), rf"\1{HIDDEN}"),
    # password: … in a sentence, 'password': '…' and "token": "…" of what is printed; not our own "llm.api_key: why"
    (re.compile(rf"(?<![\w.-])([\w-]*?(?:{_WORDS})(?:\\?['\"])?\s*:\s*){_VALUE}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # keys that say by their beginning what they are: OpenAI's and its kin (a long part with a digit: an address may
    # begin with sk-, too), Stripe's, Standard Webhooks', GitHub's, Slack's, AWS's
    (re.compile(r"\b(?:sk|pk|rk)-(?:\w+-)*?(?=[A-Za-z_]*\d)\w{16,}[\w-]*", re.ASCII), HIDDEN),
    (re.compile(r"\b[sr]k_(?:live|test)_\w{10,}|\bwhsec_[A-Za-z0-9+/=_-]{8,}", re.ASCII), HIDDEN),
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{16,}|\bxox[a-z]-[A-Za-z0-9-]{8,}|\bAKIA[A-Z0-9]{16}\b"), HIDDEN),
)


class Redaction:
    """A processor of structlog. `secrets` are hidden wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        longest_first = sorted({one for one in secrets if len(one) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Hide secrets in every field."""
        for field, value in event.items():
            event[field] = self._hidden(value)
        return event

    def text(self, text: str) -> str:
        """Return `text` without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text

    def _hidden(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self._hidden(one) for key, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._hidden(one) for one in value]
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)  # JSON has no NaN and no infinity (RFC 8259, 6)
        return value if value is None or isinstance(value, bool | int | float) else self.text(str(value))


def secrets_of(settings: BaseModel) -> list[str]:
    """Return every secret of the settings, and the password of one that is an address."""
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, SecretStr):
            found.extend(secrets_in(value.get_secret_value()))
        elif isinstance(value, BaseModel):
            for field in type(value).model_fields:
                look(getattr(value, field))
        elif isinstance(value, dict):
            for one in value.values():
                look(one)
        elif isinstance(value, list | tuple):
            for one in value:
                look(one)

    look(settings)
    return [one for one in found if one]


def secrets_in(secret: str) -> list[str]:
    """Return a secret and, if it is an address, its password: as written and with its percent signs resolved."""
    found = [secret.strip()]
    # To the first @, and to the last one: a / or @ in a password should be written %2F or %40, and is not always.
    for password in (r"[^/@]+", r".+"):
        if match := re.match(rf"[a-z][a-z0-9+.-]*://[^:/@]*:({password})@", found[0], re.IGNORECASE):
            found += [match[1], unquote(match[1])]
    return [one for one in dict.fromkeys(found) if one]
