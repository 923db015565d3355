"""The same wish to both sides over the same state: legacy's stand-in and compat must answer alike.

States and wishes are drawn by Hypothesis. Three things are left out where the stand-in is simpler
than legacy was: it gives back an active enrolment before it looks whether the course is closed or
full, it does not count expired modes for who leaves, and a course all of whose modes expired offers
nothing there and audit here.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pymysql.cursors import Cursor

from deploy.stack.reach import connect_mysql
from modern.lms.catalog.models import Course
from modern.lms.enrollment.models import Enrollment, Mode
from modern.lms.invitations.models import Invitation
from tests.compat import world
from tests.compat.calls import Caller, key_holder
from tests.legacy_lms.in_process import sender
from tests.legacy_lms.service.application import Application
from tests.legacy_lms.service.settings import from_environment
from tests.recorded import Send

KEY = "course-v1:LabU+CAT05+2016"
URL = "/api/enrollment/v1/enrollment"
LEARNER_ID, LEARNER = 9, "alan"
PAST, FUTURE = (
    datetime(2015, 1, 1, tzinfo=UTC),
    datetime(2040, 6, 1, 12, 30, 15, 123456, tzinfo=UTC),
)

SLUGS = ("audit", "honor", "verified", "credit")
PERIODS = st.sampled_from([None, PAST, FUTURE])
STATES = st.fixed_dictionaries(
    {
        "row": st.none() | st.tuples(st.sampled_from(SLUGS), st.booleans()),
        "modes": st.dictionaries(st.sampled_from(SLUGS), PERIODS, max_size=3),
        "begins": PERIODS,
        "ends": PERIODS,
        "invitation_only": st.booleans(),
        "invited": st.sampled_from([None, None, "alan@example.com", "Alan@Example.COM"]),
        "places": st.sampled_from([None, None, 0, 1]),
    }
)
WISHES = st.fixed_dictionaries(
    {"user": st.sampled_from([LEARNER, LEARNER, "nobody", ""])},
    optional={
        "mode": st.sampled_from([None, *SLUGS, "professional"]),
        "is_active": st.sampled_from([None, True, False, "yes", 1]),
        "enrollment_attributes": st.sampled_from(
            [
                [],
                [{"namespace": "credit", "name": "provider_id", "value": "hogwarts"}],
                [{"namespace": "order", "name": "number", "value": "1"}],
            ]
        ),
    },
)


class Legacy:
    """The stand-in and its tables."""

    def __init__(self, url: str, send: Send) -> None:
        self._url, self._send = url, send

    def put(self, state: dict[str, Any]) -> None:
        with closing(connect_mysql(self._url)) as connection, connection.cursor() as cursor:
            _fill(cursor, state)
            connection.commit()

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, str | None, Any]:
        headers = {"Host": "testserver", "X-Edx-Api-Key": str(settings.EDX_API_KEY)}
        text = b"" if body is None else json.dumps(body).encode()
        if text:
            headers["Content-Type"] = "application/json"
        answer = self._send(method, path, headers, text)
        return answer.status, answer.header("Content-Type"), _comparable(answer.body)


@pytest.fixture
def stand_in(legacy: str) -> Iterator[Legacy]:
    keys = replace(from_environment(), database_url=legacy, api_key=str(settings.EDX_API_KEY))
    with closing(Application(keys)) as application:
        yield Legacy(legacy, sender(application))


@pytest.fixture
def modern(db: None) -> None:
    world.install()


@hypothesis_settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(state=STATES, wish=WISHES)
def test_a_servers_wish_and_its_outcome_are_the_same_on_both_sides(
    stand_in: Legacy, modern: None, state: dict[str, Any], wish: dict[str, Any]
) -> None:
    ends = state["modes"].values()
    assume(not (state["row"] and state["row"][1] and _has_doors(state)))
    assume(wish.get("is_active") is not False or PAST not in ends)
    assume(not ends or set(ends) != {PAST})
    stand_in.put(state)
    _put_modern(state)
    body = wish | {"course_details": {"course_id": KEY}}
    reads = [f"{URL}?user={LEARNER}", f"{URL}/{LEARNER},{KEY}"]

    there = [stand_in.ask("POST", URL, body), *(stand_in.ask("GET", path) for path in reads)]
    here = [_ask_modern("POST", URL, body), *(_ask_modern("GET", path) for path in reads)]

    assert here == there


def _has_doors(state: dict[str, Any]) -> bool:
    closed = state["begins"] == FUTURE or state["ends"] == PAST or state["invitation_only"]
    return closed or state["places"] is not None


def _put_modern(state: dict[str, Any]) -> None:
    cache.clear()
    Enrollment.objects.filter(course_key=KEY).delete()
    Mode.objects.filter(course_key=KEY).delete()
    Course.objects.filter(key=KEY).update(
        enrollment_starts_at=state["begins"],
        enrollment_ends_at=state["ends"],
        invitation_only=state["invitation_only"],
        max_enrollments=state["places"],
    )
    Invitation.objects.filter(course_key=KEY).delete()
    if state["invited"]:
        Invitation.objects.create(course_key=KEY, email=state["invited"])
    for slug, expires in state["modes"].items():
        Mode.objects.create(course_key=KEY, slug=slug, name=slug.title(), expires_at=expires)
    if state["row"]:
        mode, active = state["row"]
        Enrollment.objects.create(
            user_id=LEARNER_ID, course_key=KEY, mode=mode, active=active, enrolled_at=PAST
        )


def _fill(cursor: Cursor, state: dict[str, Any]) -> None:
    cursor.execute("DELETE FROM student_courseenrollmentattribute")
    cursor.execute("DELETE FROM student_courseenrollment WHERE course_id = %s", (KEY,))
    cursor.execute("DELETE FROM course_modes_coursemode WHERE course_id = %s", (KEY,))
    cursor.execute(
        "UPDATE course_overviews_courseoverview SET enrollment_start = %s, enrollment_end = %s,"
        " invitation_only = %s, max_student_enrollments_allowed = %s WHERE id = %s",
        (
            _naive(state["begins"]),
            _naive(state["ends"]),
            state["invitation_only"],
            state["places"],
            KEY,
        ),
    )
    cursor.execute("DELETE FROM student_courseenrollmentallowed WHERE course_id = %s", (KEY,))
    if state["invited"]:
        cursor.execute(
            "INSERT INTO student_courseenrollmentallowed (email, course_id, auto_enroll, created)"
            " VALUES (%s, %s, 0, %s)",
            (state["invited"], KEY, _naive(PAST)),
        )
    for slug, expires in state["modes"].items():
        cursor.execute(
            "INSERT INTO course_modes_coursemode (course_id, mode_slug, mode_display_name,"
            " min_price, currency, expiration_datetime, suggested_prices,"
            " expiration_datetime_is_explicit) VALUES (%s, %s, %s, 0, 'usd', %s, '', 0)",
            (KEY, slug, slug.title(), _naive(expires)),
        )
    if state["row"]:
        mode, active = state["row"]
        cursor.execute(
            "INSERT INTO student_courseenrollment (user_id, course_id, created, is_active, mode)"
            " VALUES (%s, %s, %s, %s, %s)",
            (LEARNER_ID, KEY, _naive(PAST), active, mode),
        )


def _ask_modern(method: str, path: str, body: object = None) -> tuple[int, str | None, Any]:
    server: Caller = key_holder()
    answer = server.get(path) if body is None else server.post(path, body)
    return answer.status_code, answer.headers.get("Content-Type"), _comparable(answer.content)


def _comparable(content: bytes) -> Any:
    """Read a body; a moment of today is only a moment."""
    today = f'"created":"{datetime.now(UTC):%Y-%m-%d}'.encode()
    if not content:
        return None
    parsed = json.loads(content)
    for row in parsed if isinstance(parsed, list) else [parsed]:
        if today in json.dumps({"created": row.get("created")}, separators=(",", ":")).encode():
            row["created"] = "today"
    return parsed


def _naive(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=None)
