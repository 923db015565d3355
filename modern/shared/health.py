"""`/healthz` and `/readyz` for the orchestrator, answered before Host checks and sessions.

The probes come by pod address, which no ALLOWED_HOSTS names; so this is a middleware, not a URL.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis.exceptions import RedisError

Answer = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """Answer the two probe paths; every other request goes on."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.probes: dict[str, Callable[[], HttpResponse]] = {"/healthz": alive, "/readyz": ready}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe, or hand the request on."""
        probe = self.probes.get(request.path_info)
        if probe is None or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        return probe()


def alive() -> HttpResponse:
    """Say that the process answers; touches no server."""
    return JsonResponse({"status": "ok"})


def ready() -> HttpResponse:
    """Say whether PostgreSQL and Redis answer: 200, or 503 naming the one that does not."""
    checks = {"postgresql": _check(_ask_postgresql), "redis": _check(_ask_redis)}
    failed = "down" in checks.values()
    body = {"status": "down" if failed else "ok", "checks": checks}
    return JsonResponse(body, status=503 if failed else 200)


def _check(ask: Callable[[], None]) -> str:
    try:
        ask()
    except (DatabaseError, RedisError):
        return "down"
    return "ok"


def _ask_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    cache.get("readyz")
