import pytest
from django.conf import LazySettings
from django.test import Client

from tests.modern.factories import disable, make_course, make_profile, make_role, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client, modern_alone: LazySettings) -> Client:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(
    "page",
    [
        "identity/user",
        "identity/profile",
        "identity/standing",
        "permissions/courserole",
        "permissions/forumrole",
        "catalog/course",
    ],
)
def test_an_operator_can_look_through_a_table(operator: Client, page: str) -> None:
    user = make_user(groups=("testers",))
    make_profile(user)
    make_role(user, "staff")
    disable(user)
    make_course()

    assert operator.get(f"/admin/{page}/").status_code == 200


def test_an_operator_can_put_someone_into_a_group(operator: Client) -> None:
    user = make_user(groups=("testers",))

    page = operator.get(f"/admin/identity/user/{user.pk}/change/")

    assert page.status_code == 200
    assert b"testers" in page.content
