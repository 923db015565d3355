"""Servers of a test's own, set up as the stack's are: they may be stopped, filled and misused."""

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from deploy.stack import packages, ports, processes
from deploy.stack.accounts import give, serving
from deploy.stack.mariadb import MariaDB
from deploy.stack.postgres import Postgres
from deploy.stack.reach import reason_not_reachable
from deploy.stack.site import Site
from tests.etl.world import migrate

SECONDS = 60.0
_SECRETS = dict.fromkeys(("modern", "postgres_admin", "bridge", "mariadb_admin"), "of-a-test")


@dataclass(slots=True)
class OwnServer:
    """One server on a port that it keeps when it is started again."""

    server: Postgres | MariaDB
    process: processes.Process | None = field(default=None)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        site = self.server.site
        self.process = processes.spawn(
            ("setpriv", "--pdeathsig", "KILL", *self.server.command()),
            log=site.data.with_suffix(".log"),
            cwd=site.data,
            account=site.account,
        )
        deadline = time.monotonic() + SECONDS
        while reason := reason_not_reachable(self.server.name, self.server.admin_url):
            assert time.monotonic() < deadline, reason
            time.sleep(0.05)
        self.server.prepare()

    def stop(self, how: signal.Signals) -> None:
        """Stop it as one signal does, and wait for its end."""
        if self.process is not None:
            processes.stop(self.process, first=how, patience_seconds=SECONDS)
            self.process = None

    def restart(self, how: signal.Signals) -> None:
        """Stop it and start it again."""
        self.stop(how)
        self.start()


@dataclass(frozen=True, slots=True)
class OwnServers:
    """A legacy and a modern server; modern's template has modern's tables."""

    legacy: OwnServer
    modern: OwnServer


@contextmanager
def own_servers() -> Iterator[OwnServers]:
    """Make and run both servers for as long as the block runs."""
    with ExitStack() as stack:
        legacy, modern = (_made(stack, kind) for kind in (MariaDB, Postgres))
        migrate(modern.server.url)
        yield OwnServers(legacy, modern)


@contextmanager
def modern_database(modern: OwnServer, *, tablespace: str = "pg_default") -> Iterator[str]:
    """Give the URL of a database with modern's tables."""
    admin = modern.server.admin_url
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE faults TEMPLATE modern_edx OWNER modern"
            f" TABLESPACE {tablespace}".encode()
        )
    try:
        yield modern.server.url.replace("/modern_edx", "/faults")
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("DROP DATABASE faults WITH (FORCE)")


def _made(stack: ExitStack, kind: type[Postgres | MariaDB]) -> OwnServer:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="etl-faults-")))
    folder.chmod(0o755)
    account = serving(kind.accounts)
    data = folder / "data"
    data.mkdir(mode=0o700)
    give(account, data)
    site = Site(
        data=data,
        port=ports.free(),
        account=account,
        programs=packages.provide(kind.programs),
        secrets=_SECRETS,
    )
    server = kind(site)
    subprocess.run(
        server.initialise(data),
        check=True,
        capture_output=True,
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    own = OwnServer(server)
    own.start()
    stack.callback(own.stop, server.stop_signal)
    return own
