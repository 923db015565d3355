"""The stack's PostgreSQL: role `modern` (may create databases) owns `modern_edx`.

Durability is off: a crash of the machine may cost the development data, never a production's.
"""

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, LiteralString

import psycopg
from psycopg import sql

from deploy.stack.accounts import give
from deploy.stack.site import Site
from deploy.stack.state import write_private

__all__ = ["Postgres", "configuration"]


def configuration(port: int) -> dict[str, str]:
    """Return the server's settings; TCP on loopback only, because socket paths may be too long."""
    return {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "128MB",
        "max_wal_size": "2GB",
    }


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL server."""

    site: Site
    name: ClassVar[str] = "postgres"
    programs: ClassVar[tuple[str, ...]] = ("initdb", "postgres")
    accounts: ClassVar[tuple[str, ...]] = ("postgres",)
    # SIGTERM would wait for every client to leave; SIGINT ends their sessions.
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    @property
    def url(self) -> str:
        """Return the URL of the role and database that the rooms use."""
        return self._url("modern", self.site.secrets["modern"], "modern_edx")

    @property
    def admin_url(self) -> str:
        """Return the URL of the administrator."""
        return self._url("postgres", self.site.secrets["postgres_admin"], "postgres")

    def initialise(self, data: Path) -> tuple[str, ...]:
        """Return the command that makes a cluster with a password for its administrator."""
        password = data.with_suffix(".password")
        write_private(password, self.site.secrets["postgres_admin"])
        give(self.site.account, password)
        return (
            str(self.site.programs["initdb"]),
            f"--pgdata={data}",
            "--username=postgres",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )

    def command(self) -> tuple[str, ...]:
        """Return the command that runs the server in the foreground."""
        settings = configuration(self.site.port).items()
        options = (word for name, value in settings for word in ("-c", f"{name}={value}"))
        return (str(self.site.programs["postgres"]), "-D", str(self.site.data), *options)

    def prepare(self) -> None:
        """Make the role and the database where they are missing."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = 'modern'"):
                password = sql.Literal(self.site.secrets["modern"])
                connection.execute(
                    sql.SQL("CREATE ROLE modern LOGIN CREATEDB PASSWORD {}").format(password)
                )
            if not _exists(connection, "SELECT FROM pg_database WHERE datname = 'modern_edx'"):
                connection.execute("CREATE DATABASE modern_edx OWNER modern")

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.site.port}/{database}"


def _exists(connection: psycopg.Connection, query: LiteralString) -> bool:
    return connection.execute(query).fetchone() is not None
