"""Typed reading of the environment: a frozen dataclass whose fields are declared as variables.

Reads a mapping it is handed (the settings hand over `os.environ`) and nothing else;
`docs/reference/settings.md` is generated from the same declarations.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Declared = TypeVar("Declared")


def variable(name: str, parse: Callable[[str], Any], meaning: str) -> dict[str, Any]:
    """Return the metadata that makes a dataclass field the environment variable `name`.

    The field's default is the variable's; without one it is required.
    """
    return {"name": name, "parse": parse, "meaning": meaning}


def read(kind: type[Declared], values: Mapping[str, str]) -> Declared:
    """Build `kind` from `values`; raises ImproperlyConfigured naming the variable at fault."""
    given = {one.name: _read_one(one, values) for one in declarations(kind)}
    return kind(**given)


def declarations(kind: type[Any]) -> tuple[Field[Any], ...]:
    """Return the declared variables of `kind`, in order; each has name, parse and meaning as
    metadata.
    """
    return tuple(one for one in fields(kind) if "meaning" in one.metadata)


def _read_one(one: Field[Any], values: Mapping[str, str]) -> Any:
    name = one.metadata["name"]
    given = values.get(name, "")
    if given == "" and one.default is not MISSING:
        return one.default
    if given == "":
        raise ImproperlyConfigured(f"{name} is not set: give {one.metadata['meaning']}")
    try:
        return one.metadata["parse"](given)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be used: {error}") from error


def text(given: str) -> str:
    """Take the value as it is."""
    return given


def secret(given: str) -> str:
    """Take a key of at least 32 characters; shorter ones can be guessed."""
    if len(given) < 32:
        raise ValueError("it needs at least 32 characters")
    return given


def whole_number(given: str) -> int:
    """Read a whole number, zero or more."""
    if not (given.isascii() and given.isdigit()):
        raise ValueError("it must be a whole number, zero or more")
    return int(given)


def names(given: str) -> tuple[str, ...]:
    """Read a comma list, blanks around the commas ignored."""
    return tuple(part.strip() for part in given.split(",") if part.strip())


def level(given: str) -> str:
    """Read the name of a log level."""
    known = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    if given not in known:
        raise ValueError(f"it must be one of {', '.join(known)}")
    return given


def redis_url(given: str) -> str:
    """Take `redis://host:port/number` (or rediss) as it is, once its form is right."""
    _split(given, schemes=("redis", "rediss"), form="redis://host:port/0")
    return given


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where PostgreSQL listens and as whom to connect; the password stays out of its repr."""

    name: str
    user: str
    password: str = field(repr=False)
    host: str
    port: int
    options: tuple[tuple[str, str], ...] = ()


def database_url(given: str) -> DatabaseAddress:
    """Read `postgresql://user:password@host:port/name?option=value`."""
    form = "postgresql://user:password@host:port/name"
    parts = _split(given, schemes=("postgresql", "postgres"), form=form)
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise ValueError(f"it names no database; write {form}")
    return DatabaseAddress(
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=unquote(parts.hostname or ""),
        port=parts.port or 5432,
        options=tuple(parse_qsl(parts.query)),
    )


def _split(given: str, *, schemes: tuple[str, ...], form: str) -> SplitResult:
    parts = urlsplit(given)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"write {form}")
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEnvironment:
    """The variables that both services read."""

    secret_key: str = field(
        metadata=variable("SECRET_KEY", secret, "Django's secret, 32 characters or more"),
        repr=False,
    )
    database_url: DatabaseAddress = field(
        metadata=variable(
            "DATABASE_URL",
            database_url,
            "PostgreSQL, as postgresql://user:password@host:port/name",
        )
    )
    redis_url: str = field(
        metadata=variable("REDIS_URL", redis_url, "Redis, as redis://host:port/0"), repr=False
    )
    allowed_hosts: tuple[str, ...] = field(
        metadata=variable("ALLOWED_HOSTS", names, "the Host names to answer, as a comma list")
    )
    csrf_trusted_origins: tuple[str, ...] = field(
        default=(),
        metadata=variable("CSRF_TRUSTED_ORIGINS", names, "further origins whose forms are trusted"),
    )
    hsts_seconds: int = field(
        default=0,
        metadata=variable(
            "HSTS_SECONDS", whole_number, "how long browsers shall insist on HTTPS; 0 is off"
        ),
    )
    database_pool_size: int = field(
        default=8,
        metadata=variable(
            "DATABASE_POOL_SIZE", whole_number, "the most connections of one process; 0 is no pool"
        ),
    )
    static_root: str | None = field(
        default=None,
        metadata=variable("STATIC_ROOT", text, "the folder that `collectstatic` fills"),
    )
    log_level: str = field(
        default="INFO",
        metadata=variable("LOG_LEVEL", level, "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    )
