"""Tracking events as values; no logging, no HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Client", "TrackingEvent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Where an event came from; empty where no request caused it."""

    ip: str = ""
    agent: str = ""
    host: str = ""
    referer: str = ""
    accept_language: str = ""
    session: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingEvent:
    """Something a person did, emitted by the server; `time` is aware, `course_key` '' outside of
    courses.
    """

    name: str
    time: datetime
    username: str = ""
    user_id: int | None = None
    org: str = ""
    course_key: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    client: Client = Client()
    source: str = "server"

    def as_record(self) -> dict[str, Any]:
        """Return the object of the log, keys as legacy writes them."""
        return {
            "username": self.username,
            "event_type": self.name,
            "name": self.name,
            "ip": self.client.ip,
            "agent": self.client.agent,
            "host": self.client.host,
            "referer": self.client.referer,
            "accept_language": self.client.accept_language,
            "session": self.client.session,
            "event": dict(self.payload),
            "event_source": self.source,
            "context": self._context(),
            "time": self.time.isoformat(timespec="microseconds"),
            "page": None,
        }

    def _context(self) -> dict[str, Any]:
        return {
            "user_id": self.user_id,
            "org_id": self.org,
            "course_id": self.course_key,
            "path": self.client.path,
        }
