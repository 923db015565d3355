"""From a database URL to an open connection, with the driver's errors turned into ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote, urlsplit

import pymysql
from pymysql.constants import CR, ER

from tests.legacy_lms.database import errors

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

__all__ = ["Address", "connect", "fetch"]

DEFAULT_PORT = 3306
_NAME = re.compile(r"[\w$-]{1,64}")

# The legacy platform ran with an empty sql_mode, which is what lets zero dates and other surprises
# in. NO_AUTO_VALUE_ON_ZERO keeps a recorded id of 0 a 0.
SESSION = "SET sql_mode='NO_AUTO_VALUE_ON_ZERO', time_zone='+00:00', foreign_key_checks=0"

_UNREACHABLE = {
    CR.CR_CONN_HOST_ERROR,
    CR.CR_CONNECTION_ERROR,
    CR.CR_UNKNOWN_HOST,
    CR.CR_SERVER_LOST,
}
_REFUSED = {
    ER.ACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is and who asks; the password never shows in a repr."""

    host: str
    port: int
    user: str
    database: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Read ``mysql://user:password@host:port/database``; AddressError for anything else."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or DEFAULT_PORT
        except ValueError as error:
            raise errors.AddressError("has a bad host or port") from error
        if parts.scheme != "mysql":
            raise errors.AddressError("does not begin with mysql://")
        database = unquote(parts.path.removeprefix("/"))
        if not host or not parts.username or not database:
            raise errors.AddressError("does not name a user, a host and a database")
        if not _NAME.fullmatch(database):
            raise errors.AddressError("names a database that no server can have")
        user, password = unquote(parts.username), unquote(parts.password or "")
        return cls(host=host, port=port, user=user, password=password, database=database)

    @property
    def place(self) -> str:
        """Host and port, as messages show them."""
        return f"{self.host}:{self.port}"


@contextmanager
def connect(url: str) -> Iterator["Connection[Cursor]"]:
    """Open a connection to the server of the URL, no database selected; the caller commits."""
    address = Address.parse(url)
    try:
        connection = _open(address)
        try:
            yield connection
        finally:
            connection.close()
    except pymysql.err.MySQLError as error:
        _translate(error, address)


def fetch(
    connection: "Connection[Cursor]", query: str, *args: object
) -> tuple[tuple[Any, ...], ...]:
    """Run one query and give all its rows."""
    with connection.cursor() as cursor:
        cursor.execute(query, args or None)
        return cursor.fetchall()


def _open(address: Address) -> "Connection[Cursor]":
    return pymysql.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        charset="utf8mb4",
        init_command=SESSION,
        connect_timeout=5,
        local_infile=True,
    )


def _translate(error: pymysql.err.MySQLError, address: Address) -> NoReturn:
    code = error.args[0] if error.args else 0
    reason = str(error.args[1] if len(error.args) > 1 else error).splitlines()[0]
    if code in _UNREACHABLE:
        raise errors.UnreachableError(address.place, reason) from error
    if code in _REFUSED:
        raise errors.RefusedError(address.place, reason) from error
    raise error
