"""Deliveries to a real server, well and badly behaved."""

from __future__ import annotations

import time

import pytest

from schemas.errors import BadSetting
from sinks.alerts.webhook import Webhook
from tests.builders import alert
from tests.unit.sinks.alerts.receiver import receiver


def test_an_alert_arrives_as_json_with_cloudevents_headers() -> None:
    with receiver(200) as hook:
        assert Webhook(hook.url).post(alert(alert_id="crossing:live:g1:2", rule="crossing")).delivered
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
        assert Webhook(hook.url).post(alert(alert_id="a\r\nX-Evil: 1 ü%", signal_id="g\n")).delivered
    headers, _ = hook.calls[0]
    assert headers["ce-id"] == "a%0D%0AX-Evil:%201%20%C3%BC%25"
    assert "x-evil" not in headers


def test_a_passing_failure_is_tried_again_three_times_at_most() -> None:
    with receiver(503, 429, 200) as hook:
        assert Webhook(hook.url, first_wait=0.01).post(alert()).delivered
    assert len(hook.calls) == 3
    with receiver(500) as hook:
        delivery = Webhook(hook.url, first_wait=0.01).post(alert())
    assert (delivery.delivered, delivery.error) == (False, "the receiver answered 500")
    assert len(hook.calls) == 3


@pytest.mark.parametrize("status", [302, 400, 404])
def test_a_refusal_is_final_and_redirects_are_not_followed(status: int) -> None:
    with receiver(status) as hook:
        delivery = Webhook(hook.url, first_wait=0.01).post(alert())
    assert delivery.error == f"the receiver answered {status}"
    assert delivery.answered
    assert len(hook.calls) == 1


def test_one_deadline_holds_for_all_tries() -> None:
    with receiver(0) as hook:
        began = time.monotonic()
        delivery = Webhook(hook.url, deadline=0.4).post(alert())
    assert time.monotonic() - began < 3
    assert delivery.error == "no success within 0.4 s"
    assert not delivery.answered


def test_a_receiver_that_is_not_there_is_an_error_in_words_without_its_address() -> None:
    with receiver() as hook:
        url = hook.url
    delivery = Webhook(url + "?token=secret", first_wait=0.01).post(alert())
    assert not delivery.delivered
    assert not delivery.answered
    assert "cannot be reached" in delivery.error
    assert "secret" not in delivery.error


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "javascript:alert(1)", "http://", "http://[", "hook"])
def test_only_http_addresses_are_accepted(url: str) -> None:
    with pytest.raises(BadSetting, match=r"alerts\.webhook"):
        Webhook(url)
