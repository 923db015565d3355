"""A legacy and a modern database with the recorded rows on both sides, and the ETL between them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.stack import Servers
from tests.legacy_lms import database
from tests.servers import fresh_mariadb, fresh_postgres

__all__ = ["Bridge", "built"]


@dataclass(frozen=True, slots=True)
class Bridge:
    """Both URLs; the ETL is run as people run it."""

    legacy: str
    modern: str

    def etl(self, *words: str) -> None:
        """Run one command of the ETL to its end; it must succeed."""
        self.run("etl", *words)

    def run(self, module: str, *words: str) -> None:
        """Run a Python module with both databases in its environment."""
        urls = {"LEGACY_DATABASE_URL": self.legacy, "DATABASE_URL": self.modern}
        settings = {"DJANGO_SETTINGS_MODULE": "compat.settings.test"}
        done = subprocess.run(
            [sys.executable, "-m", module, *words],
            env=os.environ | urls | settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), f"{module} {words}: {done.stderr}"


@contextmanager
def built(servers: Servers) -> Iterator[Bridge]:
    """Load the recorded rows into MariaDB, migrate PostgreSQL, install the bridge and backfill."""
    with fresh_mariadb(servers) as legacy, fresh_postgres(servers) as modern:
        bridge = Bridge(legacy, modern)
        database.load(legacy)
        bridge.run("django", "migrate", "--verbosity", "0")
        bridge.etl("install")
        bridge.etl("backfill")
        yield bridge
