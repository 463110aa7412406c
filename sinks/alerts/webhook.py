"""Posts an alert to one address as JSON with CloudEvents headers, within a total deadline. Never raises.

CloudEvents 1.0.2, HTTP binding, binary mode: attributes travel as `ce-*` headers, the body is the data
(https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlsplit

import httpx2
import msgspec
import stamina

from schemas.errors import BadSetting
from schemas.events import Alert

# Printable ASCII without space, double quote and percent goes into a header as it is (binding, 3.1.3.2).
_HEADER_SAFE: Final = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_AGAIN: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a delivery. `error` is in words, without the address, which may hold a secret.

    `answered` says whether a receiver answered at all, so that one that is down is not asked for every alert.
    """

    delivered: bool
    error: str = ""
    answered: bool = True


class _Refused(Exception):
    """The receiver answered, but not with success; `again` when the same call may succeed later."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the receiver answered {status}")
        self.again = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AGAIN


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where alerts go. `deadline` in seconds is for all `tries` together, waits included.

    Raises BadSetting when `url` is no http or https address.
    """

    url: str
    deadline: float = 10.0
    tries: int = 3
    first_wait: float = 0.25  # seconds; doubles with each try

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise BadSetting("alerts.webhook: must be an http or https address")

    def post(self, alert: Alert) -> Delivery:
        """Deliver `alert`; any 2xx answer is success, redirects are not followed. Blocks up to `deadline`."""
        try:
            return asyncio.run(self._within_deadline(alert))
        except Exception as error:  # whatever a receiver or a resolver does, the loop goes on
            return Delivery(False, f"{type(error).__name__}", answered=False)

    async def _within_deadline(self, alert: Alert) -> Delivery:
        try:
            async with asyncio.timeout(self.deadline):
                await self._with_retries(alert)
        except TimeoutError:
            return Delivery(False, f"no success within {self.deadline:g} s", answered=False)
        except _Refused as refused:
            return Delivery(False, str(refused))
        except httpx2.HTTPError as error:
            return Delivery(False, f"the receiver cannot be reached ({type(error).__name__})", answered=False)
        return Delivery(True)

    async def _with_retries(self, alert: Alert) -> None:
        # One timeout governs all (asyncio.timeout above): httpx's own would start anew with every byte.
        async with httpx2.AsyncClient(timeout=None, follow_redirects=False, trust_env=False) as client:
            async for attempt in stamina.retry_context(
                on=_may_succeed_later,
                attempts=self.tries,
                timeout=None,
                wait_initial=self.first_wait,
                wait_jitter=self.first_wait / 2,
            ):
                with attempt:
                    await _post(client, self.url, alert)


async def _post(client: httpx2.AsyncClient, url: str, alert: Alert) -> None:
    request = client.stream("POST", url, content=msgspec.json.encode(alert), headers=headers(alert))
    async with request as response:  # the body of the answer is never read
        if not response.is_success:
            raise _Refused(response.status_code)


def _may_succeed_later(error: Exception) -> bool:
    return error.again if isinstance(error, _Refused) else isinstance(error, httpx2.TransportError)


def headers(alert: Alert) -> dict[str, str]:
    """Return the headers: CloudEvents attributes, percent-encoded where they are not plain ASCII."""
    attributes = {
        "specversion": "1.0",
        "id": alert.alert_id,
        "source": "bellwether",
        "type": f"bellwether.alert.{alert.rule}",
        "subject": alert.signal_id,
        "time": alert.fired_at.isoformat().replace("+00:00", "Z"),
    }
    encoded = {f"ce-{name}": quote(value, safe=_HEADER_SAFE) for name, value in attributes.items()}
    return {"Content-Type": "application/json", "User-Agent": "Bellwether", **encoded}
