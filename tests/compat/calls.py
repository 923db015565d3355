"""Requests as the facade hands them on: with the signed identity of a caller, or without one."""

import json
import time
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from facade.identity import Mint

__all__ = ["Caller", "key_holder", "message"]

CSRF = "c" * 32


class Caller:
    """Somebody who calls the LMS; `headers` come on top of the ones the facade adds."""

    def __init__(self, username: str = "", via: str = "session", **headers: str) -> None:
        self._username, self._via = username, via
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self._client = Client(enforce_csrf_checks=True)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: object, **headers: str) -> HttpResponse:
        return self.send("POST", path, json.dumps(body), **headers)

    def send(
        self,
        method: str,
        path: str,
        body: str = "",
        content_type: str = "application/json",
        **headers: str,
    ) -> HttpResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self._headers | self._vouched(method, path) | named
        return self._client.generic(method, path, body, content_type=content_type, headers=sent)

    def _vouched(self, method: str, path: str) -> dict[str, str]:
        if not self._username:
            return {}
        line = Mint(settings.BRIDGE_KEY).line(
            self._username, self._via, method=method.encode(), target=path.encode(), now=time.time()
        )
        name, _, value = line.decode().partition(": ")
        csrf = {"Cookie": f"csrftoken={CSRF}", "X-CSRFToken": CSRF}
        return {name: value} | (csrf if self._via == "session" else {})


def key_holder() -> Caller:
    """An integration: it has the API key and is nobody."""
    return Caller(X_Edx_Api_Key=str(settings.EDX_API_KEY))


def message(answer: HttpResponse) -> Any:
    """The body of a refusal, shorn of its one key."""
    return json.loads(answer.content)["message"]
