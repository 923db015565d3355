"""Logging in and out with the genuine cookies, and the lockout of an account.

The limit per address (30 failures in five minutes) is left out: all learners of a test come from
one address.
"""

import json
from datetime import timedelta

from tests.legacy_lms.service import csrf, passwords, sessions
from tests.legacy_lms.service.api import Endpoint, Place, anybody
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.cookies import set_cookie, user_info
from tests.legacy_lms.service.errors import RefusalError
from tests.legacy_lms.service.messages import (
    JSON,
    Answer,
    indented_json,
    page,
    plain_json,
    redirect,
    text,
)
from tests.legacy_lms.service.oauth_tokens import BEARER_CHALLENGE
from tests.legacy_lms.service.tables import Tables, User, user_where

REMEMBER_SECONDS = 604_800
FAILURES_ALLOWED = 5
LOCKED_SECONDS = 900

MISSING = "There was an error receiving your login information. Please email us."
WRONG = "Email or password is incorrect."
LOCKED = (
    "This account has been temporarily locked due to excessive login failures. Try again later."
)
INACTIVE = (
    "This account has not been activated. We have sent another activation message."
    " Please check your email for the activation instructions."
)


def describe_form(call: Call, _place: Place) -> Answer:
    """GET login_session: which fields the form has; the answer carries the csrftoken."""
    call.csrf.use()
    fields = [
        {"name": "email", "type": "email", "required": True},
        {"name": "password", "type": "password", "required": True},
        {"name": "remember", "type": "checkbox", "required": False},
    ]
    submit_url = call.request.path
    return plain_json({"method": "post", "submit_url": submit_url, "fields": fields})


def login_session(call: Call, _place: Place) -> Answer:
    """POST login_session: an empty 200, or 403 with a bare sentence that calls itself JSON."""
    reason = csrf.reason_to_refuse(call.request)
    if reason is not None:
        return csrf_refused()
    form = call.request.form
    missing = [name for name in ("email", "password") if name not in form]
    if missing:
        return text(400, f"Missing POST parameters: {', '.join(missing)}")
    call.csrf.use()
    problem = log_in_by_form(call)
    return text(403, problem, JSON) if problem else text(200, "", JSON)


def login_ajax(call: Call, _place: Place) -> Answer:
    """POST login_ajax: always 200, what happened is in the body."""
    call.csrf.use()
    problem = log_in_by_form(call)
    if problem:
        return indented_json({"value": problem, "success": False})
    return indented_json({"redirect_url": None, "success": True})


def login_by_token(call: Call, _place: Place) -> Answer:
    """POST /oauth2/login/: a session for a bearer token, with the default age."""
    if call.user is None:
        raise RefusalError(401, "Authentication credentials were not provided.", BEARER_CHALLENGE)
    _begin_session(call, call.user)
    return text(204, "")


def logout(call: Call, _place: Place) -> Answer:
    """GET or POST /logout: the session is gone, the cookies too, and off to the index."""
    if call.user is not None:
        _remember_session(call.tables, call.user, None)
    sessions.flush(call.tables, call.session)
    gone = [
        set_cookie(each, "", now=call.now, max_age=0) for each in ("edxloggedin", "edx-user-info")
    ]
    call.cookies += tuple(gone)
    return redirect(call.request.absolute("/"))


def log_in_by_form(call: Call) -> str | None:
    """Log in with e-mail and password; return None, or the sentence that says why not."""
    form = call.request.form
    if "email" not in form or "password" not in form:
        return MISSING
    user = user_where(call.tables, "email", form["email"])
    if user is None:
        return WRONG
    if _is_locked(call, user):
        return LOCKED
    if not passwords.verify(form["password"], user.password):
        _count_failure(call, user)
        return WRONG
    call.tables.run("DELETE FROM student_loginfailures WHERE user_id = %s", user.id)
    if not user.is_active:
        return INACTIVE
    _begin_session(call, user)
    age = REMEMBER_SECONDS if form.get("remember") == "true" else 0
    call.session.put("_session_expiry", age)
    call.cookies += _logged_in_cookies(call, user, age or None)
    return None


def csrf_refused() -> Answer:
    """The page of Django for a refused form, whose type has no charset."""
    refused = page("403 Forbidden", ["CSRF verification failed. Request aborted."], 403)
    return Answer(403, refused.body, "text/html")


def _begin_session(call: Call, user: User) -> None:
    previous = _remembered_session(call.tables, user)
    sessions.log_in(call.tables, call.session, user, secret_key=call.settings.secret_key)
    if previous and previous != call.session.key:
        sessions.delete(call.tables, previous)  # a second login ends the first session
    call.tables.run("UPDATE auth_user SET last_login = %s WHERE id = %s", call.now, user.id)
    _remember_session(call.tables, user, call.session.key)
    call.csrf.rotate()


def _logged_in_cookies(call: Call, user: User, age: int | None) -> tuple[str, str]:
    urls = {
        "learner_profile": call.request.absolute(f"/u/{user.username}"),
        "logout": call.request.absolute("/logout"),
        "account_settings": call.request.absolute("/account/settings"),
    }
    info = user_info(user.username, user.email, urls)
    secure = call.request.scheme == "https"
    return (
        set_cookie("edxloggedin", "true", now=call.now, max_age=age),
        set_cookie("edx-user-info", info, now=call.now, max_age=age, secure=secure),
    )


def _profile_meta(tables: Tables, user: User) -> dict[str, object] | None:
    row = tables.row("SELECT meta FROM auth_userprofile WHERE user_id = %s", user.id)
    return dict(json.loads(row["meta"] or "{}")) if row else None


def _remembered_session(tables: Tables, user: User) -> str | None:
    key = (_profile_meta(tables, user) or {}).get("session_id")
    return str(key) if key else None


def _remember_session(tables: Tables, user: User, key: str | None) -> None:
    meta = _profile_meta(tables, user)
    if meta is not None:
        tables.run(
            "UPDATE auth_userprofile SET meta = %s WHERE user_id = %s",
            json.dumps(meta | {"session_id": key}),
            user.id,
        )


def _is_locked(call: Call, user: User) -> bool:
    row = call.tables.row(
        "SELECT lockout_until FROM student_loginfailures WHERE user_id = %s", user.id
    )
    return bool(row and row["lockout_until"] and row["lockout_until"] > call.now)


def _count_failure(call: Call, user: User) -> None:
    of_user = "student_loginfailures WHERE user_id = %s"
    row = call.tables.row(f"SELECT failure_count FROM {of_user}", user.id)
    if row is None:
        call.tables.run(
            "INSERT INTO student_loginfailures (failure_count, user_id) VALUES (0, %s)", user.id
        )
    count = 1 + (row["failure_count"] if row else 0)
    locked = count >= FAILURES_ALLOWED
    until = call.now + timedelta(seconds=LOCKED_SECONDS) if locked else None
    call.tables.run(
        "UPDATE student_loginfailures SET failure_count = %s, lockout_until = %s"
        " WHERE user_id = %s",
        count,
        until,
        user.id,
    )


SESSION = Endpoint(
    name="Login Session",
    methods={"GET": describe_form, "POST": login_session},
    permits=anybody,
    csrf_by_view=True,
)
BY_TOKEN = Endpoint(
    name="Access Token To Cookie", methods={"POST": login_by_token}, permits=anybody
)
