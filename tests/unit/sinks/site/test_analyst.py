"""The analyst's way in and the forms: what is accepted, from where, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from schemas.errors import BadInput, Retryable
from sinks.site.access import Access
from sinks.site.sessions import COOKIE, Sessions
from sinks.site.tries import EACH
from tests.analyst_browser import TOKEN, Browser, form, parsed, said
from tests.unit.sinks.brief.samples import HOSTILE
from tests.unit.sinks.site.fakes import FakeCommander, FakeReader, client, signal_row
from tests.unit.sinks.site.test_hostile import assert_harmless

ACCESS = Access(analyst_token=TOKEN)
HTTP = "http://testserver"


def browser(
    commander: FakeCommander | None = None, reader: FakeReader | None = None, origin: str = HTTP, *, signed: bool = True
) -> Browser:
    site: TestClient = client(reader, commander=commander or FakeCommander(), access=ACCESS, base_url=origin)
    one = Browser(site, origin)
    if signed:
        assert one.sign_in().status_code == 303
    return one


def test_off_without_a_token() -> None:
    site = client(commander=FakeCommander())
    assert site.get("/analyst").status_code == 404
    assert site.post("/signals/g1/pin", headers={"Origin": HTTP}).status_code in (404, 405)
    assert "Sign in" not in site.get("/signals/g1").text
    assert "/commands" not in site.get("/signals/g1").text
    assert site.get("/commands").status_code == 200  # what the watchman did may be read


def test_a_visitor_finds_the_way_in_and_no_form() -> None:
    one = browser(signed=False)
    page = one.page("/signals/g1")
    assert page.xpath("//a[@href='/analyst?back=/signals/g1']")
    assert not [f for f in page.forms if f.method == "POST"]
    assert "csrf" not in one.client.get("/commands").text


def test_signing_in_and_out() -> None:
    one = browser(signed=False)
    answer = one.sign_in(back="/signals/g1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signals/g1")
    cookie = answer.headers["set-cookie"]
    for wanted in (f"{COOKIE}=", "HttpOnly", "SameSite=strict", "Path=/"):
        assert wanted in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    kept = dict(one.client.cookies)
    page = one.page("/analyst")
    assert "Ada <b>Lovelace</b>" in page.text_content()
    assert one.send(form(page, "/analyst/out")).status_code == 303
    assert not one.client.cookies.get(COOKIE)
    one.client.cookies.update(kept)  # a copy of the cookie is worth nothing any more
    assert "Token" in one.page("/analyst").text_content()


def test_under_https_the_cookie_is_secure() -> None:
    one = browser(signed=False, origin="https://signals.example")
    cookie = one.sign_in().headers["set-cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "Secure" in cookie
    assert form(one.page("/signals/g1"), "/pin") is not None


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "/analyst/out", "/x"])
def test_nobody_is_sent_elsewhere(back: str) -> None:
    assert browser(signed=False).sign_in(back=back).headers["location"] == "/signals"


def test_a_wrong_token_and_a_token_in_the_address() -> None:
    one = browser(signed=False)
    answer = one.sign_in("wrong horse battery")
    assert answer.status_code == 403
    assert "This is not the token" in answer.text
    assert "wrong horse" not in answer.text
    assert "set-cookie" not in answer.headers
    one.page(f"/analyst?token={TOKEN}")
    assert not one.client.cookies


def test_whoever_guesses_must_wait_even_with_the_token() -> None:
    one = browser(signed=False)
    for _ in range(EACH):
        assert one.sign_in("guess guess guess").status_code == 403
    answer = one.sign_in()
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": HTTP, "Sec-Fetch-Site": "same-site"},
        {"Origin": HTTP, "Sec-Fetch-Site": "none"},
        {"Origin": "http://testserver:81"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://["},
        {"Origin": "http://[::1", "Sec-Fetch-Site": "same-origin"},
        {},
    ],
)
@pytest.mark.parametrize("path", ["/analyst", "/signals/g1/rename", "/commands/cmd-0/undo", "/analyst/out"])
def test_a_form_from_elsewhere_is_refused(path: str, headers: dict[str, str]) -> None:
    commander = FakeCommander()
    one = browser(commander)
    sent = form(one.page("/signals/g1"), "/rename")
    sent.action = path
    answer = one.send(sent, headers, title="Stolen", token=TOKEN, name="x")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert commander.given == []


def test_a_form_needs_the_word_of_its_own_session() -> None:
    commander = FakeCommander()
    one, other = browser(commander), browser(commander)
    sent = form(one.page("/signals/g1"), "/rename")
    for csrf in ("", "0" * 64, form(other.page("/signals/g1"), "/rename").fields["csrf"]):
        answer = one.send(sent, title="New", csrf=csrf)
        assert answer.status_code == 403
        assert "earlier session" in answer.text
    assert commander.given == []


def test_without_a_session_nothing_is_carried() -> None:
    commander = FakeCommander()
    one = browser(commander)
    sent = form(one.page("/signals/g1"), "/rename")
    one.client.cookies.clear()
    answer = one.send(sent, title="New")
    assert (answer.status_code, commander.given) == (403, [])
    one.client.cookies.set(COOKIE, "forged.cookie")
    assert one.send(sent, title="New").status_code == 403


def test_sessions_end_with_the_hours_and_with_the_token() -> None:
    now = [1000.0]
    sessions = Sessions(TOKEN, lambda: now[0])
    request = _request(sessions, now)
    assert sessions.of(request)
    assert Sessions(TOKEN + "!", lambda: now[0]).of(request) is None
    now[0] += 12 * 3600 + 1
    assert sessions.of(request) is None


def _request(sessions: Sessions, now: list[float]) -> Any:
    scope = {"type": "http", "scheme": "http", "path": "/", "headers": [], "server": ("x", 80), "query_string": b""}
    answer = Response()
    sessions.give(answer, sessions.open("Ada"), Request(scope))
    value = answer.headers["set-cookie"].partition(";")[0]
    return Request({**scope, "headers": [(b"cookie", value.encode())]})


def test_what_each_form_carries() -> None:
    commander = FakeCommander()
    one = browser(commander)
    evidence = signal_row()["evidence"][0]["evidence_id"]
    page = one.do("/signals/g1", "/rename", title="Gallium is short", reason="shorter")
    assert "renamed from “Gallium gets scarce” to “Gallium is short”: applied · why: shorter Undo" in said(page)
    one.do("/signals/g1", "/merge", into="g2", reason="the same")
    one.do("/signals/g1", "/dismiss")
    one.do("/signals/g1", "/pin")
    one.do("/signals/g1", "/reject-evidence", evidence=evidence, reason="wrong")
    page = one.do("/signals/g1", "/split", evidence=[evidence], title="A part", rest="The rest")
    one.send(form(page, "/undo"))
    rows = commander.given
    assert [row["action"] for row in rows] == [
        "rename", "merge", "dismiss", "pin", "reject-evidence", "split", "undo",
    ]  # fmt: skip
    assert {row["by"] for row in rows} == {"Ada <b>Lovelace</b>"}
    assert [row["reason"] for row in rows[:2]] == ["shorter", "the same"]
    assert rows[1]["other_ids"] == ["g2"]
    assert rows[4]["evidence_id"] == evidence
    assert rows[5]["parts"] == [("The rest", []), ("A part", [evidence])]
    assert rows[6]["other_ids"] == [rows[5]["command_id"]]
    assert len({row["key"] for row in rows}) == len(rows)


def test_dismissed_and_pinned_signals_offer_the_way_back() -> None:
    reader = FakeReader({"g1": signal_row(1, state="dismissed", pinned=True)})
    page = browser(reader=reader).page("/signals/g1")
    actions = {one.action.rpartition("/")[2] for one in page.forms}
    assert {"restore", "unpin"} <= actions
    assert not actions & {"dismiss", "pin"}


def test_a_merge_asks_which_signal_is_meant() -> None:
    commander = FakeCommander()
    reader = FakeReader({n: signal_row(i, signal_id=n, title=t) for i, (n, t) in enumerate(_TITLES.items(), 1)})
    one = browser(commander, reader)
    sent = form(one.page("/signals/g1"), "/merge")
    answer = one.send(sent, into="gallium", reason="same")
    assert answer.status_code == 200
    choice = form(parsed(answer.text), "/merge")
    assert sorted(choice.xpath(".//input[@type='radio']/@value")) == ["g2", "g3"]
    assert choice.fields["reason"] == "same"
    assert one.send(choice, into="g3").headers["location"].startswith("/signals/g3?did=")
    assert one.send(sent, into="http://testserver/signals/g2?as_of=2026-01-01").status_code == 303
    assert one.send(sent, into="GALLIUM prices").status_code == 303
    assert [row["other_ids"] for row in commander.given] == [["g3"], ["g2"], ["g2"]]
    none = one.send(sent, into="<b>nothing</b>")
    assert none.status_code == 400
    assert "&lt;b&gt;nothing&lt;/b&gt;" in none.text


@pytest.mark.parametrize(
    ("into", "words"),
    [
        ("http://[::1/signals/g2", "is no address"),
        ("http://testserver/signals/", "is the address of no signal"),
        ("/signals/?q=gallium", "is the address of no signal"),
        ("/signals/%20", "is the address of no signal"),
    ],
)
def test_an_address_that_names_no_signal_is_refused(into: str, words: str) -> None:
    commander = FakeCommander()
    one = browser(commander)
    answer = one.send(form(one.page("/signals/g1"), "/merge"), into=into)
    assert answer.status_code == 400
    assert words in answer.text
    assert commander.given == []


_TITLES = {"g1": "Gallium gets scarce", "g2": "Gallium prices", "g3": "More gallium", "g4": "Something else"}


def test_a_refusal_is_told_with_its_reason() -> None:
    one = browser(FakeCommander(refuses="g1 is already pinned: `unpin` lets it go"))
    page = one.do("/signals/g1", "/pin")
    assert "refused: g1 is already pinned: `unpin` lets it go" in said(page)
    assert not page.xpath("//*[@id='did']//form")


def test_a_command_from_a_merged_signals_page_is_told_on_its_survivors() -> None:
    reader = FakeReader()
    one = browser(FakeCommander(), reader)
    sent = form(one.page("/signals/g2"), "/pin")
    reader.merged, reader.rows = {"g2": "g1"}, {"g1": reader.rows["g1"]}
    first = one.send(sent).headers["location"].partition("#")[0]
    answer = one.client.get(first)
    assert (first, answer.status_code) == ("/signals/g2?did=cmd-0000000000000000", 302)
    page = one.page(answer.headers["location"])
    assert "pinned: applied" in said(page)
    assert page.xpath("//*[@id='did']//form[contains(@action, '/undo')]")
    assert one.client.get("/signals/g2").headers["location"] == "/signals/g1"


@pytest.mark.parametrize("action", ["/pin", "/undo"])
def test_what_is_said_of_no_signal_is_told_among_the_commands(action: str) -> None:
    one = browser(FakeCommander(refuses="there is no signal g9: `bellwether signals` lists their ids"))
    page = one.page("/signals/g1")
    sent = form(page, "/pin")
    sent.action = f"/signals/g9{action}" if action == "/pin" else "/commands/cmd-0000000000000000/undo"
    where = one.send(sent, signal="g9").headers["location"].partition("#")[0]
    assert where.startswith("/commands?did=")
    assert "refused: there is no signal g9" in said(one.page(where))


@pytest.mark.parametrize(
    ("error", "status"), [(BadInput("rename: title may have 110"), 400), (Retryable("Kafka is away, cmd-1"), 503)]
)
def test_what_cannot_be_asked_is_told(error: Exception, status: int) -> None:
    commander = FakeCommander()
    one = browser(commander)
    sent = form(one.page("/signals/g1"), "/rename")
    commander.fails = error
    answer = one.send(sent, title="x")
    assert answer.status_code == status
    assert str(error) in answer.text


def test_what_is_no_form_or_too_large() -> None:
    one = browser()
    headers = {"Origin": HTTP}
    assert one.client.post("/signals/g1/pin", json={}, headers=headers).status_code == 415
    assert one.send(form(one.page("/signals/g1"), "/pin"), reason="x" * 300_000).status_code == 413
    assert one.send(form(one.page("/signals/g1"), "/split"), title="x").status_code == 400
    sent = form(one.page("/signals/g1"), "/pin")
    sent.action = "/signals/g1/explode"
    assert one.send(sent).status_code == 404


def test_the_list_tells_all_and_offers_undo() -> None:
    commander = FakeCommander()
    one = browser(commander)
    one.do("/signals/g1", "/pin", reason="watch it")
    one.do("/signals/g2", "/dismiss")
    page = one.page("/commands")
    items = [" ".join(item.text_content().split()) for item in page.xpath("//ol/li")]
    assert "dismissed" in items[0]
    assert "watch it" in items[1]
    assert "Ada <b>Lovelace</b>" in items[1]
    assert len(page.xpath("//form[contains(@action, '/undo')]")) == 2
    assert len(one.page("/commands?signal=g2").xpath("//ol/li")) == 1
    rows = one.client.get("/commands.json").json()["commands"]
    assert [row["action"] for row in rows] == ["dismiss", "pin"]
    assert one.client.get("/commands").headers["cache-control"] == "no-store"
    assert one.client.get("/signals/g1").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_reasons_and_titles_are_only_words(text: str) -> None:
    reader = FakeReader({"g1": signal_row(1, title=text), "g2": signal_row(2, title=text)})
    one = browser(FakeCommander(refuses=text), reader, signed=False)
    one.sign_in(name=f"n {text}")
    sent = form(one.page("/signals/g1"), "/rename")
    where = one.send(sent, title=f"t {text}", reason=text).headers["location"].partition("#")[0]
    for path in (where, "/commands", "/analyst"):
        answer = one.client.get(path)
        assert answer.status_code == 200
        assert_harmless(answer.text)
    assert_harmless(one.send(form(one.page("/signals/g1"), "/merge"), into=f"{text} {text}", reason=text).text)
