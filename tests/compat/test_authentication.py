"""Which credentials the families take, and how each refusal reads."""

import json

import pytest
from django.conf import LazySettings

from tests.compat.calls import Caller
from tests.modern.factories import make_user

pytestmark = pytest.mark.django_db
ENROLLMENTS = "/api/enrollment/v1/enrollment"
ACCOUNTS = "/api/user/v1/accounts"


def test_nobody_is_401_with_a_challenge() -> None:
    answer = Caller().get(ENROLLMENTS)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert json.loads(answer.content) == {"detail": "Authentication credentials were not provided."}


@pytest.mark.parametrize(
    ("header", "error_code", "sentence"),
    [
        ("Bearer abc", "token_nonexistent", "The provided access token does not match any valid"),
        ("bearer abc", "token_nonexistent", "The provided access token does not match any valid"),
        ("Bearer", "token_not_provided", "Invalid bearer header. No credentials provided."),
        ("Bearer a b", "token_malformed", "Invalid bearer header. Token string should not"),
        ("Basic a b", "token_malformed", "Invalid bearer header. Token string should not"),
    ],
)
def test_a_token_nobody_knows_is_told_what_is_wrong_with_it(
    header: str, error_code: str, sentence: str
) -> None:
    answer = Caller(Authorization=header).get(ENROLLMENTS)

    body = json.loads(answer.content)
    assert (answer.status_code, body["error_code"]) == (401, error_code)
    assert body["developer_message"].startswith(sentence)
    assert body.keys() == {"error_code", "developer_message"}


def test_other_schemes_of_two_words_are_as_if_nothing_was_sent() -> None:
    answer = Caller(Authorization="Basic YTpi").get(ENROLLMENTS)

    assert json.loads(answer.content) == {"detail": "Authentication credentials were not provided."}


def test_a_session_does_not_help_a_token_that_is_refused() -> None:
    make_user("ada")

    answer = Caller("ada", Authorization="Bearer abc").get(ENROLLMENTS)

    assert json.loads(answer.content)["error_code"] == "token_nonexistent"


@pytest.mark.parametrize(
    ("via", "path", "status"),
    [
        ("session", ENROLLMENTS, 200),
        ("bearer", ENROLLMENTS, 200),
        ("jwt", ENROLLMENTS, 401),
        ("session", ACCOUNTS, 200),
        ("bearer", ACCOUNTS, 200),
        ("jwt", ACCOUNTS, 200),
    ],
)
def test_a_family_takes_its_own_credentials(via: str, path: str, status: int) -> None:
    make_user("ada")

    assert Caller("ada", via).get(path).status_code == status


def test_who_has_not_confirmed_the_address_counts() -> None:
    make_user("jean", is_active=False)

    assert Caller("jean").get(ENROLLMENTS).status_code == 200


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"X_CSRFToken": ""}, "CSRF Failed: CSRF token missing or incorrect."),
        ({"X_CSRFToken": "d" * 32}, "CSRF Failed: CSRF token missing or incorrect."),
        ({"X_CSRFToken": "short"}, "CSRF Failed: CSRF token missing or incorrect."),
        ({"Cookie": "csrftoken=short"}, "CSRF Failed: CSRF token missing or incorrect."),
        ({"Cookie": ""}, "CSRF Failed: CSRF cookie not set."),
    ],
)
def test_a_session_needs_the_csrf_token_to_write(headers: dict[str, str], reason: str) -> None:
    make_user("ada")

    answer = Caller("ada").post(ENROLLMENTS, {}, **headers)

    assert answer.status_code == 403
    assert json.loads(answer.content) == {"detail": reason}


def test_https_wants_a_referer_of_the_same_host() -> None:
    make_user("ada")
    secure = {"X_Forwarded_Proto": "https", "Host": "lms.example.org"}

    foreign = Caller("ada").post(ENROLLMENTS, {}, **secure, Referer="https://evil.example.com/")
    absent = Caller("ada").post(ENROLLMENTS, {}, **secure)
    own = Caller("ada").post(ENROLLMENTS, {}, **secure, Referer="https://lms.example.org/courses")

    assert json.loads(absent.content)["detail"].startswith("CSRF Failed: Referer checking failed")
    assert json.loads(foreign.content)["detail"].startswith("CSRF Failed: Referer checking failed")
    assert own.status_code == 400


def test_a_token_needs_no_csrf_token() -> None:
    make_user("ada")

    assert Caller("ada", "bearer").post(ENROLLMENTS, {}).status_code == 400


def test_a_wrong_key_is_as_if_none_were_sent() -> None:
    assert Caller(X_Edx_Api_Key="guess").get(ENROLLMENTS).status_code == 401
    assert Caller(X_Edx_Api_Key="").get(ENROLLMENTS).status_code == 401


def test_without_a_configured_key_no_key_is_right(settings: LazySettings) -> None:
    settings.EDX_API_KEY = None

    assert Caller(X_Edx_Api_Key="None").get(ENROLLMENTS).status_code == 401
    assert Caller(X_Edx_Api_Key="").get(ENROLLMENTS).status_code == 401
