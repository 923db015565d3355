"""The two addresses are read strictly, and a mistake is named."""

import pytest

from etl.errors import SettingsInvalid
from etl.settings import EtlSettings, LegacyAddress

MODERN = "postgresql://modern:secret@127.0.0.1:5432/modern_edx"


def test_special_characters_of_a_password_are_percent_encoded_and_never_shown() -> None:
    address = LegacyAddress.parse("mysql://etl:p%40ss%2F@db.example.org:3307/edxapp")

    assert (address.host, address.port, address.user) == ("db.example.org", 3307, "etl")
    assert (address.password, address.database) == ("p@ss/", "edxapp")
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://etl:x@h/edxapp",
        "mysql://h/edxapp",
        "mysql://etl:x@h",
        "mysql://etl:x@h/a/b",
        "mysql://etl:x@h:port/edxapp",
        "mysql://etl:x@/edxapp",
        "mysql://etl:x@h/edxapp?charset=utf8",
        "edxapp",
    ],
)
def test_an_address_of_another_form_is_refused_by_the_variables_name(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="LEGACY_DATABASE_URL"):
        EtlSettings.from_environment({"DATABASE_URL": MODERN, "LEGACY_DATABASE_URL": url})


@pytest.mark.parametrize("missing", ["DATABASE_URL", "LEGACY_DATABASE_URL"])
def test_a_missing_variable_is_named(missing: str) -> None:
    variables = {"DATABASE_URL": MODERN, "LEGACY_DATABASE_URL": "mysql://etl@h/edxapp"}

    with pytest.raises(SettingsInvalid, match=f"^{missing} is not set"):
        EtlSettings.from_environment({**variables, missing: " "})
