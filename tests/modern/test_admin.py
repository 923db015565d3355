import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client

from modern.lms.certificates.models import Allowance, Invalidation
from modern.lms.enrollment.models import ManualChange
from modern.shared.identity.models import User
from tests.modern.factories import (
    DEMO,
    NOW,
    PASSWORD,
    disable,
    make_certificate,
    make_cohort,
    make_course,
    make_invitation,
    make_organization,
    make_profile,
    make_role,
    make_user,
)

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
        "enrollment/manualchange",
        "invitations/invitation",
        "catalog/organization",
        "cohorts/cohort",
        "cohorts/cohorting",
        "cohorts/placement",
        "certificates/certificate",
        "certificates/allowance",
        "certificates/invalidation",
    ],
)
def test_an_operator_can_look_through_a_table(operator: Client, page: str) -> None:
    user = make_user(groups=("testers",))
    make_profile(user)
    make_role(user, "staff")
    disable(user)
    make_course()
    make_invitation("ada@example.org")
    make_cohort("Alpha", user)
    make_organization("DemoU")
    took_back = {"invalidated_by": user, "created_at": NOW, "modified_at": NOW}
    Invalidation.objects.create(certificate=make_certificate(user), **took_back)
    Allowance.objects.create(user=user, course_key=DEMO, active=True, created_at=NOW)
    ManualChange.objects.create(email="ada@example.org", transition="from unenrolled to enrolled")

    assert operator.get(f"/admin/{page}/").status_code == 200


def test_an_operator_can_put_someone_into_a_group(operator: Client) -> None:
    user = make_user(groups=("testers",))

    page = operator.get(f"/admin/identity/user/{user.pk}/change/")

    assert page.status_code == 200
    assert b"testers" in page.content


@pytest.fixture
def root(modern_alone: LazySettings) -> User:
    modern_alone.PASSWORD_HASHERS = ["modern.shared.identity.hashers.LegacyPbkdf2Hasher"]
    return User.objects.create_superuser("root", password=PASSWORD)


def log_in(browser: Client, password: str) -> str:
    """Try a password and give the page that comes back; '' is a redirect into the admin."""
    browser.get("/admin/login/")
    token = browser.cookies["csrftoken"].value
    form = {"username": "root", "password": password, "csrfmiddlewaretoken": token}
    return browser.post("/admin/login/", form).content.decode()


def test_ten_passwords_a_minute_are_enough_for_the_admin_too(browser: Client, root: User) -> None:
    pages = [log_in(browser, "a guess") for _ in range(10)]

    assert all("Please enter the correct username and password" in page for page in pages)
    assert "Too many tries" in log_in(browser, PASSWORD)
    assert browser.get("/admin/").status_code == 302


def test_an_operator_whose_account_was_closed_is_out_at_once(browser: Client, root: User) -> None:
    assert log_in(browser, PASSWORD) == ""
    assert browser.get("/admin/").status_code == 200

    disable(root)

    assert browser.get("/admin/").status_code == 302


def test_support_reads_accounts_and_changes_neither_powers_nor_passwords(
    client: Client, modern_alone: LazySettings
) -> None:
    support, boss = make_user("support", is_staff=True), make_user("boss", is_superuser=True)
    granted = Permission.objects.filter(codename__in=["view_user", "change_user"])
    support.user_permissions.set(granted.filter(content_type__app_label="identity"))
    client.force_login(support)
    page = f"/admin/identity/user/{boss.pk}"

    assert client.get(f"{page}/change/").status_code == 200
    for changed in ("change", "password"):
        assert client.post(f"{page}/{changed}/", {"is_superuser": "on"}).status_code == 403
