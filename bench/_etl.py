"""Two databases of a benchmark's own on the development servers, with the bridge installed."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack import up
from tests.etl.world import World, connected, restore
from tests.servers import fresh_mariadb, fresh_postgres

ENROL = (
    "INSERT INTO student_courseenrollment (id, user_id, course_id, created, is_active, mode)"
    " SELECT seq * 2 + 100001, seq % 40000, CONCAT('course-v1:BenchX+C', seq % 97, '+2016'),"
    " '2016-05-01' + INTERVAL seq SECOND, seq % 5 > 0, IF(seq % 3, 'audit', 'honor')"
    " FROM seq_1_to_{rows}"
)


@contextmanager
def bridge(*, enrolments: int) -> Iterator[World]:
    """Give a world whose legacy side has that many enrolments, none of them copied yet."""
    servers = up()
    os.environ.update(servers.environment)
    with fresh_postgres(servers) as modern, fresh_mariadb(servers) as legacy:
        subprocess.run(
            (sys.executable, "-m", "django", "migrate", "--verbosity=0"),
            env=os.environ
            | {"DATABASE_URL": modern, "DJANGO_SETTINGS_MODULE": "modern.lms.settings.test"},
            check=True,
        )
        restore(legacy)
        with connected(legacy, modern) as world:
            world.write(ENROL.format(rows=enrolments))
            assert world.etl("install").code == 0
            yield world


def peak_megabytes(pid: int) -> float:
    """Give the most memory that a running process has had resident."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
