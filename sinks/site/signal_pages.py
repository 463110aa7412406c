"""`/signals` and `/signals/{id}`: the list with its filter, and everything about one signal, now or at a past time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from schemas.errors import BadInput
from sinks.brief.class_line import tags
from sinks.site.charts import CHART, SPARK, chart, sparkline
from sinks.site.controls import ControlRoom
from sinks.site.ports import Row, Sources
from sinks.site.rendering import Pages, json_answer
from sinks.site.signal_list import SORTS, Filter, Shown, read_filter, shown
from sinks.site.signal_then import as_then
from sinks.site.signal_view import MOST, ORIGINS, SHOWN, view

_SPARK_DAYS: Final = timedelta(days=60)
_FIRST_YEAR: Final = 1970  # the store's calendar begins then


class SignalPages:
    """Endpoints. They block on the store, so starlette runs them in its thread pool."""

    def __init__(self, sources: Sources, pages: Pages, room: ControlRoom | None = None) -> None:
        """`room` makes the analyst's forms, None where there are none."""
        self._sources, self._pages, self._room = sources, pages, room

    def routes(self) -> list[Route]:
        return [
            Route("/signals", self.all),
            Route("/signals.json", self.all_json),
            Route("/signals/{signal_id}/why.json", self.why_json),
            Route("/signals/{signal_id}/why", self.why),
            Route("/signals/{signal_id}.json", self.one_json),
            Route("/signals/{signal_id}", self.one),
        ]

    def all(self, request: Request) -> Response:
        position = self._sources.reader.position()  # before what is shown, so that nothing after it is missed
        wanted, found, now = self._listed(request)
        since = now - _SPARK_DAYS
        lines = self._sources.reader.sparklines([row["signal_id"] for row in found.rows], since)
        rows = [
            row
            | {
                "sector_names": tags(row["sectors"]),
                "geography_names": tags(row["geographies"]),
                "spark": sparkline(lines.get(row["signal_id"], []), since, now, row["strength"]),
            }
            for row in found.rows
        ]
        return self._pages.answer(
            "signals.html",
            signals=rows,
            found=found,
            wanted=wanted,
            page=min(wanted.page, found.pages),
            sorts=SORTS,
            spark=SPARK,
            imported=self._sources.imported.count() if self._sources.imported else 0,
            since=position,
            now=now,
            json=f"/signals.json{wanted.query(page=wanted.page)}",
        )

    def all_json(self, request: Request) -> Response:
        wanted, found, now = self._listed(request)
        page = min(wanted.page, found.pages)
        onward = f"/signals.json{wanted.query(page=page + 1)}" if page < found.pages else None
        return json_answer(
            {
                "as_of": now,
                "total": found.total,
                "matching": found.matching,
                "page": page,
                "pages": found.pages,
                "next": onward,
                "signals": found.rows,
            }
        )

    def one(self, request: Request) -> Response:
        position = self._sources.reader.position()
        row, at, now = self._found(request, MOST)
        here = f"/signals/{quote(row['signal_id'], safe='')}"
        if row["signal_id"] != request.path_params["signal_id"]:
            did = request.query_params.get("did", "")  # the command of which the survivor's page is to tell
            query = f"?{urlencode({'did': did})}" if did else ""
            return RedirectResponse(here + query, status_code=302)  # merged; not for ever, a merge can be undone
        as_of = f"?as_of={self._pages.profile.times.date_of(at).isoformat()}" if at < now else ""
        controls = self._room.of(request, row["signal_id"]) if self._room is not None and at == now else None
        answer = self._pages.answer(
            "signal.html",
            view=view(row),
            chart=chart(row["curve"], row["events"], at),
            size=CHART,
            most=MOST,
            origins=ORIGINS,
            at=at,
            past=at < now,
            first_day=self._pages.profile.times.date_of(row["opened_at"]).isoformat(),
            last_day=self._pages.profile.times.date_of(now).isoformat(),
            here=here,
            since=position,
            now=now,
            controls=controls,
            json=f"{here}.json{as_of}",
        )
        if controls is not None:
            answer.headers["Cache-Control"] = "no-store"
        return answer

    def one_json(self, request: Request) -> Response:
        row, at, _ = self._found(request, None)
        evidence = row.pop("evidence")
        content: dict[str, Any] = {
            "as_of": at,
            "strength_now": row["strength"],
            "components": {**row.pop("why"), "strength": row["strength"]},
            "evidence": [one for one in evidence if one["status"] in SHOWN],
            "not_counted": [one for one in evidence if one["status"] not in SHOWN],
        }
        return json_answer(row | content)

    def why(self, request: Request) -> Response:
        found, at, now = self._explained(request)
        here = f"/signals/{quote(found['signal_id'], safe='')}"
        return self._pages.answer(
            "why.html", found=found, here=here, at=at, past=at < now, now=now, json=f"{here}/why.json"
        )

    def why_json(self, request: Request) -> Response:
        return json_answer(self._explained(request)[0])

    def _listed(self, request: Request) -> tuple[Filter, Shown, datetime]:
        listing = self._sources.reader.listing(self._sources.now())
        wanted = read_filter(request.query_params)
        return wanted, shown(listing.rows.values(), wanted), listing.as_of

    def _explained(self, request: Request) -> tuple[Row, datetime, datetime]:
        now = self._sources.now()
        at = self._asked(request, now)
        try:
            return self._sources.why(request.path_params["signal_id"], at), at, now
        except BadInput as error:
            raise HTTPException(404, f"{error}.") from error

    def _found(self, request: Request, most: int | None) -> tuple[Row, datetime, datetime]:
        """Return the signal, the time that is asked for, and the ledger's."""
        signal_id, now = request.path_params["signal_id"], self._sources.now()
        at = self._asked(request, now)
        row = self._sources.reader.signal(signal_id, at, most=most if at == now else None)
        if row is None:
            raise HTTPException(404, f"There is no signal {signal_id}.")
        if at < now:
            try:
                row = as_then(row, self._sources.why(row["signal_id"], at), at)
            except BadInput as error:
                raise HTTPException(404, f"{error}.") from error
        return row, at, now

    def _asked(self, request: Request, now: datetime) -> datetime:
        """Return the end of the reader's day that `as_of` names, `now` without one or for a day that is not over."""
        text = request.query_params.get("as_of", "").strip()
        if not text:
            return now
        try:
            day = datetime.fromisoformat(text).date()
        except ValueError as error:
            raise HTTPException(400, f"There is no day {text[:40]}: write it as YYYY-MM-DD.") from error
        if day.year < _FIRST_YEAR:
            raise HTTPException(400, f"Nothing was known in {day.year}: ask for a day from {_FIRST_YEAR} on.")
        times = self._pages.profile.times
        if day >= times.date_of(now):
            return now
        end = datetime.combine(day + timedelta(days=1), time(), times.tzinfo).astimezone(UTC)
        return min(end - timedelta(microseconds=1), now)
