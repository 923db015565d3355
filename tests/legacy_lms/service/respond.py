"""From a request to its answer: what the middleware of legacy does around a view, in its order.

Slash, session cookie, session, language, disabled accounts, CSRF, the view, and on the way back
the cookies and headers that every answer carries. The transaction belongs to the caller.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from tests.legacy_lms.service import csrf, login, pages, routes, sessions
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.cookies import SESSION_COOKIE, SafeCookie, set_cookie, sign_session
from tests.legacy_lms.service.messages import Answer, Request, not_found, page, redirect, text
from tests.legacy_lms.service.moments import unix
from tests.legacy_lms.service.passwords import random_text
from tests.legacy_lms.service.sessions import Session
from tests.legacy_lms.service.settings import Settings
from tests.legacy_lms.service.tables import Tables, preference
from tests.legacy_lms.service.throttle import Throttle

MOBILE_AGENT = "edX/org.edx.mobile"
RELEASED_LANGUAGE = "en"
DISABLED = "Your account has been disabled. If you believe this was done in error, please write."


@dataclass(frozen=True, slots=True)
class Service:
    """What lives longer than a request."""

    settings: Settings
    throttle: Throttle


def respond(service: Service, request: Request, *, tables: Tables, now: datetime) -> Answer:
    """Answer a request; whatever goes wrong in a view is an exception for the caller."""
    if routes.lacks_slash(request.path):
        query = f"?{request.query_string}" if request.query_string else ""
        return _finished(redirect(request.absolute(f"{request.path}/{query}"), 301))
    cookie = request.cookies.get(SESSION_COOKIE) or None  # an emptied cookie is no cookie
    safe = SafeCookie.parse(cookie) if cookie is not None else None
    if cookie is not None and safe is None:
        return _finished(_bad_cookie(request, now))
    secret_key = service.settings.secret_key
    session = Session()
    if safe is not None:
        session = sessions.load(tables, safe.session_key, secret_key=secret_key, now=now)
    if safe and session.user_id and not safe.verify(session.user_id, secret_key, unix(now)):
        return _finished(_vary_by_cookie(_bad_cookie(request, now)))
    call = Call(
        request=request,
        tables=tables,
        settings=service.settings,
        throttle=service.throttle,
        now=now,
        session=session,
        csrf=csrf.token_of(request),
        user=sessions.user_of(tables, session, secret_key),
    )
    return _finished(_with_cookies(call, _view_answer(call)))


def server_error(request: Request, now: datetime) -> Answer:
    """The page for an exception: the session stays unsaved, the csrftoken is sent all the same."""
    token = csrf.token_of(request)
    token.use()
    answer = _vary_by_cookie(page("There has been a 500 error", status=500))
    return _finished(replace(answer, cookies=(_csrf_cookie(token, now),)))


def _view_answer(call: Call) -> Answer:
    _copy_language(call)
    if _is_disabled(call):
        return text(403, DISABLED)
    found = routes.find(call.request.path)
    if found is None:
        return not_found()
    route, place = found
    if route.protected and csrf.reason_to_refuse(call.request):
        return login.csrf_refused()
    return route.view(call, place)


def _copy_language(call: Call) -> None:
    # Legacy writes the preferred language into the session on every request, so that the session
    # cookie of such a learner is issued anew with every answer.
    if call.user and preference(call.tables, call.user.id, "pref-lang") == RELEASED_LANGUAGE:
        call.session.put("_language", RELEASED_LANGUAGE)


def _is_disabled(call: Call) -> bool:
    if call.user is None:
        return False
    query = "SELECT account_status FROM student_userstanding WHERE user_id = %s"
    row = call.tables.row(query, call.user.id)
    return bool(row and row["account_status"] == "disabled")


def _bad_cookie(request: Request, now: datetime) -> Answer:
    gone = set_cookie(SESSION_COOKIE, "", now=now, max_age=0, httponly=True)
    is_mobile = MOBILE_AGENT in request.headers.get("user-agent", "")
    answer = text(401, "") if is_mobile else redirect(pages.login_url(request))
    return replace(answer, cookies=(gone,))


def _with_cookies(call: Call, answer: Answer) -> Answer:
    cookies = [*answer.cookies, *call.cookies]
    if call.csrf.used:
        cookies.append(_csrf_cookie(call.csrf, call.now))
    if SESSION_COOKIE in call.request.cookies and not call.session.data:
        cookies.append(set_cookie(SESSION_COOKIE, "", now=call.now, max_age=0))
        return replace(answer, cookies=tuple(cookies))
    if call.session.modified and call.session.data:
        cookies.append(_session_cookie(call))
    return _vary_by_cookie(replace(answer, cookies=tuple(cookies)))


def _session_cookie(call: Call) -> str:
    session, secret_key = call.session, call.settings.secret_key
    sessions.save(call.tables, session, secret_key=secret_key, now=call.now)
    safe = sign_session(
        session.key or "",
        session.user_id,
        salt=random_text(12),
        secret_key=secret_key,
        now=unix(call.now),
    )
    age = session.max_age()
    return set_cookie(SESSION_COOKIE, safe.text, now=call.now, max_age=age, httponly=True)


def _csrf_cookie(token: csrf.CsrfToken, now: datetime) -> str:
    return set_cookie(csrf.COOKIE, token.value or "", now=now, max_age=csrf.COOKIE_AGE_SECONDS)


def _vary_by_cookie(answer: Answer) -> Answer:
    return replace(answer, vary=(*answer.vary, "Cookie"))


def _finished(answer: Answer) -> Answer:
    headers = [("Vary", ", ".join(answer.vary)), ("Content-Language", "en"), *answer.headers]
    if "X-Frame-Options" not in {name for name, _ in headers}:
        headers.append(("X-Frame-Options", "ALLOW"))
    if answer.content_type is not None:
        headers.append(("Content-Type", answer.content_type))
    headers += [("Set-Cookie", cookie) for cookie in answer.cookies]
    return replace(answer, headers=tuple(headers))
