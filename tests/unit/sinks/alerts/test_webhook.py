"""Deliveries to a real server, well and badly behaved."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest

from schemas.errors import BadSetting
from sinks.alerts.notify import Notifier
from sinks.alerts.webhook import Webhook, signature
from sinks.alerts.words import headline, text
from tests.builders import alert
from tests.unit.sinks.alerts.receiver import receiver

NOTED = lambda: None  # noqa: E731


def test_an_alert_arrives_as_json_with_cloudevents_headers() -> None:
    with receiver(200) as hook:
        assert Webhook(hook.url).deliver(alert(alert_id="crossing:live:g1:2", rule="crossing"), NOTED).delivered
    headers, body = hook.calls[0]
    assert headers["content-type"] == "application/json"
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-id"] == "crossing:live:g1:2"
    assert headers["ce-type"] == "bellwether.alert.crossing"
    assert headers["ce-subject"] == "g1"
    assert headers["ce-time"].endswith("Z")
    assert body["title"] == "Gallium gets scarce"
    assert body["quote"].endswith("germanium")
    assert body["strength_after"] == 5.0


def test_hostile_ids_cannot_break_the_headers() -> None:
    with receiver() as hook:
        assert Webhook(hook.url).deliver(alert(alert_id="a\r\nX-Evil: 1 ü%", signal_id="g\n"), NOTED).delivered
    headers, _ = hook.calls[0]
    assert headers["ce-id"] == "a%0D%0AX-Evil:%201%20%C3%BC%25"
    assert "x-evil" not in headers


def test_a_passing_failure_is_tried_again_three_times_at_most() -> None:
    with receiver(503, 429, 200) as hook:
        assert Webhook(hook.url, first_wait=0.01).deliver(alert(), NOTED).delivered
    assert len(hook.calls) == 3
    with receiver(500) as hook:
        delivery = Webhook(hook.url, first_wait=0.01).deliver(alert(), NOTED)
    assert (delivery.delivered, delivery.error) == (False, "the receiver answered 500")
    assert len(hook.calls) == 3


@pytest.mark.parametrize("status", [302, 400, 404])
def test_a_refusal_is_final_and_redirects_are_not_followed(status: int) -> None:
    with receiver(status) as hook:
        delivery = Webhook(hook.url, first_wait=0.01).deliver(alert(), NOTED)
    assert delivery.error == f"the receiver answered {status}"
    assert delivery.answered
    assert len(hook.calls) == 1


def test_one_deadline_holds_for_all_tries() -> None:
    with receiver(0) as hook:
        began = time.monotonic()
        delivery = Webhook(hook.url, deadline=0.4).deliver(alert(), NOTED)
    assert time.monotonic() - began < 3
    assert delivery.error == "no success within 0.4 s"
    assert not delivery.answered


def test_a_receiver_that_is_not_there_is_an_error_in_words_without_its_address() -> None:
    with receiver() as hook:
        url = hook.url
    delivery = Webhook(url + "?token=secret", first_wait=0.01).deliver(alert(), NOTED)
    assert not delivery.delivered
    assert not delivery.answered
    assert "cannot be reached" in delivery.error
    assert "secret" not in delivery.error


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "javascript:alert(1)", "http://", "http://[", "hook"])
def test_only_http_addresses_are_accepted(url: str) -> None:
    with pytest.raises(BadSetting, match=r"^webhook: must be"):
        Webhook(url)


def test_a_signed_call_can_be_checked_by_whoever_knows_the_secret() -> None:
    secret = "whsec_" + base64.b64encode(b"a key of twenty-four bytes").decode()
    with receiver() as hook:
        assert Webhook(hook.url, secret=secret).deliver(alert(alert_id="big:live:g1:2"), NOTED).delivered
    headers, _ = hook.calls[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + hook.bodies[0]
    expected = base64.b64encode(hmac.new(b"a key of twenty-four bytes", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == "big:live:g1:2"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def test_without_a_secret_nothing_is_signed_and_a_wrong_one_stops_the_start() -> None:
    assert signature("", "a", 1, b"") == {}
    assert signature("plain words", "a", 1, b"")["webhook-signature"].startswith("v1,")
    with pytest.raises(BadSetting, match=r"alerts\.secret"):
        signature("whsec_not base64!", "a", 1, b"")


def test_the_receipt_is_noted_before_the_call_ends() -> None:
    noted: list[str] = []
    with receiver(500, 204) as hook:
        delivery = Webhook(hook.url, first_wait=0.01).deliver(alert(), lambda: noted.append("now"))
    assert (delivery.delivered, noted) == (True, ["now"])
    with receiver(500) as hook:
        assert not Webhook(hook.url, tries=1).deliver(alert(), lambda: noted.append("never")).delivered
    assert noted == ["now"]


def test_people_are_told_by_a_service_of_their_own() -> None:
    noted: list[str] = []
    with receiver(200) as hook:
        there = Notifier("ops", hook.url.replace("http://", "json://"))
        told = alert(families=3, stories=2, kind="reinforced", link="https://bellwether.example/signals/g1")
        assert there.deliver(told, lambda: noted.append("now")).delivered
    body = hook.calls[0][1]
    assert body["title"] == headline(told) == "Gallium gets scarce: 2.9 → 5.0"
    for words in (told.quote, told.publisher, "3 independent publishers over 2 stories", told.link, told.url):
        assert words in body["message"]
    assert noted == ["now"]


def test_a_service_that_refuses_is_an_error_without_its_address() -> None:
    with receiver(500) as hook:
        delivery = Notifier("ops", hook.url.replace("http://", "json://user:secret@")).deliver(alert(), NOTED)
    assert (delivery.delivered, delivery.error) == (False, "the service did not take it")
    with pytest.raises(BadSetting, match=r"^ops: nosuch://… is no address") as refused:
        Notifier("ops", "nosuch://user:secret@there")
    assert "secret" not in str(refused.value) + repr(Notifier("ops", "json://user:secret@there"))


def test_hostile_words_stay_in_their_line() -> None:
    told = alert(title="a\r\nBcc: x@y\u202e", quote="q\x1b[2J\n\nb", publisher="\u2066p")
    assert headline(told) == "a Bcc: x@y: 2.9 → 5.0"
    assert "“q [2J b” — p" in text(told)
