"""The LMS's worker: `celery -A modern.lms.celery worker -B`.

Its one task so far removes expired sessions, which PostgreSQL would otherwise keep forever.
"""

import os

from celery import Celery
from celery.schedules import crontab
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modern.lms.settings.production")

app = Celery("lms")
app.config_from_object("django.conf:settings", namespace="CELERY")


def remove_expired_sessions() -> None:
    """Delete the sessions that have expired; running it twice at once does no harm."""
    call_command("clearsessions")


app.task(name="remove_expired_sessions")(remove_expired_sessions)
app.conf.beat_schedule = {
    "remove expired sessions": {
        "task": "remove_expired_sessions",
        "schedule": crontab(hour="4", minute="17"),
    }
}
