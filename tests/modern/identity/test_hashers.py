import hashlib

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import check_password, identify_hasher, make_password

from modern.shared.identity.hashers import LegacyPbkdf2Hasher

SHA1 = hashlib.sha1(b"edx", usedforsecurity=False).hexdigest()
SALTED = hashlib.sha1(b"saltedx", usedforsecurity=False).hexdigest()
MD5 = hashlib.md5(b"edx", usedforsecurity=False).hexdigest()
OLD = {
    "unsalted sha1": f"sha1$${SHA1}",
    "salted sha1": f"sha1$salt${SALTED}",
    "unsalted md5": MD5,
    "unsalted md5 with prefix": f"md5$${MD5}",
    "pbkdf2 of few rounds": LegacyPbkdf2Hasher().encode("edx", "salt", iterations=12_000),
}


@pytest.mark.parametrize("encoded", OLD.values(), ids=OLD)
def test_a_hash_of_legacys_early_years_still_opens_and_is_then_replaced(encoded: str) -> None:
    renewed: list[str] = []

    assert check_password("edx", encoded, setter=renewed.append)
    assert renewed == ["edx"]


@pytest.mark.parametrize("encoded", OLD.values(), ids=OLD)
def test_a_wrong_password_opens_none_of_them(encoded: str) -> None:
    assert not check_password("Edx", encoded)


@pytest.mark.parametrize("encoded", OLD.values(), ids=OLD)
def test_the_admin_is_not_shown_the_hash(encoded: str) -> None:
    summary = identify_hasher(encoded).safe_summary(encoded)

    assert SHA1 not in summary.values()
    assert MD5 not in summary.values()


def test_the_bridges_hasher_makes_and_keeps_hashes_of_exactly_20000_rounds(
    settings: LazySettings,
) -> None:
    settings.PASSWORD_HASHERS = ["modern.shared.identity.hashers.LegacyPbkdf2Hasher"]
    renewed: list[str] = []

    encoded = make_password("edx", "aB3dE5fG7hJ9")

    assert encoded == (
        "pbkdf2_sha256$20000$aB3dE5fG7hJ9$XPeN0sMSNaPr1p7rIFa5RCyufg0YWV7BGP3YFGIfrKU="
    )
    assert check_password("edx", encoded, setter=renewed.append)
    assert renewed == []
