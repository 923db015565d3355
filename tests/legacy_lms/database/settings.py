"""The environment, read once: where the sandbox database is."""

import os

__all__ = ["legacy_database_url"]


def legacy_database_url() -> str | None:
    """Give ``LEGACY_DATABASE_URL`` (``mysql://user:password@host:port/database``), if it is set."""
    return os.environ.get("LEGACY_DATABASE_URL") or None
