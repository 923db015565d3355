import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from modern.lms.celery import app
from tests.modern.services import ROOT, surroundings
from tests.modern.waiting import wait_until

QUEUE = f"test-{os.getpid()}"
WORKER = ("-m", "celery", "--app", "modern.lms.celery", "worker", "--pool", "solo", "-Q", QUEUE)


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """A worker of the LMS on the database of the tests, where commits are real."""
    running = subprocess.Popen(
        [sys.executable, *WORKER],
        env=surroundings(
            DJANGO_SETTINGS_MODULE="modern.lms.settings.test",
            DATABASE_URL=database_of_the_tests(),
            REDIS_URL=settings.REDIS_URL,
        ),
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    yield
    running.terminate()
    running.wait(timeout=30)


def database_of_the_tests() -> str:
    at = connection.settings_dict
    user, password, name = (quote(at[part], safe="") for part in ("USER", "PASSWORD", "NAME"))
    return f"postgresql://{user}:{password}@{at['HOST']}:{at['PORT']}/{name}"


@pytest.mark.usefixtures("worker")
def test_a_worker_does_what_it_is_sent() -> None:
    yesterday = timezone.now() - timedelta(days=1)
    Session.objects.create(session_key="gone", session_data="", expire_date=yesterday)

    app.send_task("remove_expired_sessions", queue=QUEUE)

    wait_until(lambda: not Session.objects.exists())


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
