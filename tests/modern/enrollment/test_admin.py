"""The admin shows enrolments and changes none."""

import pytest
from django.test import Client

from modern.lms.enrollment.models import History
from tests.modern.enrollment.world import DEMO, enrolled, learner, open_course, row_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("modern_alone")]


@pytest.fixture
def superuser() -> Client:
    client = Client()
    client.force_login(row_of(learner("root", is_staff=True, is_superuser=True)))
    return client


@pytest.mark.parametrize("table", ["enrollment", "mode", "history"])
def test_rows_are_found_and_shown(superuser: Client, table: str) -> None:
    open_course("audit")
    row = enrolled(learner())
    History.objects.create(
        enrollment=row,
        user_id=row.user_id,
        course_key=DEMO,
        active=True,
        mode="audit",
        recorded_at="2016-09-05T07:00:00Z",
        change="+",
    )

    page = superuser.get(f"/admin/enrollment/{table}/", {"q": DEMO})

    assert page.status_code == 200
    assert DEMO in page.content.decode()


def test_no_row_is_added_changed_or_deleted_by_hand(superuser: Client) -> None:
    open_course()
    row = enrolled(learner())

    shown = superuser.get(f"/admin/enrollment/enrollment/{row.pk}/change/")
    answers = [
        superuser.get("/admin/enrollment/enrollment/add/"),
        superuser.post(f"/admin/enrollment/enrollment/{row.pk}/change/", {"mode": "verified"}),
        superuser.post(f"/admin/enrollment/enrollment/{row.pk}/delete/", {"post": "yes"}),
    ]

    assert shown.status_code == 200
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    row.refresh_from_db()
    assert row.mode == "audit"
