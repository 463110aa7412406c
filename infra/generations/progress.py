"""How far a replay is: rate, time left, cost so far. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` and `total` count commits of the history; `began_at` were done before. `seconds` since this start."""

    done: int
    total: int
    began_at: int = 0
    seconds: float = 0.0
    articles: int = 0  # of this start
    spend: float = 0.0  # money, in the currency of the prices

    @property
    def rate(self) -> float:
        """Articles a second since this start."""
        return self.articles / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take at the pace so far; None while nothing is known of it."""
        fresh = self.done - self.began_at
        if fresh <= 0 or self.seconds <= 0:
            return None
        return (self.total - self.done) * self.seconds / fresh

    def line(self, currency: str = "") -> str:
        """Return it in words: `1,200 of 4,000 · 310 articles/s · 9 s left · 0.42 USD`."""
        parts = [f"{self.done:,} of {self.total:,}", f"{self.rate:,.0f} articles/s"]
        if self.left is not None:
            parts.append(f"{_span(self.left)} left")
        if currency:
            parts.append(f"{self.spend:,.4f} {currency}")
        return " · ".join(parts)


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, minutes = divmod((whole + 59) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
