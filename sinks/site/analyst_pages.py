"""`/analyst` and the forms of a signal's page: an analyst's commands. There only with a configured token."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from schemas.errors import BadInput, Retryable
from sinks.site.forms import Form, check_word, read_form
from sinks.site.guards import Refuse, too_many
from sinks.site.merge_target import Several, merge_target
from sinks.site.ports import Commander, Row, Sources
from sinks.site.rendering import Pages
from sinks.site.sessions import HOURS, Session, Sessions
from sinks.site.tries import Tries

_BACK: Final = re.compile(r"/(signals/[\w.:%~-]{1,200}|commands)?")
_PLAIN: Final = ("dismiss", "restore", "pin", "unpin")


class AnalystPages:
    """Endpoints. A form is answered by a redirection to the page that shows what became of it."""

    def __init__(
        self,
        sources: Sources,
        pages: Pages,
        sessions: Sessions,
        commander: Commander,
        refuse: Refuse,
        tries: Tries | None = None,
    ) -> None:
        self._sources, self._pages, self._sessions = sources, pages, sessions
        self._commander, self._refuse = commander, refuse
        self._tries = tries or Tries()

    def routes(self) -> list[Route]:
        return [
            Route("/analyst", self.desk, methods=["GET"]),
            Route("/analyst", self.sign_in, methods=["POST"]),
            Route("/analyst/out", self.sign_out, methods=["POST"]),
            Route("/signals/{signal_id}/{action}", self.act, methods=["POST"]),
            Route("/commands/{command_id}/undo", self.undo, methods=["POST"]),
        ]

    def desk(self, request: Request) -> Response:
        return self._desk(request, _back(request.query_params.get("back", "")))

    async def sign_in(self, request: Request) -> Response:
        form = await read_form(request)
        address = request.client.host if request.client else ""
        if wait := self._tries.wait(address):
            return too_many(self._refuse, request, wait)
        back, name = _back(form.one("back")), " ".join(form.one("name").split())
        if not self._sessions.knows(form.one("token")):
            self._tries.failed(address)
            return self._desk(request, back, "This is not the token.", name, 403)
        if not name:
            return self._desk(request, back, "Say who you are: your name stands beside every command.", "", 400)
        answer = RedirectResponse(back, status_code=303)
        self._sessions.give(answer, self._sessions.open(name), request)
        return answer

    async def sign_out(self, request: Request) -> Response:
        form = await read_form(request)
        session = self._sessions.of(request)
        if session is not None:
            check_word(form, session)
        answer = RedirectResponse("/analyst", status_code=303)
        self._sessions.end(answer, session, request)
        return answer

    async def act(self, request: Request) -> Response:
        form, session = await self._signed(request)
        return await run_in_threadpool(self._act, request, form, session)

    async def undo(self, request: Request) -> Response:
        form, session = await self._signed(request)
        command_id = request.path_params["command_id"]
        return await run_in_threadpool(self._undo, command_id, form, session)

    async def _signed(self, request: Request) -> tuple[Form, Session]:
        form = await read_form(request)
        session = self._sessions.of(request)
        if session is None:
            raise HTTPException(403, "You are not signed in (any more). Sign in at /analyst, and send the form again.")
        check_word(form, session)
        return form, session

    def _act(self, request: Request, form: Form, session: Session) -> Response:
        signal_id, action = request.path_params["signal_id"], request.path_params["action"]
        given: dict[str, Any] = {"signal_id": signal_id}
        if action == "rename":
            given["title"] = form.one("title")
        elif action == "merge":
            found = merge_target(self._sources, signal_id, form.one("into"))
            if isinstance(found, Several):
                return self._choose(signal_id, found, form, session)
            given["into"] = found
        elif action == "split":
            ticked = sorted(set(form.all("evidence")))
            if not ticked:
                raise HTTPException(400, "Tick the evidence that is to become a signal of its own.")
            given["parts"] = [(form.one("rest"), []), (form.one("title"), ticked)]
        elif action == "reject-evidence":
            given["evidence_id"] = form.one("evidence")
        elif action not in _PLAIN:
            raise HTTPException(404)
        done = self._give(form, session, action, **given)
        merged = action == "merge" and not done["refused"] and not done["pending"]
        return self._shown(done, given["into"] if merged else signal_id)

    def _undo(self, command_id: str, form: Form, session: Session) -> Response:
        return self._shown(self._give(form, session, "undo", undoes=command_id), form.one("signal"))

    def _shown(self, done: Row, signal_id: str) -> Response:
        """Go where it is told what became of the command: to the signal if there is one, or to the list of commands."""
        exists = signal_id and self._sources.reader.signal(signal_id, self._sources.now(), most=1) is not None
        page = f"/signals/{quote(signal_id, safe='')}" if exists else "/commands"
        return RedirectResponse(f"{page}?{urlencode({'did': done['command_id']})}#did", status_code=303)

    def _give(self, form: Form, session: Session, action: str, **given: Any) -> Row:
        key = f"{session.session_id} {form.one('key')}" if form.one("key") else ""
        try:
            return self._commander.give(action, by=session.by, reason=form.one("reason"), key=key, **given)
        except BadInput as error:
            raise HTTPException(400, f"{error}.") from error
        except Retryable as error:
            raise HTTPException(503, f"{error}.") from error

    def _choose(self, signal_id: str, found: Several, form: Form, session: Session) -> Response:
        return _private(
            self._pages.answer(
                "choose.html",
                signal_id=signal_id,
                found=found,
                reason=form.one("reason"),
                key=form.one("key"),
                session=session,
                json="",
            )
        )

    def _desk(self, request: Request, back: str, wrong: str = "", name: str = "", status: int = 200) -> Response:
        answer = self._pages.answer(
            "analyst.html",
            status=status,
            session=self._sessions.of(request),
            back=back,
            wrong=wrong,
            name=name or self._pages.profile.name,
            hours=HOURS,
            json="",
        )
        return _private(answer)


def _back(path: str) -> str:
    """Return a path of ours to go back to: never another site."""
    return path if _BACK.fullmatch(path) else "/signals"


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
