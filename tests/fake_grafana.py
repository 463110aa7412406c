"""A Grafana for tests: keeps what is pushed as Grafana 13 does, by uid alone, and adds what Grafana adds.

It was written from Grafana's documentation of its HTTP API; it refuses what Grafana refuses: a folder that there is
not, a rule whose data source or condition is unknown, a change to what provisioning files made.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

Json = dict[str, Any]
_DURATION = re.compile(r"(\d+(ms|[smhdwy]))+")


class FakeGrafana:
    """`app` is the server. `changes` are the requests that changed something, as method and path."""

    def __init__(self, *, token: str = "", user: str = "", password: str = "", opens: str = "") -> None:
        """`opens`: the password with which the data source works."""
        self.folders: dict[str, Json] = {}
        self.sources: dict[str, Json] = {}
        self.secrets: dict[str, str] = {}
        self.dashboards: dict[str, Json] = {}
        self.groups: dict[tuple[str, str], Json] = {}
        self.annotations: list[Json] = []
        self.changes: list[tuple[str, str]] = []
        self.asked: list[tuple[str, str]] = []
        self.organisations: list[str] = []
        self.down = False
        self._opens = opens
        basic = b64encode(f"{user}:{password}".encode()).decode()
        self._allowed = f"Bearer {token}" if token else f"Basic {basic}"
        self._number = 0
        routes: list[tuple[str, str, Callable[[Request], Awaitable[JSONResponse]]]] = [
            ("GET", "/api/org", self._org),
            ("GET", "/api/folders/{uid}", self._folder),
            ("POST", "/api/folders", self._make_folder),
            ("PUT", "/api/folders/{uid}", self._change_folder),
            ("GET", "/api/datasources/uid/{uid}", self._source),
            ("GET", "/api/datasources/uid/{uid}/health", self._health),
            ("POST", "/api/datasources", self._make_source),
            ("PUT", "/api/datasources/uid/{uid}", self._change_source),
            ("GET", "/api/dashboards/uid/{uid}", self._dashboard),
            ("POST", "/api/dashboards/db", self._save_dashboard),
            ("GET", "/api/v1/provisioning/folder/{folder}/rule-groups/{group}", self._group),
            ("PUT", "/api/v1/provisioning/folder/{folder}/rule-groups/{group}", self._save_group),
            ("GET", "/api/annotations", self._annotations),
            ("POST", "/api/annotations", self._annotate),
        ]
        self.app = Starlette(routes=[Route(path, self._guarded(call), methods=[verb]) for verb, path, call in routes])

    def _guarded(self, call: Callable[[Request], Awaitable[JSONResponse]]) -> Any:
        async def answer(request: Request) -> JSONResponse:
            self.asked.append((request.method, request.url.path))
            self.organisations.append(request.headers.get("x-grafana-org-id", ""))
            if self.down:
                return _says(503, "the database is locked")
            if request.headers.get("authorization") != self._allowed:
                return _says(401, "Unauthorized")
            made = await call(request)
            if request.method != "GET" and made.status_code < 300:
                self.changes.append((request.method, request.url.path))
            return made

        return answer

    async def _org(self, _: Request) -> JSONResponse:
        return JSONResponse({"id": 1, "name": "Main Org."})

    async def _folder(self, request: Request) -> JSONResponse:
        found = self.folders.get(request.path_params["uid"])
        return JSONResponse(found) if found else _says(404, "folder not found")

    async def _make_folder(self, request: Request) -> JSONResponse:
        body = await request.json()
        if body["uid"] in self.folders:
            return _says(409, "a folder with that uid already exists")
        self.folders[body["uid"]] = {**body, "id": self._next(), "version": 1, "url": f"/dashboards/f/{body['uid']}"}
        return JSONResponse(self.folders[body["uid"]])

    async def _change_folder(self, request: Request) -> JSONResponse:
        body, there = await request.json(), self.folders[request.path_params["uid"]]
        if not body.get("overwrite") and body.get("version") != there["version"]:
            return _says(412, "the folder has been changed by someone else")
        there.update(title=body["title"], version=there["version"] + 1)
        return JSONResponse(there)

    async def _source(self, request: Request) -> JSONResponse:
        found = self.sources.get(request.path_params["uid"])
        return JSONResponse(found) if found else _says(404, "Data source not found")

    async def _health(self, request: Request) -> JSONResponse:
        if self.secrets.get(request.path_params["uid"], "") == self._opens:
            return JSONResponse({"status": "OK", "message": "Data source is working"})
        return JSONResponse({"status": "ERROR", "message": "Authentication failed"}, 400)

    async def _make_source(self, request: Request) -> JSONResponse:
        body = await request.json()
        if body["uid"] in self.sources or body["name"] in {each["name"] for each in self.sources.values()}:
            return _says(409, "data source with the same name already exists")
        return self._keep_source(body, 1)

    async def _change_source(self, request: Request) -> JSONResponse:
        there = self.sources.get(request.path_params["uid"])
        if there is None:
            return _says(404, "Data source not found")
        if there["readOnly"]:
            return _says(403, "Cannot update read-only data source")
        return self._keep_source(await request.json(), there["version"] + 1)

    def _keep_source(self, body: Json, version: int) -> JSONResponse:
        secrets = body.pop("secureJsonData", {})
        self.secrets[body["uid"]] = secrets.get("password", self.secrets.get(body["uid"], ""))
        self.sources[body["uid"]] = {
            "id": self._next(), "orgId": 1, "url": "", "user": "", "database": "", "basicAuth": False,
            "isDefault": False, "readOnly": False, "version": version,
            "secureJsonFields": dict.fromkeys(secrets, True), **body,
        }  # fmt: skip
        return JSONResponse({"datasource": self.sources[body["uid"]], "message": "Datasource added"})

    async def _dashboard(self, request: Request) -> JSONResponse:
        found = self.dashboards.get(request.path_params["uid"])
        return JSONResponse(found) if found else _says(404, "Dashboard not found")

    async def _save_dashboard(self, request: Request) -> JSONResponse:
        body = await request.json()
        board, there = body["dashboard"], self.dashboards.get(body["dashboard"]["uid"])
        if body.get("folderUid") not in self.folders:
            return _says(400, "folder not found")
        if there is not None and there["meta"]["provisioned"]:
            return _says(400, "Cannot save provisioned dashboard")
        if there is not None and not body.get("overwrite"):
            return _says(412, "The dashboard has been changed by someone else")
        version = there["dashboard"]["version"] + 1 if there else 1
        self.dashboards[board["uid"]] = {
            "dashboard": {**board, "id": self._next(), "version": version},
            "meta": {"folderUid": body["folderUid"], "provisioned": False, "version": version},
        }
        return JSONResponse({"uid": board["uid"], "status": "success", "version": version})

    async def _group(self, request: Request) -> JSONResponse:
        found = self.groups.get((request.path_params["folder"], request.path_params["group"]))
        return JSONResponse(found) if found else _says(404, "rule group not found")

    async def _save_group(self, request: Request) -> JSONResponse:
        body, key = await request.json(), (request.path_params["folder"], request.path_params["group"])
        if key[0] not in self.folders:
            return _says(400, "folder does not exist")
        if wrong := self._wrong(body):
            return _says(400, wrong)
        api = {} if request.headers.get("x-disable-provenance") else {"provenance": "api"}
        rules = [
            {"id": self._next(), "updated": "2026-04-16T07:00:00Z", "keep_firing_for": "0s", **rule, **api}
            for rule in body["rules"]
        ]
        self.groups[key] = {**body, "rules": rules}
        return JSONResponse(self.groups[key])

    def _wrong(self, body: Json) -> str:
        if not isinstance(body["interval"], int) or body["interval"] % 10:
            return "interval must be a multiple of ten seconds"
        for rule in body["rules"]:
            refs = {query["refId"]: query for query in rule["data"]}
            unknown = {query["datasourceUid"] for query in refs.values()} - set(self.sources) - {"__expr__"}
            if unknown:
                return f"{rule['uid']}: no data source {unknown}"
            if rule["condition"] not in refs or refs[rule["condition"]]["model"]["expression"] not in refs:
                return f"{rule['uid']}: the condition names no query"
            if rule["noDataState"] not in ("Alerting", "NoData", "OK") or rule["execErrState"] not in (
                "Alerting", "Error", "OK",
            ):  # fmt: skip
                return f"{rule['uid']}: unknown state"
            if not _DURATION.fullmatch(rule["for"]) or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", rule["uid"]):
                return f"{rule['uid']}: bad duration or uid"
            if rule["folderUID"] not in self.folders or rule["orgID"] != 1 or rule["ruleGroup"] != body["title"]:
                return f"{rule['uid']}: is of another place"
        titles = [rule["title"] for rule in body["rules"]]
        return "" if len(titles) == len(set(titles)) else "two rules have one title"

    async def _annotations(self, request: Request) -> JSONResponse:
        asked, tags = request.query_params, set(request.query_params.getlist("tags"))
        found = [each for each in self.annotations if tags <= set(each["tags"])]
        if asked.get("from") and asked.get("to"):
            found = [each for each in found if int(asked["from"]) <= each["time"] <= int(asked["to"])]
        found.sort(key=lambda each: -each["time"])
        return JSONResponse(found[: int(asked.get("limit", 100))])

    async def _annotate(self, request: Request) -> JSONResponse:
        body = await request.json()
        if not body["text"]:
            return _says(400, "text field should not be empty")
        if any(len(part) > 100 for tag in body["tags"] for part in tag.split(":", 1)):
            return _says(400, "a tag is too long")
        made = {"id": self._next(), "dashboardUID": "", **body, "timeEnd": body["timeEnd"] or body["time"]}
        self.annotations.append(made)
        return JSONResponse({"id": made["id"], "message": "Annotation added"})

    def _next(self) -> int:
        self._number += 1
        return self._number


def _says(status: int, message: str) -> JSONResponse:
    return JSONResponse({"message": message}, status)
