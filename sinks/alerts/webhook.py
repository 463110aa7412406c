"""Posts an alert to one address as JSON with CloudEvents headers, signed, within a total deadline. Never raises.

CloudEvents 1.0.2, HTTP binding, binary mode: attributes travel as `ce-*` headers, the body is the data
(https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md).
Signatures are those of Standard Webhooks: HMAC-SHA256 over "id.timestamp.body" in `webhook-signature`
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlsplit

import httpx2
import msgspec
import stamina

from schemas.errors import BadSetting
from schemas.events import Alert
from sinks.alerts.channel import Acknowledged, Delivery

# Printable ASCII without space, double quote and percent goes into a header as it is (binding, 3.1.3.2).
_HEADER_SAFE: Final = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_AGAIN: Final = frozenset({408, 425, 429})


class _Refused(Exception):
    """The receiver answered, but not with success; `again` when the same call may succeed later."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the receiver answered {status}")
        self.again = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AGAIN


class Webhook:
    """Where alerts go. `deadline` in seconds is for all `tries` together, waits included; `first_wait`, in seconds, is
    doubled with each try.

    With a `secret` every call is signed. Connections are kept. Raises BadSetting, beginning with `name`, when `url` is
    no http or https address.
    """

    def __init__(
        self,
        url: str,
        name: str = "webhook",
        secret: str = "",
        *,
        deadline: float = 10.0,
        tries: int = 3,
        first_wait: float = 0.25,
    ) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise BadSetting(f"{name}: must be an http or https address")
        self.name = name
        self._url, self._secret = url, secret
        self._deadline, self._tries, self._first_wait = deadline, tries, first_wait
        # Kept from one alert to the next: making a client takes longer than a call.
        self._runner: asyncio.Runner | None = None
        self._client: httpx2.AsyncClient | None = None

    def deliver(self, alert: Alert, acknowledged: Acknowledged) -> Delivery:
        """Deliver `alert`; any 2xx answer is success, redirects are not followed. Blocks up to `deadline`."""
        self._runner = self._runner or asyncio.Runner()
        try:
            return self._runner.run(self._within_deadline(alert, acknowledged))
        except Exception as error:  # whatever a receiver or a resolver does, the loop goes on
            return Delivery(False, f"{type(error).__name__}", answered=False)

    def close(self) -> None:
        """Let go of connections; in the thread that delivered."""
        if self._runner is not None:
            if self._client is not None:
                self._runner.run(self._client.aclose())
            self._runner.close()
        self._runner = self._client = None

    async def _within_deadline(self, alert: Alert, acknowledged: Acknowledged) -> Delivery:
        try:
            async with asyncio.timeout(self._deadline):
                await self._with_retries(alert, acknowledged)
        except TimeoutError:
            return Delivery(False, f"no success within {self._deadline:g} s", answered=False)
        except _Refused as refused:
            return Delivery(False, str(refused))
        except httpx2.HTTPError as error:
            return Delivery(False, f"the receiver cannot be reached ({type(error).__name__})", answered=False)
        return Delivery(True)

    async def _with_retries(self, alert: Alert, acknowledged: Acknowledged) -> None:
        if self._client is None:
            # One timeout governs all (asyncio.timeout above): httpx's own would start anew with every byte.
            self._client = httpx2.AsyncClient(timeout=None, follow_redirects=False, trust_env=False)
        async for attempt in stamina.retry_context(
            on=_may_succeed_later,
            attempts=self._tries,
            timeout=None,
            wait_initial=self._first_wait,
            wait_jitter=self._first_wait / 2,
        ):
            with attempt:
                await self._post(self._client, alert, acknowledged)

    async def _post(self, client: httpx2.AsyncClient, alert: Alert, acknowledged: Acknowledged) -> None:
        body = msgspec.json.encode(alert)
        sent = headers(alert) | signature(self._secret, alert.alert_id, int(time.time()), body)
        async with client.stream("POST", self._url, content=body, headers=sent) as response:
            if not response.is_success:  # the body of the answer is never read
                raise _Refused(response.status_code)
            acknowledged()  # before anything else: a process that dies here must know it


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


def signature(secret: str, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """Return the headers that sign a body; `at` in seconds since 1970. Without a secret there are none.

    A secret that begins with `whsec_` is base64, as Standard Webhooks writes it; any other is taken as it is.
    """
    if not secret:
        return {}
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise BadSetting("alerts.secret: begins with whsec_, but the rest is not base64") from error
    signed = hmac.digest(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": quote(message_id, safe=_HEADER_SAFE),
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
