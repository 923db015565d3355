"""Django's way of naming PostgreSQL and Redis, built from what the environment gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modern.shared.environment import DatabaseAddress

CONNECT_SECONDS = 5


def plain_database(address: DatabaseAddress) -> dict[str, Any]:
    """Return the entry of DATABASES that opens one connection per thread."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": address.port,
        "OPTIONS": {"connect_timeout": CONNECT_SECONDS, **dict(address.options)},
    }


def pooled_database(address: DatabaseAddress, *, size: int) -> dict[str, Any]:
    """Return the entry of DATABASES with a pool of `size` connections per process; 0 is no pool."""
    entry = plain_database(address)
    if size == 0:
        return {**entry, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    pool = {"min_size": 1, "max_size": size, "timeout": CONNECT_SECONDS}
    return {**entry, "OPTIONS": {**entry["OPTIONS"], "pool": pool}}


def caches(url: str, *, prefix: str = "modern") -> dict[str, Any]:
    """Return CACHES with Redis as the only cache; it answers or fails within seconds."""
    seconds = {"socket_connect_timeout": 2, "socket_timeout": 2}
    return {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": url,
            "KEY_PREFIX": prefix,
            "OPTIONS": seconds,
        }
    }
