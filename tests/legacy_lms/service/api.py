"""What Django REST Framework 3.2 does around an API view: negotiate, identify, permit, throttle.

The order decides which of two errors a client sees: 406, 401 or 403 by CSRF, 401 without
credentials, 429, 405, and only then the view with its 415 and 400.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.legacy_lms.service import csrf, oauth_tokens
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.errors import RefusalError
from tests.legacy_lms.service.messages import FORM, HTML, JSON, Answer, compact_json, page
from tests.legacy_lms.service.moments import EPOCH, unix
from tests.legacy_lms.service.tables import User

MERGE_PATCH = "application/merge-patch+json"
MULTIPART = "multipart/form-data"
JSON_AND_FORMS = (JSON, FORM, MULTIPART)

Place = Mapping[str, str]
View = Callable[[Call, Place], Answer]
Permission = Callable[[Call], bool]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One API view: its methods, and who may call it how."""

    name: str
    methods: Mapping[str, View]
    permits: Permission
    parses: tuple[str, ...] = JSON_AND_FORMS
    error_key: str = "detail"  # or developer_message, which also drops the 401's challenge
    accepts_jwt: bool = False
    sends_csrf: frozenset[str] = frozenset()  # methods whose answer carries the csrftoken
    throttled: bool = False
    csrf_by_view: bool = False  # the view answers Django's CSRF page, not DRF's sentence
    function: bool = False  # a function view of DRF lists OPTIONS first and knows no HEAD

    @property
    def allow(self) -> str:
        """The Allow header of every answer of this view."""
        if self.function:
            return ", ".join(("OPTIONS", *self.methods))
        names = [name for name in ("GET", "POST", "PUT", "PATCH", "DELETE") if name in self.methods]
        return ", ".join((*names, *(["HEAD"] if "GET" in names else []), "OPTIONS"))

    def answer(self, call: Call, place: Place) -> Answer:
        """Answer a request of any method."""
        try:
            answer = self._answer(call, place)
        except RefusalError as refusal:
            answer = self._refused(refusal)
        vary = ("Accept", "Accept-Language")
        headers = (("Allow", self.allow), *answer.headers)
        return Answer(answer.status, answer.body, answer.content_type, headers, vary=vary)

    def _answer(self, call: Call, place: Place) -> Answer:
        html = prefers_html(call.request.headers.get("accept", "*/*"))
        call.user = authenticate(self, call)
        if not self.permits(call):
            raise RefusalError(
                401, "Authentication credentials were not provided.", oauth_tokens.BEARER_CHALLENGE
            )
        if self.throttled:
            _throttle(call)
        method = call.request.headers.get("x-http-method-override", call.request.method)
        if call.request.method != "POST":
            method = call.request.method
        answer = self._view(method)(call, place)
        if method in self.sends_csrf:
            call.csrf.use()
        return _browsable(self.name, answer, call) if html and answer.body else answer

    def _view(self, method: str) -> View:
        if method == "OPTIONS":
            return lambda _call, _place: reply(self._metadata())
        view = self.methods.get("GET" if method == "HEAD" and not self.function else method)
        if view is None:
            raise RefusalError(405, f'Method "{method}" not allowed.')
        return view

    def _metadata(self) -> dict[str, Any]:
        renders = [JSON, "text/html"]
        parses = list(self.parses)
        return {"name": self.name, "description": "", "renders": renders, "parses": parses}

    def _refused(self, refusal: RefusalError) -> Answer:
        body: object = {self.error_key: refusal.detail}
        if isinstance(refusal.detail, dict) and self.error_key == "detail":
            body = refusal.detail
        headers = refusal.headers if self.error_key == "detail" else ()
        return reply(body, refusal.status).plus(*headers)


def reply(value: object, status: int = 200) -> Answer:
    """A DRF answer: compact JSON."""
    return Answer(status, compact_json(value), JSON)


def empty(status: int = 200) -> Answer:
    """DRF's answer without data: no body and not even a Content-Type."""
    return Answer(status, content_type=None)


def anybody(_call: Call) -> bool:
    """Permit everyone."""
    return True


def logged_in(call: Call) -> bool:
    """Permit every identified user, active or not."""
    return call.user is not None


def logged_in_or_key(call: Call) -> bool:
    """Permit identified users and servers with the API key."""
    return call.user is not None or call.has_api_key


def authenticate(endpoint: Endpoint, call: Call) -> User | None:
    """Say who calls: a bearer token first, then the session with its CSRF check, then a JWT."""
    authorization = call.request.headers.get("authorization", "")
    user = oauth_tokens.bearer_user(call.tables, authorization, call.now)
    if user is not None:
        return user
    if call.user is not None:
        reason = None if endpoint.csrf_by_view else csrf.reason_to_refuse(call.request)
        if reason is not None:
            raise RefusalError(403, f"CSRF Failed: {reason}")
        return call.user
    if not endpoint.accepts_jwt:
        return None
    now = unix(call.now)
    return oauth_tokens.jwt_user(call.tables, authorization, settings=call.settings, now=now)


def parsed(endpoint_parses: tuple[str, ...], call: Call) -> Any:
    """The parsed body; RefusalError 415 for another type, 400 for broken JSON."""
    content_type = call.request.content_type
    if content_type == FORM and (call.request.method == "POST" or FORM in endpoint_parses):
        return call.request.form  # DRF 3.2 parses every form that is POSTed
    if not call.request.body:
        return {}
    if content_type not in endpoint_parses or content_type == MULTIPART:
        given = call.request.headers.get("content-type", "")
        raise RefusalError(415, f'Unsupported media type "{given}" in request.')
    try:
        return json.loads(call.request.body)
    except ValueError as error:
        raise RefusalError(400, f"JSON parse error - {error}") from error


def prefers_html(accept: str) -> bool:
    """Whether HTML is named and JSON is not; RefusalError 406 when neither is welcome."""
    types = {each.partition(";")[0].strip() for each in accept.split(",")}
    if types & {"application/json", "application/*"}:
        return False
    if types & {"text/html", "text/*"}:
        return True
    if "*/*" not in types:
        raise RefusalError(406, "Could not satisfy the request Accept header.")
    return False


def _browsable(name: str, answer: Answer, call: Call) -> Answer:
    call.csrf.use()
    shown = page(name, [answer.body.decode()], answer.status)
    return Answer(answer.status, shown.body, HTML, answer.headers)


def _throttle(call: Call) -> None:
    if call.has_api_key or not _rate_limits_are_on(call):
        return
    client = f"user {call.user.id}" if call.user else f"address {call.request.remote_address}"
    wait = call.throttle.wait_seconds(client, (call.now - EPOCH).total_seconds())
    if wait:
        # Python 2's ceil gives a float, and so says the text.
        seconds = math.ceil(wait)
        detail = f"Request was throttled. Expected available in {seconds}.0 seconds."
        raise RefusalError(429, detail, (("Retry-After", str(seconds)),))


def _rate_limits_are_on(call: Call) -> bool:
    row = call.tables.row("SELECT enabled FROM util_ratelimitconfiguration ORDER BY id DESC")
    return bool(row and row["enabled"])
