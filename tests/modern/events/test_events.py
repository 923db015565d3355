import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import RequestFactory

from modern.shared.events import api
from modern.shared.events.data import Client, TrackingEvent

WHEN = datetime(2016, 6, 20, 10, 11, 12, tzinfo=UTC)
KEY = "course-v1:TUX+BR1+2016"


def event(**more: Any) -> TrackingEvent:
    return TrackingEvent(name="edx.course.enrollment.activated", time=WHEN, **more)


def tracked(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(r.getMessage()) for r in caplog.records if r.name == "tracking"]


@pytest.fixture
def tracking(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="tracking")
    return caplog


@pytest.mark.django_db
def test_an_event_is_written_as_analysts_have_always_read_it(
    tracking: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        api.emit(
            event(
                username="mia",
                user_id=42,
                org="TUX",
                course_key=KEY,
                payload={"mode": "audit"},
                client=Client(ip="203.0.113.9", agent="Mozilla/5.0", host="lms", path="/x"),
            )
        )

    assert tracked(tracking) == [
        {
            "username": "mia",
            "event_type": "edx.course.enrollment.activated",
            "name": "edx.course.enrollment.activated",
            "ip": "203.0.113.9",
            "agent": "Mozilla/5.0",
            "host": "lms",
            "referer": "",
            "accept_language": "",
            "session": "",
            "event": {"mode": "audit"},
            "event_source": "server",
            "context": {"user_id": 42, "org_id": "TUX", "course_id": KEY, "path": "/x"},
            "time": "2016-06-20T10:11:12.000000+00:00",
            "page": None,
        }
    ]


@pytest.mark.django_db
def test_what_is_rolled_back_was_never_tracked(
    tracking: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=False):
        api.emit(event())

    assert tracked(tracking) == []


@pytest.mark.django_db
def test_an_event_too_large_for_the_readers_is_left_out_and_named(
    tracking: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        api.emit(event(payload={"answer": "x" * 50_000}))

    assert tracked(tracking) == []
    assert "edx.course.enrollment.activated" in tracking.text
    assert "xxx" not in tracking.text


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_address_is_the_first_that_was_forwarded_or_the_peers(
    forwarded: str, address: str
) -> None:
    request = RequestFactory().get("/api/x?q=1", headers={"X-Forwarded-For": forwarded})

    assert api.client_of(request).ip == address


def test_the_rest_is_what_the_browser_says() -> None:
    headers = {"User-Agent": "Mozilla/5.0", "Accept-Language": "fr", "Referer": "http://x/y"}
    request = RequestFactory().get("/api/x?q=1", headers=headers | {"Host": "lms.example.org"})

    assert api.client_of(request) == Client(
        ip="127.0.0.1",
        agent="Mozilla/5.0",
        host="lms.example.org",
        referer="http://x/y",
        accept_language="fr",
        path="/api/x",
    )
