from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from modern.lms.celery import app


@pytest.mark.django_db
def test_the_nightly_task_removes_expired_sessions_only() -> None:
    now = timezone.now()
    for key, age in {"gone": timedelta(days=-1), "kept": timedelta(days=1)}.items():
        Session.objects.create(session_key=key, session_data="", expire_date=now + age)

    app.tasks["remove_expired_sessions"].apply(throw=True)

    assert [session.session_key for session in Session.objects.all()] == ["kept"]


def test_the_task_that_is_scheduled_exists() -> None:
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert scheduled <= set(app.tasks)
