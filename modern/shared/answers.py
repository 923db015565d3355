"""How errors become answers: every error of `/api/v2/` is `{"code", "detail"}`, with the fields at
fault if any.
"""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from modern.shared.errors import (
    BadInput,
    Conflict,
    Forbidden,
    Missing,
    ModernError,
    NotSignedIn,
    Unavailable,
)

STATUS = {
    BadInput: status.HTTP_400_BAD_REQUEST,
    NotSignedIn: status.HTTP_401_UNAUTHORIZED,
    Forbidden: status.HTTP_403_FORBIDDEN,
    Missing: status.HTTP_404_NOT_FOUND,
    Conflict: status.HTTP_409_CONFLICT,
    Unavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
}


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer `error`; None lets Django answer 500 and log it (DRF's EXCEPTION_HANDLER contract)."""
    if isinstance(error, ModernError):
        set_rollback()
        return Response({"code": error.code, "detail": error.detail}, status_of(error))
    response = exception_handler(error, context)
    if response is not None:
        response.data = _body(error, response.data)
    return response


def status_of(error: ModernError) -> int:
    """Return the HTTP status of `error`, by the middle level of the tree that it derives from."""
    for kind, code in STATUS.items():
        if isinstance(error, kind):
            return code
    return status.HTTP_500_INTERNAL_SERVER_ERROR


def _body(error: Exception, data: Any) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return {"code": BadInput.code, "detail": "Correct the fields named here.", "fields": data}
    detail = data["detail"]
    return {"code": detail.code, "detail": detail}
