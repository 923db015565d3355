import uuid
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import make_password
from django.test import Client

from modern.shared.databases import caches
from modern.shared.identity.models import User
from tests.modern.factories import PASSWORD, disable, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("modern_alone")]
SESSION = "/api/v2/identity/session"


@pytest.fixture(autouse=True)
def _quick_hashes(modern_alone: LazySettings) -> None:
    modern_alone.PASSWORD_HASHERS = ["modern.shared.identity.hashers.LegacyPbkdf2Hasher"]


def make_person(username: str = "ada", **more: Any) -> User:
    return make_user(username, password=make_password(PASSWORD), **more)


def sign_in(browser: Client, *, name: str = "ada", password: str = PASSWORD) -> Any:
    browser.get(SESSION)
    token = browser.cookies["csrftoken"].value
    body = {"name": name, "password": password}
    headers = {"X-CSRFToken": token}
    return browser.post(SESSION, body, content_type="application/json", headers=headers)


def test_nobody_is_signed_in_at_first(browser: Client) -> None:
    answer = browser.get(SESSION)

    assert (answer.status_code, answer.json()) == (200, {"actor": None})


def test_a_session_lasts_until_it_is_ended(browser: Client) -> None:
    make_person()

    signed_in = sign_in(browser)
    during = browser.get("/api/v2/identity/actor")
    token = browser.cookies["csrftoken"].value
    ended = browser.delete(SESSION, headers={"X-CSRFToken": token})
    after = browser.get("/api/v2/identity/actor")

    assert signed_in.json()["actor"]["username"] == "ada"
    assert (during.status_code, ended.status_code, after.status_code) == (200, 204, 401)


@pytest.mark.parametrize("name", ["ada", "ada@example.org", "ADA@Example.org"])
def test_people_sign_in_by_name_or_address(browser: Client, name: str) -> None:
    make_person()

    assert sign_in(browser, name=name).status_code == 200


def test_an_address_of_two_accounts_signs_in_to_neither(browser: Client) -> None:
    make_person()
    make_person("eda", email="ADA@example.org")

    assert sign_in(browser, name="ada@example.org").status_code == 401


@pytest.mark.parametrize(
    "attempt",
    [{"name": "nobody"}, {"name": "unconfirmed"}, {"password": "wrong"}, {"name": "Ada"}],
)
def test_every_kind_of_wrong_credentials_gets_the_same_answer(
    browser: Client, attempt: dict[str, str]
) -> None:
    make_person()
    make_person("unconfirmed", is_active=False)

    answer = sign_in(browser, **attempt)

    detail = "Name or password is incorrect: try again."
    assert answer.status_code == 401
    assert answer.json() == {"code": "wrong_credentials", "detail": detail}


def test_a_closed_account_is_named_only_to_who_knows_its_password(browser: Client) -> None:
    disable(make_person())

    assert sign_in(browser).json()["code"] == "account_disabled"
    assert sign_in(browser, password="wrong").json()["code"] == "wrong_credentials"


def test_a_session_is_over_once_the_account_is_closed(browser: Client) -> None:
    ada = make_person()
    sign_in(browser)

    disable(ada)

    assert browser.get("/api/v2/identity/actor").status_code == 401


def test_nobody_is_signed_in_without_a_csrf_token(browser: Client) -> None:
    make_person()

    answer = browser.post(
        SESSION, {"name": "ada", "password": PASSWORD}, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "sessionid" not in browser.cookies


def test_nobody_is_signed_out_without_a_csrf_token(browser: Client) -> None:
    make_person()
    sign_in(browser)

    assert browser.delete(SESSION).status_code == 403
    assert browser.get("/api/v2/identity/actor").status_code == 200


def test_the_token_changes_when_somebody_signs_in(browser: Client) -> None:
    make_person()
    browser.get(SESSION)
    before = browser.cookies["csrftoken"].value

    sign_in(browser)

    assert browser.cookies["csrftoken"].value != before


def test_ten_attempts_a_minute_are_enough_for_anybody(browser: Client) -> None:
    answers = [sign_in(browser, name="nobody").status_code for _ in range(11)]

    assert answers == [401] * 10 + [429]


def test_an_account_of_ones_own_gives_no_further_attempts(browser: Client) -> None:
    make_person("eve")
    sign_in(browser, name="eve")

    answers = [sign_in(browser, name="nobody").status_code for _ in range(10)]

    assert answers == [401] * 9 + [429]


def test_without_the_cache_nobody_can_try_a_password(
    browser: Client, modern_alone: LazySettings
) -> None:
    make_person()
    modern_alone.CACHES = caches("redis://127.0.0.1:1/0")
    answer = sign_in(browser)

    assert (answer.status_code, answer.json()["code"]) == (503, "sessions_unavailable")
    assert "sessionid" not in browser.cookies


def test_others_may_still_sign_in_meanwhile(browser: Client) -> None:
    make_person()
    for _ in range(11):
        sign_in(browser, name="nobody")

    elsewhere = Client(headers={"X-Forwarded-For": str(uuid.uuid4())})

    assert sign_in(elsewhere).status_code == 200


@pytest.mark.parametrize("body", [{}, {"name": "ada"}, {"name": "", "password": ""}])
def test_what_is_missing_is_named(browser: Client, body: dict[str, str]) -> None:
    browser.get(SESSION)
    headers = {"X-CSRFToken": browser.cookies["csrftoken"].value}

    answer = browser.post(SESSION, body, content_type="application/json", headers=headers)

    assert answer.status_code == 400
    assert "password" in answer.json()["fields"]


@pytest.mark.parametrize("method", ["post", "delete"])
def test_where_sessions_live_elsewhere_none_is_made_or_ended(
    client: Client, modern_alone: LazySettings, method: str
) -> None:
    modern_alone.OWN_SESSIONS = False

    answer = getattr(client, method)(SESSION)

    assert (answer.status_code, answer.json()["code"]) == (409, "sessions_live_elsewhere")
