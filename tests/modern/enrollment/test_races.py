"""Several people, or one person several times, in the same moment; each on its own connection."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Thread

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from modern.lms.enrollment import api
from modern.lms.enrollment.errors import AlreadyEnrolled, CourseFull
from modern.lms.enrollment.models import Enrollment, History
from modern.shared.permissions.models import ForumRole, ForumRoleMember
from tests.modern.enrollment.world import DEMO, enrolled, learner, open_course, row_of

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 6


def all_at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Run the acts in threads that start together; give each result or the exception it raised."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait(timeout=30)
        try:
            return act()
        except (AlreadyEnrolled, CourseFull) as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_one_person_enrolling_many_times_at_once_gets_one_row() -> None:
    ada = learner()
    open_course()

    results = all_at_once([lambda: api.enroll(ada, DEMO)] * CROWD)

    assert [type(each) for each in results].count(AlreadyEnrolled) == CROWD - 1
    assert Enrollment.objects.count() == 1
    assert History.objects.count() == 1


def test_a_crowd_gets_as_many_places_as_there_are() -> None:
    crowd = [learner(f"learner{number}") for number in range(CROWD)]
    open_course(max_enrollments=2)

    results = all_at_once([lambda user=user: api.enroll(user, DEMO) for user in crowd])

    assert [type(each) for each in results].count(CourseFull) == CROWD - 2
    assert Enrollment.objects.filter(active=True).count() == 2


def test_the_first_learners_of_a_course_make_its_forum_role_once() -> None:
    crowd = [learner(f"learner{number}") for number in range(CROWD)]
    open_course()

    all_at_once([lambda user=user: api.enroll(user, DEMO) for user in crowd])

    assert ForumRole.objects.filter(course_key=DEMO, name="Student").count() == 1
    assert ForumRoleMember.objects.count() == CROWD


def test_changes_of_mode_and_activity_at_once_lose_neither() -> None:
    ada = learner()
    open_course("audit", "honor")
    enrolled(ada)

    all_at_once(
        [
            lambda: api.change(ada, DEMO, mode="honor"),
            lambda: api.change(ada, DEMO, active=False),
        ]
    )

    row = Enrollment.objects.get()
    assert (row.mode, row.active) == ("honor", False)
    assert History.objects.count() == 2


def is_anybody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # kept for the transaction otherwise
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def in_the_midst_of(act: Callable[[], object]) -> Iterator[None]:
    """Begin the act before the block is committed, and leave once it has ended.

    It waits for what the block has locked.
    """

    def run() -> None:
        act()
        connections.close_all()

    acting = Thread(target=run)
    with transaction.atomic():
        yield
        acting.start()
        while acting.is_alive() and not is_anybody_waiting():
            acting.join(timeout=0.01)
    acting.join()


@pytest.mark.usefixtures("modern_alone")
def test_who_leaves_a_closed_course_is_not_taken_back_by_a_change_that_saw_them_inside() -> None:
    ada = learner()
    open_course("audit", invitation_only=True)
    row = enrolled(ada)
    client = Client()
    client.force_login(row_of(ada))
    answers = []

    def stay() -> None:
        url = f"/api/v2/enrollments/{row.pk}"
        answers.append(client.patch(url, {"active": True}, content_type="application/json"))

    with in_the_midst_of(stay):
        api.change(ada, DEMO, active=False)

    assert (answers[0].status_code, answers[0].json()["active"]) == (200, False)
    assert not Enrollment.objects.get().active


def test_a_row_that_arrives_from_legacy_meanwhile_is_not_overwritten() -> None:
    ada = learner()
    open_course("audit", "honor")
    enrolled(ada)

    with in_the_midst_of(lambda: api.change(ada, DEMO, active=False)):
        Enrollment.objects.update(mode="honor")

    row = Enrollment.objects.get()
    assert (row.mode, row.active) == ("honor", False)
