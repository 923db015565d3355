"""The stack's MariaDB, set up as the legacy installation's MySQL is: row log, no SQL mode, odd ids.

Its user `bridge` may do everything in databases named `edxapp…`, and read the binlog, because tests
make databases. A production bridge needs only `PRODUCTION_GRANTS`, as a test shows.
"""

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from deploy.stack.accounts import give
from deploy.stack.site import Site
from deploy.stack.state import write_private

__all__ = ["PRODUCTION_GRANTS", "MariaDB", "configuration", "first_statements"]

# What the ETL needs on a real legacy database, and no more.
PRODUCTION_GRANTS = (
    "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'bridge'@'%'",
    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON `edxapp`.* TO 'bridge'@'%'",
)


def configuration(port: int) -> dict[str, str]:
    """Return the server's settings: first what the bridge asks of legacy, then what is local."""
    return {
        "log-bin": "binlog",
        "server-id": str(port),
        "binlog-format": "ROW",
        "binlog-row-image": "FULL",
        # Releases of the legacy era write no column names into the log.
        "binlog-row-metadata": "NO_LOG",
        "expire-logs-days": "3",
        "sql-mode": "",
        "innodb-strict-mode": "OFF",
        "character-set-server": "utf8mb3",
        "collation-server": "utf8mb3_general_ci",
        # Legacy makes odd ids, modern makes even ones.
        "auto-increment-increment": "2",
        "auto-increment-offset": "1",
        "default-time-zone": "+00:00",
        "max-connections": "200",
        "port": str(port),
        "bind-address": "127.0.0.1",
        "skip-name-resolve": "ON",
        # Relative to the data folder: an absolute path may exceed what a socket address holds.
        "socket": "mariadb.sock",
        "pid-file": "mariadb.pid",
        # Speed instead of durability, for development only.
        "innodb-flush-log-at-trx-commit": "0",
        "innodb-doublewrite": "OFF",
        "innodb-flush-method": "nosync",
        "sync-frm": "OFF",
        "sync-binlog": "0",
        "innodb-buffer-pool-size": "256M",
        "performance-schema": "OFF",
    }


def first_statements(bridge_password: str, admin_password: str) -> tuple[str, ...]:
    """Return the statements run at every start, one a line, harmless when repeated."""
    bridge, root = "'bridge'@'127.0.0.1'", "'root'@'127.0.0.1'"
    return (
        "CREATE DATABASE IF NOT EXISTS `edxapp`;",
        f"CREATE USER IF NOT EXISTS {bridge};",
        f"ALTER USER {bridge} IDENTIFIED BY '{bridge_password}';",
        f"GRANT ALL ON `edxapp%`.* TO {bridge};",
        f"GRANT REPLICATION SLAVE, REPLICATION CLIENT, RELOAD ON *.* TO {bridge};",
        f"CREATE USER IF NOT EXISTS {root};",
        f"ALTER USER {root} IDENTIFIED BY '{admin_password}';",
        f"GRANT ALL ON *.* TO {root} WITH GRANT OPTION;",
        f"ALTER USER IF EXISTS 'root'@'localhost' IDENTIFIED BY '{admin_password}';",
    )


@dataclass(frozen=True, slots=True)
class MariaDB:
    """One MariaDB server."""

    site: Site
    name: ClassVar[str] = "mariadb"
    programs: ClassVar[tuple[str, ...]] = ("mariadb-install-db", "mariadbd")
    accounts: ClassVar[tuple[str, ...]] = ("mysql",)
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @property
    def url(self) -> str:
        """Return the URL of the user and database that the rooms use."""
        password = self.site.secrets["bridge"]
        return f"mysql://bridge:{password}@127.0.0.1:{self.site.port}/edxapp"

    @property
    def admin_url(self) -> str:
        """Return the URL of the administrator, for tests that change the server itself."""
        password = self.site.secrets["mariadb_admin"]
        return f"mysql://root:{password}@127.0.0.1:{self.site.port}/edxapp"

    def initialise(self, data: Path) -> tuple[str, ...]:
        """Return the command that makes the system tables."""
        return (
            str(self.site.programs["mariadb-install-db"]),
            "--no-defaults",
            f"--datadir={data}",
            f"--tmpdir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
        )

    def command(self) -> tuple[str, ...]:
        """Return the command that runs the server in the foreground."""
        first = self.site.data.with_suffix(".sql")
        lines = first_statements(self.site.secrets["bridge"], self.site.secrets["mariadb_admin"])
        write_private(first, "\n".join(lines))
        give(self.site.account, first)
        # A server that starts deletes whatever temporary tables it finds: none of another's.
        temporary = self.site.data.with_suffix(".tmp")
        temporary.mkdir(exist_ok=True)
        give(self.site.account, temporary)
        options = (f"--{name}={value}" for name, value in configuration(self.site.port).items())
        return (
            str(self.site.programs["mariadbd"]),
            "--no-defaults",
            f"--datadir={self.site.data}",
            f"--init-file={first}",
            f"--tmpdir={temporary}",
            *options,
        )

    def prepare(self) -> None:
        """Nothing is left to do: the first statements ran before the server listened."""
