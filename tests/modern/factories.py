"""Rows for tests, each complete and ordinary but for what the test says."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group

from modern.lms.catalog.models import Course, Organization
from modern.lms.certificates.models import Certificate
from modern.lms.cohorts.models import Cohort, Cohorting, Placement, RosterEntry
from modern.lms.invitations.models import Invitation
from modern.shared.identity.models import Preference, Profile, Standing, User
from modern.shared.permissions.models import CourseRole

LONG_AGO = datetime(2014, 1, 1, tzinfo=UTC)
NOW = datetime(2016, 9, 15, 12, tzinfo=UTC)
FAR_OFF = datetime(2030, 1, 1, tzinfo=UTC)
PASSWORD = "ada's long passphrase"
DEMO = "course-v1:DemoU+CS101+2016_T3"


def make_user(username: str = "ada", *, groups: tuple[str, ...] = (), **more: Any) -> User:
    fields = {"email": f"{username}@example.org", "password": "!", "date_joined": LONG_AGO}
    user = User.objects.create(username=username, **fields | more)
    for name in groups:
        user.groups.add(Group.objects.get_or_create(name=name)[0])
    return user


def make_profile(user: User, **more: Any) -> Profile:
    return Profile.objects.create(user=user, **{"name": "Ada L", "year_of_birth": 1985} | more)


def make_preference(user: User, key: str, value: str) -> Preference:
    return Preference.objects.create(user=user, key=key, value=value)


def disable(user: User) -> Standing:
    return Standing.objects.create(user=user, status=Standing.DISABLED, changed_by=user)


def make_role(user: User, role: str, *, org: str = "DemoU", course_key: str = DEMO) -> CourseRole:
    return CourseRole.objects.create(user=user, role=role, org=org, course_key=course_key)


def make_course(key: str = DEMO, **more: Any) -> Course:
    org, number = key.removeprefix("course-v1:").replace("/", "+").split("+")[:2]
    fields = {
        "created": LONG_AGO,
        "modified": LONG_AGO,
        "schema_version": 4,
        "usage_key": f"block-v1:{key.removeprefix('course-v1:')}+type@course+block@course",
        "title": "Introduction",
        "number": number,
        "display_org": org,
        "org": org,
        "starts_at": LONG_AGO,
    }
    return Course.objects.create(key=key, **fields | more)


def make_invitation(email: str, course_key: str = DEMO, **more: Any) -> Invitation:
    fields = {"invited_at": LONG_AGO}
    return Invitation.objects.create(email=email, course_key=course_key, **fields | more)


def make_organization(short_name: str, **more: Any) -> Organization:
    fields = {"name": f"{short_name} University", "created": LONG_AGO, "modified": LONG_AGO}
    return Organization.objects.create(short_name=short_name, **fields | more)


def make_cohort(name: str, *members: User, course_key: str = DEMO) -> Cohort:
    """Make a cohort with its members, in a course that is divided from now on."""
    Cohorting.objects.get_or_create(course_key=course_key, defaults={"is_on": True})
    cohort = Cohort.objects.create(course_key=course_key, name=name)
    for user in members:
        Placement.objects.create(user=user, course_key=course_key, cohort=cohort)
        RosterEntry.objects.create(user=user, cohort=cohort)
    return cohort


def make_certificate(user: User, key: str = DEMO, **more: Any) -> Certificate:
    fields = {"status": "downloadable", "mode": "verified", "grade": "0.93"}
    dates = {"created_at": LONG_AGO, "modified_at": NOW}
    return Certificate.objects.create(user=user, course_key=key, **fields | dates | more)
