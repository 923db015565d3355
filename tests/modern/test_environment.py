from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from modern.shared.environment import (
    ServiceEnvironment,
    database_url,
    names,
    read,
    variable,
    whole_number,
)

GIVEN = {
    "SECRET_KEY": "s" * 32,
    "DATABASE_URL": "postgresql://ada:secret@db.example.org:5433/lms?sslmode=require",
    "REDIS_URL": "redis://cache.example.org:6379/0",
    "ALLOWED_HOSTS": "lms.example.org, courses.example.org",
}


def test_values_are_read_in_their_types_and_the_rest_has_defaults() -> None:
    environment = read(ServiceEnvironment, GIVEN | {"HSTS_SECONDS": "3600"})

    assert environment.allowed_hosts == ("lms.example.org", "courses.example.org")
    assert environment.hsts_seconds == 3600
    assert environment.database_pool_size == 8
    assert environment.database_url.options == (("sslmode", "require"),)


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_a_missing_variable_is_named(name: str) -> None:
    without = {key: value for key, value in GIVEN.items() if key != name}

    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not set: give "):
        read(ServiceEnvironment, without)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", "short", "it needs at least 32 characters"),
        ("DATABASE_URL", "mysql://db/lms", "write postgresql://user:password@host:port/name"),
        ("DATABASE_URL", "postgresql://db", "it names no database"),
        ("DATABASE_URL", "postgresql://db:port/lms", "Port could not be cast"),
        ("REDIS_URL", "cache:6379", "write redis://host:port/0"),
        ("HSTS_SECONDS", "-1", "it must be a whole number, zero or more"),
        ("HSTS_SECONDS", "²", "it must be a whole number, zero or more"),
        ("LOG_LEVEL", "loud", "it must be one of DEBUG"),
    ],
)
def test_a_malformed_variable_is_named_with_its_form(name: str, value: str, complaint: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{name} cannot be used: {complaint}"):
        read(ServiceEnvironment, GIVEN | {name: value})


def test_an_empty_variable_counts_as_missing() -> None:
    @dataclass(frozen=True)
    class Sample:
        size: int = field(default=3, metadata=variable("SIZE", whole_number, "a size"))

    assert read(Sample, {"SIZE": ""}) == Sample(size=3)


def test_neither_keys_nor_passwords_show_when_an_environment_is_printed() -> None:
    printed = repr(read(ServiceEnvironment, GIVEN))

    assert "secret" not in printed
    assert "ssss" not in printed


@given(user=st.text(min_size=1), password=st.text(), name=st.text(min_size=1))
def test_any_name_and_password_survives_the_way_into_a_url_and_back(
    user: str, password: str, name: str
) -> None:
    parts = [quote(text, safe="") for text in (user, password, name)]

    address = database_url("postgresql://{}:{}@[::1]:5433/{}".format(*parts))

    assert (address.user, address.password, address.name) == (user, password, name)
    assert (address.host, address.port) == ("::1", 5433)


def test_lists_ignore_blanks_and_empty_places() -> None:
    assert names(" a ,, b,") == ("a", "b")
