"""The ETL's settings: databases and caches, read once; nothing else reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from etl.errors import SettingsInvalid

MYSQL_PORT = 3306


@dataclass(frozen=True, slots=True)
class LegacyAddress:
    """Where the legacy MySQL listens; the password never shows in its repr."""

    host: str
    port: int
    user: str
    database: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `mysql://user:password@host:port/database` strictly; raise SettingsInvalid."""
        parts = _split(url, variable="LEGACY_DATABASE_URL", schemes=("mysql",))
        database = unquote(parts.path.removeprefix("/"))
        if not parts.username or not database or "/" in database or parts.query or parts.fragment:
            raise SettingsInvalid(
                "LEGACY_DATABASE_URL is not of the form mysql://user:password@host:port/database: "
                "write it so, with special characters percent-encoded"
            )
        return cls(
            host=parts.hostname or "",
            port=parts.port or MYSQL_PORT,
            user=unquote(parts.username),
            database=database,
            password=unquote(parts.password or ""),
        )


@dataclass(frozen=True, slots=True)
class CacheServer:
    """Where a memcached of legacy's listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, address: str) -> Self:
        """Read `host:port`; raise SettingsInvalid."""
        try:
            parts = urlsplit(f"//{address}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or not port or parts.netloc != address or parts.username is not None:
            raise SettingsInvalid(
                "LEGACY_MEMCACHED is not a list of servers: write host:port,host:port"
            )
        return cls(host, port)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class EtlSettings:
    """The address of the legacy database and the PostgreSQL URL that libpq understands.

    Either is empty for a command that does not need it. `caches` are legacy's memcached
    servers, none by default, and `cache_prefix` is the KEY_PREFIX of legacy's default cache.
    `broker` is Celery's, empty where no Celery is wanted.
    """

    legacy: LegacyAddress
    modern: str = field(repr=False)
    caches: tuple[CacheServer, ...] = ()
    cache_prefix: str = ""
    broker: str = field(default="", repr=False)

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str] = os.environ,
        *,
        needs_modern: bool = True,
        needs_legacy: bool = True,
    ) -> Self:
        """Read the variables; raise SettingsInvalid naming the missing or malformed one."""
        modern, legacy = "", LegacyAddress("", MYSQL_PORT, "", "", "")
        if needs_legacy:
            legacy = LegacyAddress.parse(_required(environment, "LEGACY_DATABASE_URL"))
        if needs_modern:
            modern = _required(environment, "DATABASE_URL")
            _split(modern, variable="DATABASE_URL", schemes=("postgresql", "postgres"))
        return cls(
            legacy=legacy,
            modern=modern,
            caches=_caches(environment.get("LEGACY_MEMCACHED", "")),
            cache_prefix=environment.get("LEGACY_CACHE_PREFIX", ""),
            broker=environment.get("REDIS_URL", ""),
        )


def _caches(addresses: str) -> tuple[CacheServer, ...]:
    if not addresses.strip():
        return ()
    return tuple(CacheServer.parse(address.strip()) for address in addresses.split(","))


def _required(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable, "").strip()
    if not value:
        raise SettingsInvalid(
            f"{variable} is not set: `python -m deploy.stack env` prints the development stack's"
        )
    return value


def _split(url: str, *, variable: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsInvalid(
            f"{variable} is not a {schemes[0]}:// URL with a host: "
            f"write {schemes[0]}://user:password@host:port/database"
        )
    return parts
