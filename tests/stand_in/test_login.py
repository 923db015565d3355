"""Logging in: what is checked, what is locked, what is written."""

import json

import pytest

from tests.recorded import Send
from tests.stand_in.browser import LOGIN, Browser, World, body

LOCKED = b"This account has been temporarily locked due to excessive login failures."


def fail_to_log_in(browser: Browser, username: str, times: int) -> None:
    for _ in range(times):
        assert browser.log_in(username, "wrong").body == b"Email or password is incorrect."


def test_five_failures_lock_an_account_even_for_the_right_password(
    browser: Browser, world: World
) -> None:
    browser.get("/login")
    fail_to_log_in(browser, "tony", 5)

    answer = browser.log_in("tony")

    assert answer.status == 403
    assert answer.body.startswith(LOCKED)
    (row,) = world.rows(
        "SELECT failure_count, user_id, TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), lockout_until)"
        " BETWEEN 13 AND 15 AS locked FROM student_loginfailures"
    )
    assert row == {"failure_count": 5, "user_id": 14, "locked": 1}


def test_a_lock_ends_by_itself_and_a_login_forgets_the_failures(
    browser: Browser, world: World
) -> None:
    browser.get("/login")
    fail_to_log_in(browser, "tony", 5)
    world.run("UPDATE student_loginfailures SET lockout_until = UTC_TIMESTAMP()")

    assert browser.log_in("tony").status == 200
    assert world.counts("student_loginfailures") == {"student_loginfailures": 0}


def test_four_failures_lock_nobody(browser: Browser) -> None:
    browser.get("/login")
    fail_to_log_in(browser, "tony", 4)

    assert browser.log_in("tony").status == 200


def test_a_login_writes_when_and_with_which_session(ada: Browser, world: World) -> None:
    (row,) = world.rows(
        "SELECT TIMESTAMPDIFF(SECOND, last_login, UTC_TIMESTAMP()) < 60 AS recent, meta"
        " FROM auth_user JOIN auth_userprofile ON user_id = auth_user.id WHERE username = 'ada'"
    )

    assert row["recent"] == 1
    key = ada.cookies["sessionid"].split("|")[1]
    assert json.loads(row["meta"])["session_id"] == key
    assert world.value("SELECT session_key FROM django_session") == key


def test_a_logout_writes_that_there_is_no_session(ada: Browser, world: World) -> None:
    ada.get("/logout")

    meta = world.value("SELECT meta FROM auth_userprofile WHERE user_id = 7")
    assert json.loads(meta)["session_id"] is None


def test_the_email_is_found_in_any_case_of_letters(browser: Browser) -> None:
    browser.get("/login")

    assert browser.post_form(LOGIN, email="ADA@Example.com", password="Legacy-Pass1").status == 200


def test_the_login_describes_its_form_and_hands_out_the_token(browser: Browser) -> None:
    answer = browser.get(LOGIN)

    assert [each["name"] for each in body(answer)["fields"]] == ["email", "password", "remember"]
    assert len(browser.cookies["csrftoken"]) == 32


def test_the_old_login_says_what_is_missing(browser: Browser) -> None:
    browser.get("/login")

    answer = browser.post_form("/login_ajax", email="ada@example.com")

    assert body(answer) == {
        "success": False,
        "value": "There was an error receiving your login information. Please email us.",
    }


@pytest.mark.parametrize("path", [LOGIN, "/login_ajax", "/change_enrollment", "/logout"])
def test_no_form_is_taken_without_the_token(send: Send, path: str) -> None:
    answer = Browser(send).post_form(path, email="ada@example.com", password="Legacy-Pass1")

    assert (answer.status, answer.header("Content-Type")) == (403, "text/html")


def test_a_token_that_is_too_long_is_no_token(browser: Browser) -> None:
    browser.cookies["csrftoken"] = "a" * 64

    assert browser.log_in("ada").status == 403
