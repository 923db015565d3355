"""What a decision is about: the service, its routes and its upstreams, and the question itself.

It decides nothing; `facade.decide` does, and `facade.desk` carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from facade.decide import Upstream
from facade.pool import Pool
from facade.routes import Match, RouteTable
from flags.access import Access
from flags.native import NATIVE_ROUTES
from flags.routes import ROUTES, Service

if TYPE_CHECKING:
    from facade.exchange import Exchange
    from flags.rollout import Rollout

SESSION_CAPABILITIES: Final = frozenset(
    ("auth-session", "registration", "password-reset", "third-party-auth", "oauth2-idp")
)
"""Capabilities whose writes may change whom a credential belongs to."""

ONLY_MODERN: Final = frozenset(route.pattern for route in NATIVE_ROUTES)
"""Patterns that legacy never had, whether flags rule them or not."""

Pools = Mapping[tuple[Service, Upstream], Pool]


class Side(NamedTuple):
    """What belongs to one service, the LMS or Studio."""

    name: str
    routes: RouteTable
    legacy: Pool
    modern: Pool


class Question(NamedTuple):
    """What a decision is about, from the moment the route is known."""

    match: Match
    rollout: Rollout | None
    """None for modern's own routes, which no flag rules."""
    query: bytes
    course_key: str | None = None


def is_legacys_to_refuse(exchange: Exchange, question: Question) -> bool:
    """Say whether legacy's answer to a refused token is the one to give.

    It has none for modern's own API. And a write with another proof beside the token could be done
    there: legacy's pages ask the cookie alone, its enrolment API knows no JWT but the API key.
    """
    if question.match.route in NATIVE_ROUTES:
        return False
    if exchange.access is Access.READS:
        return True
    section = exchange.head.section
    return not (section.cookie or section.field(b"x-edx-api-key"))


def side_of(service: Service, pools: Pools) -> Side:
    """Put together what belongs to a service."""
    legacy, modern = pools[service, Upstream.LEGACY], pools[service, Upstream.MODERN]
    return Side(service.value, RouteTable(ROUTES, service), legacy, modern)
