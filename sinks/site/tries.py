"""How often somebody may try a secret: what failed is remembered for some minutes, by address.

There is no limit for all addresses together: with one, whoever fails often enough would lock every reader out.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

SECONDS: Final = 300.0
EACH: Final = 8
_ADDRESSES: Final = 10_000


class Tries:
    """Failed tries of the last `seconds`. Thread-safe.

    `each`: how many one address has, `addresses`: how many are remembered; beyond that, those that failed last.
    """

    def __init__(
        self,
        each: int = EACH,
        seconds: float = SECONDS,
        addresses: int = _ADDRESSES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._each, self._seconds, self._addresses, self._monotonic = each, seconds, addresses, monotonic
        self._lock = threading.Lock()
        self._by_address: dict[str, deque[float]] = {}  # who failed last comes last

    def wait(self, address: str) -> int:
        """Return how many seconds this address must wait before it may try, 0 when it may now."""
        with self._lock:
            times, since = self._by_address.get(_network(address), deque()), self._monotonic() - self._seconds
            while times and times[0] <= since:
                times.popleft()
            return int(times[0] - since) + 1 if len(times) >= self._each else 0

    def failed(self, address: str) -> None:
        """Remember a failed try."""
        with self._lock:
            key = _network(address)
            times = self._by_address.pop(key, None) or deque(maxlen=self._each)
            times.append(self._monotonic())
            self._by_address[key] = times
            if len(self._by_address) > self._addresses:
                del self._by_address[next(iter(self._by_address))]


def _network(address: str) -> str:
    """An IPv6 host commands all of its /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return f"{int(parsed) >> 64:x}"
    return str(parsed)
