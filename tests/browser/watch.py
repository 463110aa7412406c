"""Watches pages for what none may do: errors, dialogs, breaches of the policy, requests that leave the machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Frame, Page, Request, Route

_LISTENER: Final = """
window.__pwned = what => window.__tell('pwned', String(what));
document.addEventListener('securitypolicyviolation', event =>
  window.__tell('policy', `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass
class Watch:
    """What was seen in a context whose pages belong to `origin`. `missing` are addresses that may answer an error."""

    origin: str
    missing: set[str] = field(default_factory=set)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)
    pwned: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    navigations: list[str] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        """Watch every page of the context, from now on."""
        context.expose_function("__tell", self._told)
        context.add_init_script(_LISTENER)
        context.route("**/*", self._guard)
        context.on("request", self._requested)
        context.on("console", self._logged)
        context.on("weberror", lambda problem: self.errors.append(str(problem.error)))
        context.on("dialog", self._asked)
        context.on("page", self._opened)

    def assert_quiet(self) -> None:
        """Fail, naming everything that happened and should not have."""
        kinds = ("console", "errors", "policy", "pwned", "dialogs", "strays")
        seen = {kind: found for kind in kinds if (found := getattr(self, kind))}
        assert not seen, "\n".join(f"{kind}: {one}" for kind, found in seen.items() for one in found[:20])

    def _told(self, kind: str, what: str) -> None:
        (self.pwned if kind == "pwned" else self.policy).append(what)

    def _guard(self, route: Route) -> None:
        if self._is_ours(route.request.url):
            route.continue_()
        else:
            route.abort()

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)
        if not self._is_ours(request.url) and not request.url.startswith("data:"):
            self.strays.append(f"{request.resource_type} {request.url}")

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and message.location["url"] not in self.missing:
            self.console.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _asked(self, dialog: Dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def _opened(self, page: Page) -> None:
        page.on("framenavigated", self._navigated)
        page.on("websocket", lambda socket: self.strays.append(f"websocket {socket.url}"))

    def _navigated(self, frame: Frame) -> None:
        self.navigations.append(frame.url)

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" == self.origin
