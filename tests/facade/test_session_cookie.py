"""Legacy's session cookie, by values that Django 1.8 made."""

import pytest

from facade.session_cookie import SessionCookie, last_cookie

SECRET_KEY = "legacy-secret-for-tests"
SESSION_ID = "x8w1q0m5e3z7r2t6y4u9i1o0p5a7s3d2"
OF_USER_42 = (
    b"1|x8w1q0m5e3z7r2t6y4u9i1o0p5a7s3d2|Kq3vT9ZbLm0x|"
    b"ImE1NjdmYTg0MGM4NTBiZDIzMjU2YzY2YTQ5YzgwYWEwNGU3YzZkYjNiODQ4MTJmZDY0ZTk0YzQ4YjdlNzlmNzQi"
    b":1bowsa:nmhEK10wzMVUpltOyX1xZ1frLaI"
)
SIGNED_AT = 1475000000


def belongs(
    value: bytes, user_id: int = 42, *, key: str = SECRET_KEY, now: float = SIGNED_AT
) -> bool:
    cookie = SessionCookie.parse(value)
    return cookie is not None and cookie.belongs_to(user_id, secret_key=key, now=now)


@pytest.mark.parametrize("value", [OF_USER_42, b'"' + OF_USER_42 + b'"'])
def test_a_genuine_cookie_proves_its_user_quoted_or_not(value: bytes) -> None:
    assert belongs(value)
    cookie = SessionCookie.parse(value)
    assert cookie is not None
    assert cookie.session_id == SESSION_ID


def test_it_proves_no_other_user_with_no_other_key_and_not_for_ever() -> None:
    assert not belongs(OF_USER_42, 43)
    assert not belongs(OF_USER_42, key="another-key")
    assert belongs(OF_USER_42, now=SIGNED_AT + 1_209_599)
    assert not belongs(OF_USER_42, now=SIGNED_AT + 1_209_601)


@pytest.mark.parametrize("position", range(35, len(OF_USER_42), 7))
def test_a_cookie_changed_anywhere_proves_nothing(position: int) -> None:
    changed = bytearray(OF_USER_42)
    changed[position] ^= 1
    assert not belongs(bytes(changed))


def test_a_genuine_signature_proves_no_other_session() -> None:
    assert not belongs(OF_USER_42.replace(b"x8w1q0", b"y8w1q0"))


@pytest.mark.parametrize(
    "value",
    [b"", b"x", SESSION_ID.encode(), b"2" + OF_USER_42[1:], OF_USER_42 + b"|x", b"\xff|\xff"],
)
def test_what_is_no_safe_session_has_no_parts(value: bytes) -> None:
    assert SessionCookie.parse(value) is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (b"sessionid=a", b"a"),
        (b"x=1; sessionid=a; y=2", b"a"),
        (b'x=1;sessionid="1|a"', b'"1|a"'),
        (b"sessionid=a; sessionid=b", b"b"),
        (b"mysessionid=a; sessionid2=b", b""),
        (b"x=sessionid=a", b""),
        (b"sessionid", b""),
        (b"", b""),
    ],
)
def test_the_last_cookie_of_the_name_counts(header: bytes, value: bytes) -> None:
    assert last_cookie(header, b"sessionid") == value
