"""The contract of both ends: what the facade mints, modern believes, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.identity import LIFETIME_SECONDS, Mint
from modern.shared.identity.data import Via
from modern.shared.identity.errors import IdentityRefused
from modern.shared.identity.signature import Claim, subkey, verify

KEY = "0123456789abcdef0123456789abcdef"
NOW = 1_480_000_000.25


def minted(username: str = "ada", via: str = "session", *, target: bytes = b"/api/x?a=b") -> str:
    line = Mint(KEY).line(username, via, method=b"GET", target=target, now=NOW)
    return line.decode().removeprefix("X-Bridge-Identity: ")


def verified(
    header: str, *, target: bytes = b"/api/x?a=b", method: str = "GET", now: float = NOW
) -> Claim:
    return verify(header, key=subkey(KEY), method=method, target=target, now=now)


@given(st.text(min_size=1, max_size=30), st.sampled_from(Via))
def test_modern_reads_what_the_facade_says(username: str, via: Via) -> None:
    assert verified(minted(username, via.value)) == Claim(username=username, via=via)


@pytest.mark.parametrize(
    ("target", "as_modern_sees_it"),
    [
        (b"/courses/course-v1:edX%2BDemoX%2B2016", b"/courses/course-v1:edX+DemoX+2016?"),
        (b"/a%20b?c=%20d&e", b"/a b?c=%20d&e"),
        (b"/%E2%82%AC?", "/€?".encode()),
    ],
)
def test_the_path_is_signed_decoded_and_the_query_raw(
    target: bytes, as_modern_sees_it: bytes
) -> None:
    assert verified(minted(target=target), target=as_modern_sees_it).username == "ada"


def test_an_identity_is_for_one_request_and_thirty_seconds() -> None:
    header = minted()
    for changed in (
        {"target": b"/api/y?a=b"},
        {"target": b"/api/x?a=c"},
        {"method": "POST"},
        {"now": NOW + LIFETIME_SECONDS + 1},
    ):
        with pytest.raises(IdentityRefused):
            verified(header, **changed)


def test_another_key_mints_nothing() -> None:
    line = Mint(KEY[::-1]).line("ada", "session", method=b"GET", target=b"/api/x?a=b", now=NOW)
    with pytest.raises(IdentityRefused) as caught:
        verified(line.decode().removeprefix("X-Bridge-Identity: "))
    assert caught.value.reason == "forged"
