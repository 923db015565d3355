"""What the enrolment app hands out: frozen values without Django, safe to cross any boundary.

Times are aware UTC datetimes with the microseconds legacy stored; a course key is its exact text.
"""

from dataclasses import dataclass
from datetime import datetime

from modern.shared.events.data import Client

__all__ = [
    "AUDIT",
    "CREDIT",
    "HONOR",
    "NOBODY",
    "Attribute",
    "Cause",
    "CourseOffer",
    "Enrollment",
    "Mode",
]

AUDIT = "audit"
HONOR = "honor"
CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to take a course; `min_price` is in whole units of `currency`.

    `suggested_prices` is the comma list as stored, `expires_at` the last moment it can be chosen.
    """

    slug: str
    name: str
    min_price: int = 0
    suggested_prices: str = ""
    currency: str = "usd"
    expires_at: datetime | None = None
    description: str | None = None
    sku: str | None = None
    bulk_sku: str | None = None


@dataclass(frozen=True, slots=True)
class CourseOffer:
    """What a course offers those who want to enrol; `None` leaves that side of a period open."""

    course_key: str
    starts_at: datetime | None
    ends_at: datetime | None
    enrollment_starts_at: datetime | None
    enrollment_ends_at: datetime | None
    invitation_only: bool
    modes: tuple[Mode, ...]

    def has(self, slug: str) -> bool:
        """Whether the mode is among those offered."""
        return any(mode.slug == slug for mode in self.modes)


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A user's place in a course, kept with `active=False` when they leave.

    `enrolled_at` is when the row was first made; legacy rows of 2012 may lack it.
    """

    id: int
    user_id: int
    username: str
    course_key: str
    enrolled_at: datetime | None
    active: bool
    mode: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A fact attached to an enrolment, such as `credit:provider_id`."""

    namespace: str
    name: str
    value: str

    @property
    def label(self) -> str:
        """The `namespace:name` by which requirements speak of it."""
        return f"{self.namespace}:{self.name}"


@dataclass(frozen=True, slots=True)
class Cause:
    """Who made a change and from where, for the history and the tracking log; None is no user."""

    user_id: int | None
    username: str
    client: Client


NOBODY = Cause(user_id=None, username="", client=Client())
