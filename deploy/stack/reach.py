"""Ask a server, by its URL, whether it answers; the same question for ours and for given ones."""

from urllib.parse import unquote, urlsplit

import psycopg
import pymysql
import redis

__all__ = ["connect_mysql", "reason_not_reachable"]

_PATIENCE_SECONDS = 10


def reason_not_reachable(name: str, url: str) -> str | None:
    """Return why the server of kind `name` cannot be used, None when it answers."""
    try:
        _ASK[name](url)
    except (OSError, ValueError, psycopg.Error, pymysql.Error, redis.RedisError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return None


def connect_mysql(url: str) -> pymysql.Connection:
    """Open a connection to a `mysql://user:password@host:port/name`."""
    parts = urlsplit(url)
    if parts.scheme != "mysql" or parts.hostname is None:
        raise ValueError("it must look like mysql://user:password@host:port/name")
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path.lstrip("/") or None,
        connect_timeout=_PATIENCE_SECONDS,
    )


def _ask_postgres(url: str) -> None:
    with psycopg.connect(url, connect_timeout=_PATIENCE_SECONDS) as connection:
        connection.execute("SELECT 1")


def _ask_mysql(url: str) -> None:
    connect_mysql(url).close()


def _ask_redis(url: str) -> None:
    with redis.Redis.from_url(
        url, socket_connect_timeout=_PATIENCE_SECONDS, socket_timeout=_PATIENCE_SECONDS
    ) as client:
        client.ping()


_ASK = {"postgres": _ask_postgres, "mariadb": _ask_mysql, "redis": _ask_redis}
