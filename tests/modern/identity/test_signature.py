import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from modern.shared.identity.data import Via
from modern.shared.identity.errors import IdentityRefused
from modern.shared.identity.signature import Claim, subkey, verify
from tests.modern.identity.minting import mac, mint, unpadded

KEY = "a bridge key that only these tests know"
NOW = 1_475_000_000
TARGET = b"/api/v2/courses?page=2"


def check(header: str, *, method: str = "GET", target: bytes = TARGET, now: float = NOW) -> Claim:
    return verify(header, key=subkey(KEY), method=method, target=target, now=now)


def reason(header: str, **request: object) -> str:
    with pytest.raises(IdentityRefused) as refusal:
        check(header, **request)
    return refusal.value.reason


def test_a_signed_identity_names_the_user_and_the_credential() -> None:
    header = mint(target=TARGET, exp=NOW + 30, via="jwt")

    assert check(header) == Claim(username="ada", via=Via.JWT)


def test_the_form_is_the_one_that_was_agreed_upon() -> None:
    payload = "eyJ1biI6ImFkYSIsInZpYSI6InNlc3Npb24iLCJleHAiOjE0NzUwMDAwMzB9"
    mac_of_it = "e4aKdgwdjlRwONyfGmOgNSf0tdhq9EekNfgKy71-hdo"

    assert mint(target=TARGET, exp=NOW + 30) == f"v1.{payload}.{mac_of_it}"


@given(position=st.integers(0, 200), letter=st.sampled_from("AZaz09-_.=v1+/ é"))
def test_an_identity_with_any_letter_changed_is_refused(position: int, letter: str) -> None:
    header = mint(target=TARGET, exp=NOW + 30)
    assume(position < len(header) and header[position] != letter)

    tampered = header[:position] + letter + header[position + 1 :]

    assert reason(tampered) in {"malformed", "forged"}


@given(st.text())
def test_no_text_at_all_is_an_identity(header: str) -> None:
    assert reason(header) in {"malformed", "forged"}


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "POST"},
        {"target": b"/api/v2/courses?page=3"},
        {"target": b"/api/v2/courses?"},
        {"target": b"/api/v2/course%73?page=2"},
    ],
)
def test_an_identity_holds_for_its_own_request_only(request_: dict[str, object]) -> None:
    assert reason(mint(target=TARGET, exp=NOW + 30), **request_) == "forged"


def test_another_key_signs_nothing() -> None:
    assert reason(mint(key=KEY + "!", target=TARGET, exp=NOW + 30)) == "forged"


def test_the_bridge_key_itself_signs_no_identities() -> None:
    payload = unpadded(json.dumps({"un": "ada", "via": "jwt", "exp": NOW + 30}).encode())

    assert subkey(KEY) != KEY.encode()
    assert reason(f"v1.{payload}.{mac('identity', 'GET', TARGET, payload)}") == "forged"


@pytest.mark.parametrize("seconds", [1, 30, 35])
def test_an_identity_lives_for_half_a_minute(seconds: int) -> None:
    assert check(mint(target=TARGET, exp=NOW + seconds)).username == "ada"


@pytest.mark.parametrize("seconds", [-1, 0, 36, 86_400])
def test_an_identity_that_ended_or_would_live_for_longer_is_refused(seconds: int) -> None:
    assert reason(mint(target=TARGET, exp=NOW + seconds)) == "expired"


@pytest.mark.parametrize(
    "fields",
    [
        {"via": "cookie"},
        {"via": None},
        {"un": ""},
        {"un": 7},
        {"exp": str(NOW + 30)},
        {"exp": NOW + 30.5},
        {"staff": True},
    ],
)
def test_a_well_signed_payload_of_another_shape_is_refused(fields: dict[str, object]) -> None:
    assert reason(mint(target=TARGET, **{"exp": NOW + 30} | fields)) == "malformed"


@pytest.mark.parametrize("payload", ["W10", "bm8", "_w", "eyJ1biI6MX0", "A"])
def test_a_well_signed_payload_that_is_no_object_is_refused(payload: str) -> None:
    assert reason(f"v1.{payload}.{mac(KEY, 'GET', TARGET, payload)}") == "malformed"


def test_an_identity_of_unusual_length_is_not_even_hashed() -> None:
    assert reason(mint(target=TARGET, exp=NOW + 30, un="a" * 1024)) == "malformed"
