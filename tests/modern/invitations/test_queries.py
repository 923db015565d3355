import pytest
from django.db import IntegrityError, connection

from modern.lms.invitations import api
from modern.lms.invitations.models import Invitation
from tests.modern.factories import DEMO, make_invitation, make_user

pytestmark = pytest.mark.django_db
OTHER = "course-v1:DemoU+CS102+2016_T3"


def test_who_has_the_address_is_invited_whatever_its_case() -> None:
    ada, bob = make_user(email="Ada@Example.org"), make_user("bob")
    make_invitation("aDA@example.ORG")

    assert api.is_invited(ada.pk, DEMO)
    assert not api.is_invited(ada.pk, OTHER)
    assert not api.is_invited(bob.pk, DEMO)


def test_the_address_of_now_counts_and_not_the_one_of_then() -> None:
    ada = make_user(email="ada@example.org")
    make_invitation("ada@example.org")

    ada.email = "ada@elsewhere.org"
    ada.save()

    assert not api.is_invited(ada.pk, DEMO)
    assert Invitation.objects.count() == 1


def test_the_courses_of_a_person_are_those_of_their_address(
    django_assert_num_queries: object,
) -> None:
    ada = make_user(email="ada@example.org")
    make_invitation("ada@example.org", OTHER)
    make_invitation("ADA@example.org")
    make_invitation("bob@example.org", "DemoU/CS100/2012")

    with django_assert_num_queries(1):
        assert api.invited_courses(ada.pk) == {DEMO, OTHER}


def test_nobody_unknown_is_invited() -> None:
    make_invitation("")

    assert not api.is_invited(999_999, DEMO)
    assert api.invited_courses(999_999) == frozenset()


def test_an_address_is_invited_to_a_course_once() -> None:
    make_invitation("ada@example.org")
    make_invitation("ada@example.org")

    with pytest.raises(IntegrityError, match="invitations_invitation_once"):
        connection.check_constraints()


def test_a_row_says_where_to_without_the_address() -> None:
    row = make_invitation("ada@example.org")

    assert str(row) == f"invitation {row.pk} to {DEMO}"
