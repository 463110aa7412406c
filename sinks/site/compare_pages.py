"""`/generations` and `/compare`: history under other settings, and what it makes otherwise."""

from __future__ import annotations

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.errors import BadInput
from schemas.topics import LIVE
from sinks.site.charts import CHART, overlay
from sinks.site.compare_view import EVIDENCE, LISTS, Address, Part, by_day, counts, listed, part
from sinks.site.ports import Compared, Comparer, Row, Sources
from sinks.site.rendering import Pages, json_answer

_STALE: Final = 60.0  # seconds: while the live generation goes on, turning pages does not compare anew each time
_MOST_PAGES: Final = 1_000_000


class ComparePages:
    """Endpoints. They block on the store, so starlette runs them in its thread pool."""

    def __init__(self, sources: Sources, pages: Pages, comparer: Comparer) -> None:
        self._sources, self._pages, self._comparer = sources, pages, comparer

    def routes(self) -> list[Route]:
        return [
            Route("/generations", self.all),
            Route("/generations.json", self.all_json),
            Route("/compare", self.compare),
            Route("/compare.json", self.compare_json),
        ]

    def all(self, request: Request) -> Response:
        rows = self._comparer.generations()
        return self._pages.answer(
            "generations.html", rows=rows, live_name=LIVE, now=self._sources.now(), json="/generations.json"
        )

    def all_json(self, request: Request) -> Response:
        return json_answer({"generations": self._comparer.generations()})

    def compare(self, request: Request) -> Response:
        address = read_address(request)
        values: dict[str, Any] = {
            "address": address, "live_name": LIVE, "size": CHART, "now": self._sources.now(),
            "json": f"/compare.json{address.query()}",
        }  # fmt: skip
        if address.signal:
            found = self._signal(address)
            chart = overlay(found["curve_a"], found["curve_b"], found["at"])
            days = by_day(found["curve_a"], found["curve_b"])
            sides = [part(found[name], address.page, EVIDENCE) for name in ("lost", "gained", "turned")]
            return self._pages.answer(
                "compare_signal.html", found=found, chart=chart, days=days, sides=sides,
                pages=max(one.pages for one in sides), **values,
            )  # fmt: skip
        compared, shown = self._listed(address)
        rows = [row | {"chart": chart} for row, chart in self._drawn(address, shown, compared.summary["at"])]
        return self._pages.answer(
            "compare.html", found=compared.summary, shown=shown, rows=rows, counts=counts(compared.summary), **values
        )

    def compare_json(self, request: Request) -> Response:
        address = read_address(request)
        if address.signal:
            return json_answer(self._signal(address))
        compared, shown = self._listed(address)
        onward = f"/compare.json{address.query(page=shown.number + 1)}" if shown.number < shown.pages else None
        told = {"what": address.what, "page": shown.number, "pages": shown.pages, "total": shown.total, "next": onward}
        return json_answer({**compared.summary, **told, "rows": shown.rows})

    def _signal(self, address: Address) -> Row:
        try:
            return self._comparer.signal(address.a, address.b, address.signal, stale=_STALE)
        except BadInput as error:
            raise HTTPException(404, f"{error}.") from error

    def _listed(self, address: Address) -> tuple[Compared, Part]:
        try:
            found = self._comparer.of(address.a, address.b, stale=_STALE)
        except BadInput as error:
            raise HTTPException(404, f"{error}.") from error

        def outcomes(limit: int, offset: int) -> list[Row]:
            return self._comparer.other_outcomes(address.a, address.b, limit, offset)

        return found, listed(found, address.what, address.page, outcomes)

    def _drawn(self, address: Address, shown: Part, until: Any) -> list[tuple[Row, Any]]:
        """Return the rows with their curves; only signals that both have need a look."""
        if address.what != "changed":
            return [(row, None) for row in shown.rows]
        a = self._comparer.curves(address.a, [row["signal_a"] for row in shown.rows])
        b = self._comparer.curves(address.b, [row["signal_b"] for row in shown.rows])
        return [(row, overlay(a.get(row["signal_a"], []), b.get(row["signal_b"], []), until)) for row in shown.rows]


def read_address(request: Request) -> Address:
    """Return what a request asks for. Raises HTTPException where it cannot be meant."""
    given = request.query_params
    a, b = given.get("a", LIVE).strip() or LIVE, given.get("b", "").strip()
    if not b:
        raise HTTPException(400, "Name two generations: /compare?a=live&b=NAME. The list of generations has them.")
    what = given.get("what", "") or "changed"
    if what not in LISTS:
        raise HTTPException(400, f"There is no list {what[:40]}: choose one of {', '.join(LISTS)}.")
    text = given.get("page", "") or "1"
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return Address(a[:60], b[:60], what, min(max(page, 1), _MOST_PAGES), given.get("signal", "").strip()[:200])
