"""What the enrolment tests share."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from modern.lms.catalog.models import Course
from modern.lms.enrollment.models import Attribute, Enrollment, History, Mode
from modern.shared.identity.models import User
from modern.shared.permissions.models import ForumRole, ForumRoleMember
from tests.modern.enrollment.world import Capture, Tracked


@pytest.fixture
def tracked(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Capture
) -> Tracked:
    return Tracked(caplog, django_capture_on_commit_callbacks)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database in which commits are real, so that several connections can meet in it."""
    touched = (Attribute, History, Enrollment, Mode, ForumRoleMember, ForumRole, Course, User)
    with django_db_blocker.unblock():
        yield
        for model in touched:
            model.objects.all().delete()
