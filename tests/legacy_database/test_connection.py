import socket
from urllib.parse import urlsplit, urlunsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.legacy_lms.database.connection import Address, connect
from tests.legacy_lms.database.errors import AddressError, RefusedError, UnreachableError

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def other(url: str, *, userinfo: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{userinfo}@{parts.hostname}:{parts.port}"))


def test_a_url_says_where_and_who() -> None:
    address = Address.parse("mysql://ed%40x:p%2Fw@db.example.com:3307/edxapp")

    assert address == Address("db.example.com", 3307, "ed@x", "edxapp", "p/w")


def test_port_and_password_may_be_left_out() -> None:
    assert Address.parse("mysql://edx@localhost/edxapp").place == "localhost:3306"


def test_a_password_does_not_show() -> None:
    assert "s3cret" not in repr(Address.parse("mysql://edx:s3cret@localhost/edxapp"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "edxapp",
        "postgresql://edx@localhost/edxapp",
        "mysql://localhost/edxapp",
        "mysql://edx@localhost",
        "mysql://edx@localhost/",
        "mysql://edx@localhost/a/b",
        "mysql://edx@localhost/a%60b",
        f"mysql://edx@localhost/{'x' * 65}",
        "mysql://edx@/edxapp",
        "mysql://edx@localhost:port/edxapp",
        "mysql://edx@localhost:99999/edxapp",
        "mysql://edx@[::1/edxapp",
    ],
)
def test_a_url_of_another_form_is_refused_with_the_right_form(url: str) -> None:
    with pytest.raises(AddressError, match="write it as mysql://user:password@host:port/database"):
        Address.parse(url)


@given(words)
def test_any_text_gives_an_address_or_one_line(text: str) -> None:
    try:
        Address.parse(f"mysql://{text}")
    except AddressError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - accepted text is fine as well


def test_a_wrong_password_is_one_line_that_says_what_to_correct(mariadb: str) -> None:
    url = other(mariadb, userinfo=f"{urlsplit(mariadb).username}:wrong")

    with pytest.raises(RefusedError, match="correct user and password"), connect(url):
        pass


def test_nobody_listening_is_one_line_that_says_what_to_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    url = f"mysql://edx:pw@127.0.0.1:{port}/edxapp"
    with pytest.raises(UnreachableError, match="start one with"), connect(url):
        pass
