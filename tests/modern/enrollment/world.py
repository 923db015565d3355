"""Courses with modes and learners, in the shortest words, and what enrolling left behind."""

import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from modern.lms.enrollment.models import Enrollment, History, Mode
from modern.shared.identity.api import actor
from modern.shared.identity.data import Actor
from modern.shared.identity.models import User
from tests.modern.factories import DEMO, make_course, make_user

Capture = Callable[..., AbstractContextManager[object]]

__all__ = ["DEMO", "Capture", "Tracked", "enrolled", "history", "learner", "open_course", "row_of"]


def learner(username: str = "ada", **more: Any) -> Actor:
    make_user(username, **more)
    return actor(username)


def row_of(user: Actor) -> User:
    return User.objects.get(pk=user.id)


def open_course(*slugs: str, key: str = DEMO, **more: Any) -> str:
    make_course(key, **more)
    for slug in slugs:
        Mode.objects.create(course_key=key, slug=slug, name=slug.title())
    return key


def enrolled(
    user: Actor, key: str = DEMO, *, mode: str = "audit", active: bool = True
) -> Enrollment:
    return Enrollment.objects.create(user_id=user.id, course_key=key, mode=mode, active=active)


def history(key: str = DEMO) -> list[tuple[str, bool, str]]:
    rows = History.objects.filter(course_key=key).order_by("pk")
    return [(row.change, row.active, row.mode) for row in rows]


class Tracked:
    """The enrolment events of the tracking log, as (last word of the name, mode)."""

    def __init__(self, caplog: pytest.LogCaptureFixture, capture: Capture) -> None:
        caplog.set_level(logging.INFO, logger="tracking")
        self._caplog, self._capture = caplog, capture

    def committed(self) -> AbstractContextManager[object]:
        """Do at its end what a commit does: a test is one transaction that never commits."""
        return self._capture(execute=True)

    def records(self) -> list[dict[str, Any]]:
        logged = [each for each in self._caplog.records if each.name == "tracking"]
        return [json.loads(each.message) for each in logged]

    def events(self) -> list[tuple[str, str]]:
        return [(r["name"].rpartition(".")[2], r["event"]["mode"]) for r in self.records()]
