"""An analyst's browser without script: signs in, and sends the forms that a page has as a browser does."""

from __future__ import annotations

from typing import Any

from lxml import html  # type: ignore[import-untyped]

TOKEN = "correct horse battery"


class Browser:
    """`client` is an httpx-like client that keeps cookies and follows no redirection; `origin` is where the site is."""

    def __init__(self, client: Any, origin: str) -> None:
        self.client, self.origin = client, origin

    def page(self, path: str) -> Any:
        """Return the parsed page."""
        answer = self.client.get(self.origin + path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-500:])
        return parsed(answer.text)

    def sign_in(self, token: str = TOKEN, name: str = "Ada <b>Lovelace</b>", back: str = "") -> Any:
        """Return the answer to the form of /analyst."""
        page = self.page(f"/analyst?back={back}")
        return self.send(form(page, "/analyst"), name=name, token=token)

    def send(self, filled: Any, headers: dict[str, str] | None = None, **given: Any) -> Any:
        """Send a form of a page with these values; return the answer, which is not followed."""
        pairs: dict[str, Any] = {}
        for name, value in filled.form_values():
            pairs.setdefault(name, []).append(value)
        pairs.update(given)
        said = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        return self.client.post(self.origin + filled.action, data=pairs, headers=said)

    def do(self, path: str, action: str, **given: Any) -> Any:
        """Send the form `action` of a page and return the page that the answer leads to."""
        answer = self.send(form(self.page(path), action), **given)
        assert answer.status_code == 303, (action, answer.status_code, answer.text[-700:])
        return self.page(answer.headers["location"].partition("#")[0])


def parsed(page: str) -> Any:
    """Return the tree of a page."""
    return html.fromstring(page)


def form(page: Any, action: str) -> Any:
    """Return the form of a page whose address ends so."""
    found = [one for one in page.forms if (one.action or "").endswith(action)]
    assert found, (action, [one.action for one in page.forms])
    return found[0]


def said(page: Any) -> str:
    """Return what a page tells of the last command."""
    (banner,) = page.xpath("//*[@id='did']")
    return " ".join(banner.text_content().split())
