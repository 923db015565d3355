"""A primary and its replica, servers of a test's own, of MariaDB or of MySQL 5.6."""

from contextlib import AbstractContextManager, ExitStack, closing
from urllib.parse import urlsplit

from deploy.stack.reach import connect_mysql
from tests.etl import private_mariadb
from tests.mysql56 import server as mysql56

_INTERLEAVED = ("--auto-increment-increment=2", "--auto-increment-offset=1", "--log-slave-updates")


class Pair:
    """A primary with a log of named transactions, and its replica."""

    def __init__(self, servers: ExitStack, flavour: str) -> None:
        self._primary = servers.enter_context(ExitStack())
        start = _mysql if flavour == "mysql56" else _mariadb
        self.primary = self._primary.enter_context(start(servers, 1))
        self.replica = servers.enter_context(start(servers, 2))
        self.auto = (
            "MASTER_AUTO_POSITION=1" if flavour == "mysql56" else "MASTER_USE_GTID=slave_pos"
        )

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
        url = mysql56.as_admin(self.replica)
        with closing(connect_mysql(url)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _mysql(servers: ExitStack, number: int) -> AbstractContextManager[str]:
    folder = servers.enter_context(mysql56.made())
    return mysql56.running(folder, *mysql56.GTID, f"server-id={number}")


def _mariadb(servers: ExitStack, number: int) -> AbstractContextManager[str]:
    folder = servers.enter_context(private_mariadb.made())
    options = (*private_mariadb.LOGGING, *_INTERLEAVED, f"--server-id={number}")
    return private_mariadb.running(folder, *options)
