import threading

import pytest
from django.db import connection, transaction

from modern.shared.permissions import api
from modern.shared.permissions.models import ForumRole, ForumRoleMember
from tests.modern.factories import DEMO, make_user
from tests.modern.waiting import wait_until


@pytest.mark.django_db
def test_joining_a_forum_twice_is_joining_it_once() -> None:
    user = make_user()

    for _ in range(2):
        api.join_forum(user.pk, DEMO, role="Student")

    assert api.forum_roles(user.pk, DEMO) == {"Student"}
    assert ForumRoleMember.objects.count() == 1


@pytest.mark.django_db
def test_of_two_roles_of_one_name_the_older_one_is_joined() -> None:
    older, _ = (ForumRole.objects.create(name="Student", course_key=DEMO) for _ in range(2))

    api.join_forum(make_user().pk, DEMO, role="Student")

    assert ForumRoleMember.objects.get().role == older


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db(transaction=True)
def test_two_learners_who_are_first_at_once_share_one_role() -> None:
    users = [make_user("ada"), make_user("bob")]

    def join(user_id: int) -> None:
        try:
            api.join_forum(user_id, DEMO, role="Student")
        finally:
            connection.close()

    second = threading.Thread(target=join, args=[users[1].pk])
    with transaction.atomic():
        api.join_forum(users[0].pk, DEMO, role="Student")
        second.start()
        wait_until(lambda: somebody_waits() or not second.is_alive())
    second.join(timeout=30)

    assert ForumRole.objects.count() == 1
    assert ForumRoleMember.objects.count() == 2
