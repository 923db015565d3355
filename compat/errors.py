"""The error bodies of legacy's REST APIs, as their clients match them.

Most are rest_framework's own to this day (`{"detail": ...}`); here are the ones that differ.
`developer_errors` is for the families that rename `detail`, see the enrollment and courses APIs.
"""

import math
from collections.abc import Mapping
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException, AuthenticationFailed, Throttled
from rest_framework.response import Response
from rest_framework.views import exception_handler

__all__ = ["TokenRefused", "UnmigratedWrite", "answer"]

THROTTLED = "Request was throttled. Expected available in {wait:.1f} {unit}."


class TokenRefused(AuthenticationFailed):
    """A bearer token nobody can use; `error_code` is what mobile apps read to fetch a new one."""

    def __init__(self, error_code: str, developer_message: str) -> None:
        super().__init__({"error_code": error_code, "developer_message": developer_message})


class UnmigratedWrite(APIException):
    """A write that legacy still owns came here: nothing was changed, it must be sent there."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "This write is still served by legacy: route it there and try again."


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an exception into legacy's answer; None leaves it to the server's 500 page."""
    response = exception_handler(error, dict(context))
    wait_seconds = getattr(error, "wait", None) if isinstance(error, Throttled) else None
    if response is not None and wait_seconds is not None:
        response.data = {"detail": _throttled(wait_seconds)}
    return response


def _throttled(wait_seconds: float) -> str:
    """Legacy's Python 2 `ceil` gives a float, so its text says 58.0 seconds."""
    wait = math.ceil(wait_seconds)
    return THROTTLED.format(wait=float(wait), unit="second" if wait == 1 else "seconds")
