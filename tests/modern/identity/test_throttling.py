import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.cache import cache
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.views import APIView

from modern.shared.identity.throttling import SignInThrottle

ATTEMPTS = 40


def attempt_from(address: str) -> Any:
    return Request(RequestFactory().post("/", REMOTE_ADDR=address))


def test_many_attempts_at_once_gain_nothing(redis_url: str) -> None:
    start = threading.Barrier(ATTEMPTS)

    def attempt(_: int) -> bool:
        start.wait(timeout=30)
        try:
            return SignInThrottle().allow_request(attempt_from("198.51.100.7"), APIView())
        finally:
            for pool in cache._cache._pools.values():  # type: ignore[attr-defined]  # a thread's own
                pool.disconnect()

    with ThreadPoolExecutor(ATTEMPTS) as threads:
        allowed = list(threads.map(attempt, range(ATTEMPTS)))

    assert allowed.count(True) == 10
    assert SignInThrottle().allow_request(attempt_from("198.51.100.8"), APIView())
