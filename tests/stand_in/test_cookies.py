"""The safe-session cookie, by known answers and by what must never pass."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.legacy_lms.service import cookies, passwords
from tests.legacy_lms.service.cookies import SESSION_AGE_SECONDS, SafeCookie
from tests.legacy_lms.service.moments import EPOCH

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())
KEY = VECTORS["secret_key"]
ADA = VECTORS["safe_session"]
NOW = ADA["signed_at"]
ANYTHING = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]))


def test_a_signed_cookie_is_the_known_one() -> None:
    signed = cookies.sign_session(
        ADA["session_key"], ADA["user_id"], salt=ADA["salt"], secret_key=KEY, now=NOW
    )

    assert signed.text == ADA["value"]
    assert cookies.digest(ADA["session_key"], ADA["user_id"]) == ADA["digest"]


@pytest.mark.parametrize(
    ("value", "user_id"),
    [(ADA["value"], ADA["user_id"]), (VECTORS["anonymous_session"]["value"], None)],
)
def test_a_known_cookie_verifies_for_its_user_alone(value: str, user_id: int | None) -> None:
    cookie = SafeCookie.parse(value)

    assert cookie is not None
    assert cookie.verify(user_id, KEY, NOW)
    assert not cookie.verify(43, KEY, NOW)
    assert not cookie.verify(user_id, f"{KEY}!", NOW)


def test_a_cookie_is_as_old_as_a_session_may_be() -> None:
    cookie = SafeCookie.parse(ADA["value"])

    assert cookie is not None
    assert cookie.verify(42, KEY, NOW + SESSION_AGE_SECONDS)
    assert not cookie.verify(42, KEY, NOW + SESSION_AGE_SECONDS + 1)


@given(st.integers(0, len(ADA["value"]) - 1), st.sampled_from("aB9|:-_ "))
def test_no_changed_character_verifies(place: int, character: str) -> None:
    value = ADA["value"]
    changed = value[:place] + character + value[place + 1 :]

    cookie = SafeCookie.parse(changed)

    assert changed == value or cookie is None or not cookie.verify(42, KEY, NOW)


@given(ANYTHING)
def test_no_text_at_all_breaks_the_reading(value: str) -> None:
    cookie = SafeCookie.parse(value)

    assert cookie is None or not cookie.verify(42, KEY, NOW)


@given(ANYTHING)
def test_quoting_a_value_is_undone_by_reading_it(value: str) -> None:
    assert cookies.parse_cookies(f"a=b; name={cookies.quote(value)}; c=d")["name"] == value


def test_the_user_info_is_quoted_as_python_2_does() -> None:
    info = cookies.user_info("ada", "ada@example.com", {"logout": "http://lms/logout"})

    assert cookies.set_cookie("edx-user-info", info, now=EPOCH) == (
        'edx-user-info="{\\"username\\": \\"ada\\"\\054 \\"version\\": 1\\054'
        ' \\"email\\": \\"ada@example.com\\"\\054'
        ' \\"header_urls\\": {\\"logout\\": \\"http://lms/logout\\"}}"; Path=/'
    )


def test_the_known_password_and_session_hash_hold() -> None:
    known = VECTORS["password"]

    assert passwords.verify(known["raw"], known["encoded"])
    assert not passwords.verify(known["raw"] + " ", known["encoded"])
    assert not passwords.verify("", "!unusable")
    assert passwords.session_hash(known["encoded"], KEY) == known["session_hash"]
