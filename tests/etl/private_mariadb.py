"""A MariaDB of a test's own, for what cannot be tried on a server that others use."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack import ports
from tests import private_mysql

_USERS = """
CREATE DATABASE IF NOT EXISTS edxapp;
CREATE OR REPLACE USER admin IDENTIFIED BY 'admin';
GRANT ALL ON *.* TO admin;
CREATE OR REPLACE USER reader IDENTIFIED BY 'reader';
GRANT ALL ON edxapp.* TO reader;
"""
# MariaDB refuses to run as root.
_USER = "mysql" if os.geteuid() == 0 else ""
LOGGING = ("--log-bin=log", "--binlog-format=ROW", "--binlog-row-image=FULL")


@contextmanager
def made() -> Iterator[Path]:
    """Make a folder with the system tables, which the server's own user can reach."""
    with tempfile.TemporaryDirectory(prefix="etl-mariadb-") as name:
        _make(Path(name))
        yield Path(name)


def _make(folder: Path) -> None:
    (folder / "users.sql").write_text(_USERS)
    if _USER:
        folder.chmod(0o755)
        shutil.chown(folder, _USER)
    subprocess.run(
        (
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={folder / 'data'}",
            f"--tmpdir={folder}",
            "--skip-test-db",
            *((f"--user={_USER}",) if _USER else ()),
        ),
        check=True,
        capture_output=True,
    )


@contextmanager
def running(folder: Path, *options: str) -> Iterator[str]:
    """Run the server of a folder, give the administrator's URL, stop it."""
    port = ports.free()
    command = (
        "mariadbd",
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        f"--init-file={folder / 'users.sql'}",
        f"--tmpdir={folder}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--socket=m.sock",
        "--server-id=77",
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=32M",
        "--innodb-flush-log-at-trx-commit=0",
        "--sync-binlog=0",
        *options,
    )
    url = f"mysql://admin:admin@127.0.0.1:{port}/edxapp"
    with private_mysql.running(command, url, folder, user=_USER):
        yield url
