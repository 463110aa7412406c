"""The readers' password, the names a site answers to, and how often a secret may be tried."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from schemas.errors import Retryable
from sinks.site.access import Access
from sinks.site.guards import host_name
from sinks.site.tries import Tries
from tests.unit.sinks.site.fakes import client

PATHS = ("/", "/signals", "/signals.json", "/signals/g1", "/signals/g1.json", "/articles/a1", "/feeds", "/live", "/x")


@pytest.mark.parametrize("path", PATHS)
def test_everything_asks_for_the_password(path: str) -> None:
    site = client(access=Access(password="open sesame"))
    answer = site.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "site.password" in answer.text
    assert "Gallium" not in answer.text
    if path.endswith(".json"):
        assert set(answer.json()) == {"error"}


def test_with_the_password_everything_answers() -> None:
    site = client(access=Access(password="offen ☂ sésame"))
    for path in ("/", "/signals.json", "/signals/g1"):
        assert site.get(path, auth=("anybody", "offen ☂ sésame")).status_code == 200
    assert site.get("/x", auth=("anybody", "offen ☂ sésame")).status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/static/style.css"])
def test_health_and_style_are_open(path: str) -> None:
    assert client(access=Access(password="open sesame")).get(path).status_code == 200


def no_answer() -> dict[str, Any]:
    raise Retryable("mail to ines@example.com: secret details")


@pytest.mark.parametrize("path", ["/healthz", "/healthz.json"])
def test_health_tells_strangers_only_whether_all_is_well(path: str) -> None:
    well = client(access=Access(password="open sesame"))
    ill = client(access=Access(password="open sesame"), status=no_answer)
    strangers: list[tuple[str, str] | None] = [None, ("a", "wrong")]
    for auth in strangers:
        assert [(a.status_code, a.json()) for a in (well.get(path, auth=auth), ill.get(path, auth=auth))] == [
            (200, {"ok": True}),
            (503, {"ok": False}),
        ]
    reader = ("a", "open sesame")
    assert well.get(path, auth=reader).json()["status"] == {"articles": 12, "lag": 0}
    assert ill.get(path, auth=reader).status_code == 503
    assert "secret details" in ill.get(path, auth=reader).json()["error"]


def test_health_is_no_place_to_guess_at() -> None:
    site = client(access=Access(password="open sesame"))
    for n in range(8):
        site.get("/healthz", auth=("a", f"guess {n}"))
    assert site.get("/healthz", auth=("a", "open sesame")).json() == {"ok": True}
    assert site.get("/", auth=("a", "open sesame")).status_code == 429


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic //79", "Bearer b3BlbiBzZXNhbWU=", "Basic b3BlbiBzZXNhbWU="]
)
def test_what_is_no_password_is_refused(header: str) -> None:
    answer = client(access=Access(password="open sesame")).get("/", headers={"Authorization": header})
    assert answer.status_code == 401


def test_whoever_guesses_must_wait() -> None:
    site = client(access=Access(password="open sesame"))
    statuses = [site.get("/", auth=("a", f"guess {n}")).status_code for n in range(9)]
    assert statuses == [401] * 8 + [429]
    locked = site.get("/", auth=("a", "open sesame"))
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) > 0
    assert site.get("/").status_code == 401  # who has not tried anything is asked


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8711", 200),
        ("127.0.0.1:8711", 200),
        ("[::1]:8711", 200),
        ("LOCALHOST.:80", 200),
        ("evil.example", 421),
        ("evil.example:8711", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("[::2]", 421),
        ("", 421),
    ],
)
def test_the_site_answers_to_its_own_names(host: str, status: int) -> None:
    site = client(access=Access(hosts=frozenset({"localhost", "127.0.0.1", "[::1]"})))
    for path in ("/", "/signals.json", "/healthz"):
        answer = site.get(path, headers={"Host": host})
        assert answer.status_code == status
        if status == 421:
            assert "site.hosts" in answer.text
            assert "Gallium" not in answer.text


def test_the_name_in_a_host_header() -> None:
    assert [host_name(host) for host in ("A.Example:80", "[::1]:8", "b.", " c ")] == ["a.example", "[::1]", "b", "c"]


def test_tries_are_counted_by_address_and_forgotten() -> None:
    now = [0.0]
    tries = Tries(each=2, seconds=60, monotonic=lambda: now[0])
    for _ in range(2):
        assert tries.wait("10.0.0.1") == 0
        tries.failed("10.0.0.1")
    assert tries.wait("10.0.0.1") == 61
    assert tries.wait("10.0.0.2") == 0
    now[0] = 61.0
    assert tries.wait("10.0.0.1") == 0
    for n in range(2):
        tries.failed(f"2001:db8::{n}")
    assert tries.wait("2001:db8::99") > 0  # one host has the whole /64
    assert tries.wait("2001:db8:0:1::1") == 0


def test_of_many_addresses_those_that_failed_last_are_remembered() -> None:
    tries = Tries(each=1, addresses=100)
    tries.failed("10.0.0.1")
    for n in range(99):
        tries.failed(f"10.1.0.{n}")
    tries.failed("10.0.0.1")
    for n in range(50):
        tries.failed(f"10.2.0.{n}")
    assert len(tries._by_address) == 100
    assert [tries.wait(one) > 0 for one in ("10.0.0.1", "10.1.0.0", "10.1.0.98", "10.2.0.0")] == [
        True,
        False,
        True,
        True,
    ]


def test_who_guesses_elsewhere_locks_nobody_out() -> None:
    site = client(access=Access(password="open sesame"))
    for n in range(300):
        guess = TestClient(site.app, client=(f"10.0.{n // 200}.{n % 200}", 50000))
        assert guess.get("/signals.json", auth=("a", "guess")).status_code == 401
    assert site.get("/signals.json", auth=("a", "open sesame")).status_code == 200
