"""What a request offers as proof of who asks."""

import pytest

from facade.credential import Credential, credential_of
from facade.request import parse_request


def offered(*lines: bytes) -> tuple[str, bytes] | None:
    head = parse_request(b"\r\n".join([b"GET / HTTP/1.1", b"Host: a", *lines]))
    found = credential_of(head.section, "lms", b"sessionid")
    return (found.via, found.value) if found else None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), None),
        ((b"Cookie: csrftoken=x",), None),
        ((b"Cookie: sessionid=s",), ("session", b"s")),
        ((b"Cookie: a=b", b"Cookie: sessionid=s"), ("session", b"s")),
        ((b"Authorization: Bearer t",), ("bearer", b"Bearer t")),
        ((b"Authorization: bEARER t",), ("bearer", b"bEARER t")),
        ((b"Authorization: JWT t",), ("jwt", b"JWT t")),
        ((b"Authorization: Basic t",), None),
        ((b"Authorization: Bearer",), None),
        ((b"Authorization: Basic t", b"Cookie: sessionid=s"), ("session", b"s")),
        ((b"Authorization: JWT t", b"Cookie: sessionid=s"), ("jwt", b"JWT t")),
    ],
)
def test_one_proof_counts_and_a_token_before_a_cookie(
    lines: tuple[bytes, ...], expected: tuple[str, bytes] | None
) -> None:
    assert offered(*lines) == expected


def test_a_token_that_looks_like_a_session_is_none() -> None:
    value = b"1|" + b"x" * 32 + b"|salt|a:b:" + b"c" * 27
    assert Credential("lms", "session", value).session() is not None
    assert Credential("lms", "bearer", value).session() is None
