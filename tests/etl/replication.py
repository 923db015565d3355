"""A primary and its replica, servers of a test's own, of MariaDB or of MySQL."""

from contextlib import AbstractContextManager, ExitStack, closing
from urllib.parse import urlsplit

from deploy.stack.reach import connect_mysql
from tests.etl import private_mariadb
from tests.mysql import server as mysql
from tests.mysql.server import RELEASES

_INTERLEAVED = ("--auto-increment-increment=2", "--auto-increment-offset=1", "--log-slave-updates")


class Pair:
    """A primary with a log of named transactions, and its replica."""

    def __init__(self, servers: ExitStack, flavour: str) -> None:
        self.flavour = flavour
        self._primary = servers.enter_context(ExitStack())
        self.primary = self._primary.enter_context(_started(servers, flavour, 1))
        self.replica = servers.enter_context(_started(servers, flavour, 2))
        self.auto = "MASTER_AUTO_POSITION=1" if flavour in RELEASES else "MASTER_USE_GTID=slave_pos"

    def replicate(self) -> None:
        """Let the replica follow the primary."""
        primary = urlsplit(self.primary)
        self.order(
            f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.port},"
            f" MASTER_USER='admin', MASTER_PASSWORD='admin', {self.auto}",
            "START SLAVE",
        )

    def fail_over(self) -> None:
        """Stop the primary, and let the replica stand alone."""
        self._primary.close()
        self.order("STOP SLAVE", "RESET SLAVE ALL")

    def order(self, *statements: str) -> None:
        """Tell the replica's administrator's wish."""
        url = mysql.as_admin(self.replica)
        with closing(connect_mysql(url)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _started(servers: ExitStack, flavour: str, number: int) -> AbstractContextManager[str]:
    if release := RELEASES.get(flavour):
        folder = servers.enter_context(mysql.made(release))
        return mysql.running(release, folder, *mysql.GTID, f"server-id={number}")
    folder = servers.enter_context(private_mariadb.made())
    options = (*private_mariadb.LOGGING, *_INTERLEAVED, f"--server-id={number}")
    return private_mariadb.running(folder, *options)
