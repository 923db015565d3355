"""CSRF protection of Django 1.8: the plain 32-character token of the cookie has to be repeated."""

import hmac
import re
from dataclasses import dataclass

from tests.legacy_lms.service.messages import Request
from tests.legacy_lms.service.passwords import random_text

COOKIE = "csrftoken"
COOKIE_AGE_SECONDS = 31_449_600
LENGTH = 32
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(slots=True)
class CsrfToken:
    """The token of one request; once it was used, the answer carries the cookie."""

    value: str | None
    used: bool = False

    def use(self) -> None:
        """Somebody renders the token: make one if there is none, and (re)send the cookie."""
        self.value = self.value or random_text(LENGTH)
        self.used = True

    def rotate(self) -> None:
        """Replace the token, as every login does."""
        self.value = random_text(LENGTH)
        self.used = True


def token_of(request: Request) -> CsrfToken:
    """The token of the cookie; one that is too long is replaced, odd characters are dropped."""
    value = request.cookies.get(COOKIE, "")
    if len(value) > LENGTH:
        value = random_text(LENGTH)
    return CsrfToken(re.sub(r"[^a-zA-Z0-9]", "", value) or None)


def reason_to_refuse(request: Request) -> str | None:
    """Say why a request is refused, None when it may pass; safe methods always may."""
    if request.method in SAFE_METHODS:
        return None
    token = token_of(request).value
    if request.scheme == "https" and (reason := _referer_problem(request)):
        return reason
    if COOKIE not in request.cookies or token is None:
        return "CSRF cookie not set."
    given = request.form.get("csrfmiddlewaretoken") or request.headers.get("x-csrftoken", "")
    if not hmac.compare_digest(given.encode(), token.encode()):
        return "CSRF token missing or incorrect."
    return None


def _referer_problem(request: Request) -> str | None:
    referer, own = request.headers.get("referer"), f"https://{request.host}/"
    if referer is None:
        return "Referer checking failed - no Referer."
    if not referer.startswith(own):
        return f"Referer checking failed - {referer} does not match {own}."
    return None
