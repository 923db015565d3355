"""A server of a test's own ends with the test, however that ends."""

import signal
import subprocess
import sys

from deploy.stack import processes
from tests.etl import private_mariadb
from tests.etl.world import wait_until

RUN = """
import sys
from pathlib import Path

from deploy.stack.reach import connect_mysql
from tests.etl import private_mariadb

with private_mariadb.running(Path(sys.argv[1])) as url:
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@pid_file")
        print(Path(cursor.fetchone()[0]).read_text(), flush=True)
    sys.stdin.read()
"""


def test_a_server_does_not_outlive_a_test_that_is_killed() -> None:
    with (
        private_mariadb.made() as folder,
        subprocess.Popen(
            (sys.executable, "-c", RUN, str(folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as run,
    ):
        assert run.stdout is not None
        server = processes.of(int(run.stdout.readline()))
        assert processes.alive(server)

        run.send_signal(signal.SIGKILL)
        run.wait()

        wait_until(lambda: not processes.alive(server))
