"""Grafana over HTTP, by the library grafana-client, which is imported here and only when a push begins.

Everything is addressed by uid: Grafana 13 has no other addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from infra.grafana_settings import GrafanaSettings
from schemas.errors import BadInput, BadSetting, Retryable

Json = dict[str, Any]
_PAGE: Final = 1000  # annotations an answer
_MISSING: Final = 404


class Grafana:
    """One Grafana. Calls raise BadSetting (who may not), BadInput (what it refuses), Retryable (it does not answer)."""

    def __init__(self, settings: GrafanaSettings) -> None:
        """Raises BadSetting when the library is missing or no credentials are set."""
        try:
            from grafana_client.api import GrafanaApi
            from grafana_client.client import GrafanaClientError, GrafanaException
            from niquests.exceptions import RequestException
        except ImportError as error:
            raise BadSetting("grafana: the library grafana-client is missing; install bellwether[grafana]") from error
        token, password = settings.token.get_secret_value(), settings.password.get_secret_value()
        if not token and not (settings.user and password):
            raise BadSetting("grafana.token: is not set; set it, or grafana.user and grafana.password")
        self.url = settings.url.rstrip("/")
        self._refused, self._failed = GrafanaClientError, (GrafanaException, RequestException, ValueError)
        self._api = GrafanaApi.from_url(self.url + "/", token or (settings.user, password), timeout=settings.timeout)
        if settings.org:
            self._api.client.s.headers["X-Grafana-Org-Id"] = str(settings.org)

    def organisation(self) -> int:
        """Return the number of the organisation that the credentials lead to."""
        return int(self._call("organisation", self._api.organization.get_current_organization)["id"])

    def folder(self, uid: str) -> Json | None:
        """Return the folder, None when there is none."""
        return self._found("folder", self._api.folder.get_folder, uid)

    def make_folder(self, uid: str, title: str) -> None:
        """Make a folder."""
        self._call("folder", self._api.folder.create_folder, title, uid=uid)

    def rename_folder(self, uid: str, title: str) -> None:
        """Give a folder another title."""
        self._call("folder", self._api.folder.update_folder, uid, title=title, overwrite=True)

    def source(self, uid: str) -> Json | None:
        """Return the data source without its secrets, None when there is none."""
        return self._found("data source", self._api.datasource.get_datasource_by_uid, uid)

    def make_source(self, source: Json) -> None:
        """Make a data source."""
        self._call("data source", self._api.datasource.create_datasource, source)

    def change_source(self, uid: str, source: Json) -> None:
        """Replace a data source."""
        self._call("data source", self._api.datasource.update_datasource_by_uid, uid, source)

    def health(self, uid: str) -> str:
        """Return what is wrong between Grafana and the data source, "" if nothing is."""
        try:
            answer = self._api.datasource.health(uid)
        except self._failed as error:
            answer = getattr(error, "response", None)
            if not isinstance(answer, dict):
                return str(error)
        return "" if answer.get("status") == "OK" else str(answer.get("message") or answer)

    def dashboard(self, uid: str) -> Json | None:
        """Return `dashboard` and `meta`, None when there is none."""
        return self._found("dashboard", self._api.dashboard.get_dashboard, uid)

    def save_dashboard(self, dashboard: Json, folder: str) -> None:
        """Make a dashboard or replace it."""
        body = {"dashboard": dashboard, "folderUid": folder, "overwrite": True, "message": "bellwether grafana push"}
        self._call("dashboard", self._api.dashboard.update_dashboard, body)

    def rules(self, folder: str, group: str) -> Json | None:
        """Return a group of alert rules, None when there is none."""
        return self._found("alert rules", self._api.alertingprovisioning.get_rule_group, folder, group)

    def save_rules(self, folder: str, group: str, rules: Json) -> None:
        """Make a group of alert rules or replace it; they can still be changed in Grafana's pages."""
        update = self._api.alertingprovisioning.update_rule_group
        self._call("alert rules", update, folder, group, rules, disable_provenance=True)

    def annotations(self, tag: str, until: datetime) -> Iterator[Json]:
        """Yield the annotations with a tag, newest first."""
        find, size = self._api.annotations.find_annotations, _PAGE
        before, seen = int(until.timestamp() * 1000), set[int]()
        while True:
            # Grafana heeds a time only when both are given, and never says that there are more.
            found = self._call("annotations", find, time_from=1, time_to=before, tags=[tag], limit=size)
            fresh = [each for each in found if each["id"] not in seen]
            seen.update(each["id"] for each in fresh)
            yield from fresh
            if len(found) < size:
                return
            if fresh:
                before = min(int(each["time"]) for each in fresh)
            else:
                size *= 2  # more than a page at one millisecond

    def annotate(self, at: datetime, tags: list[str], text: str) -> None:
        """Make an annotation at a time, for every dashboard that asks for one of its tags."""
        millis = (at - datetime.fromtimestamp(0, at.tzinfo)) // timedelta(milliseconds=1)
        self._call("annotation", self._api.annotations.add_annotation, time_from=millis, tags=tags, text=text)

    def _found(self, what: str, call: Callable[..., Any], *arguments: Any) -> Json | None:
        found = self._call(what, call, *arguments, missing=True)
        return None if found is None else dict(found)

    def _call(self, what: str, call: Callable[..., Any], *arguments: Any, missing: bool = False, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except self._refused as error:
            if missing and error.status_code == _MISSING:
                return None
            if error.status_code in (401, 403):
                raise BadSetting(
                    f"grafana.token: {self.url} refuses these credentials for the {what} ({error.status_code}); a "
                    "service account with the role Admin may do everything that is pushed"
                ) from error
            raise BadInput(f"{what}: Grafana at {self.url} refuses it: {error}") from error
        except self._failed as error:
            raise Retryable(f"{what}: Grafana at {self.url} does not answer as it should: {error}") from error
