"""What leaves the certificates app: frozen values without Django, times aware UTC datetimes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Certificate", "Status"]


class Status(StrEnum):
    """How far a certificate is, in legacy's words; only a downloadable one is issued."""

    GENERATING = "generating"
    REGENERATING = "regenerating"
    DOWNLOADABLE = "downloadable"
    ERROR = "error"
    DELETED = "deleted"
    DELETING = "deleting"
    NOT_PASSING = "notpassing"
    RESTRICTED = "restricted"
    UNAVAILABLE = "unavailable"
    UNVERIFIED = "unverified"
    AUDITING = "auditing"
    AUDIT_PASSING = "audit_passing"
    AUDIT_NOT_PASSING = "audit_notpassing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A learner's certificate of a course, under way, issued or denied.

    `status` is mostly one of `Status`. `grade` is text as legacy stores it, such as "0.93", and may
    be empty. `verify_uuid` is its public name; `download_url` is empty for certificates on the web.
    """

    id: int
    user_id: int
    course_key: str
    status: str
    mode: str
    grade: str
    name: str
    verify_uuid: str
    download_uuid: str
    download_url: str
    distinction: bool
    error_reason: str
    created_at: datetime
    modified_at: datetime
    invalidated: bool = False
