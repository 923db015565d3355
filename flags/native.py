"""Routes of modern's own API, which legacy never had.

`/api/v2/` of a capability follows the capability's rollout, so that a learner on legacy does not
write on modern. The rest (who am I, the schema, its pages) is modern's whatever the flags say: it
belongs to the route set `NATIVE`.
"""

from __future__ import annotations

from flags.route import Route, Service, json, query, serves

__all__ = ["NATIVE", "NATIVE_ROUTES"]

NATIVE = "native"
"""Stands in `Route.capability` for "modern, always"; it is no capability and has no rollout."""

_ALL = "reads writes"

_enrollment = serves(Service.LMS, "enrollment")
_catalog = serves(Service.LMS, "catalog")


def _always_modern(service: Service) -> tuple[Route, ...]:
    native = serves(service, NATIVE)
    return (
        native("*", "/api/v2/schema[/...]", built=_ALL),
        native("*", "/api/v2/docs[/...]", built=_ALL),
    )


NATIVE_ROUTES: tuple[Route, ...] = (
    _enrollment("GET", "/api/v2/enrollments", course=query("course_key"), built=_ALL),
    _enrollment("POST", "/api/v2/enrollments", course=json("course_key"), built=_ALL),
    _enrollment("*", "/api/v2/enrollments/...", built=_ALL),
    _catalog("*", "/api/v2/courses[/...]", built=_ALL),
    _catalog("*", "/api/v2/courses/{course_id}[/...]", built=_ALL),
    # Not of Studio: signing in there hashes the password anew, which ends all sessions on legacy.
    serves(Service.LMS, NATIVE)("*", "/api/v2/identity[/...]", built=_ALL),
    *_always_modern(Service.LMS),
    *_always_modern(Service.CMS),
)
