"""How often somebody may try a secret: what failed is remembered for some minutes, by address and in all."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

SECONDS: Final = 300.0
EACH: Final = 8
ALL: Final = 100
_ADDRESSES: Final = 10_000


class Tries:
    """Failed tries of the last `seconds`. Thread-safe. `each`: of one address, `total`: of all together."""

    def __init__(
        self,
        each: int = EACH,
        total: int = ALL,
        seconds: float = SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._each, self._total, self._seconds, self._monotonic = each, total, seconds, monotonic
        self._lock = threading.Lock()
        self._all: deque[float] = deque()
        self._by_address: dict[str, deque[float]] = {}

    def wait(self, address: str) -> int:
        """Return how many seconds this address must wait before it may try, 0 when it may now."""
        with self._lock:
            now = self._monotonic()
            mine = self._by_address.get(_network(address), deque())
            waits = [self._left(self._all, self._total, now), self._left(mine, self._each, now)]
            return max(waits)

    def failed(self, address: str) -> None:
        """Remember a failed try."""
        with self._lock:
            now = self._monotonic()
            key = _network(address)
            if key not in self._by_address and len(self._by_address) >= _ADDRESSES:
                self._forget(now)
            self._by_address.setdefault(key, deque(maxlen=self._each)).append(now)
            self._all.append(now)
            while len(self._all) > self._total:
                self._all.popleft()

    def _left(self, times: deque[float], most: int, now: float) -> int:
        while times and times[0] <= now - self._seconds:
            times.popleft()
        return int(times[0] + self._seconds - now) + 1 if len(times) >= most else 0

    def _forget(self, now: float) -> None:
        self._by_address = {
            key: times for key, times in self._by_address.items() if times and times[-1] > now - self._seconds
        }
        while len(self._by_address) >= _ADDRESSES:
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
