"""The edge of the generator: rows go to the server in chunks, each a ``LOAD DATA`` and a commit.

While the server loads one chunk the next is made, so a run takes about the longer of the two.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.legacy_lms.database import errors, facts
from tests.legacy_lms.database.connection import Address, connect, fetch
from tests.legacy_lms.database.generator import courses, enrollments, modules, people, ugly
from tests.legacy_lms.database.generator.plan import Plan, Record, World
from tests.legacy_lms.database.generator.progress import Progress
from tests.legacy_lms.database.loader import is_loaded
from tests.legacy_lms.database.rows import encode

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

__all__ = ["Outcome", "generate", "tables", "world_of"]

# Indexes made between two commits: about 10 MB of the widest rows, a fraction of a second of work.
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run wrote, by table, and whether it came to its end or was stopped before."""

    finished: bool
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Job:
    """One table to fill: each index below ``count`` makes any number of its rows."""

    table: str
    count: int
    make: Callable[[World, int], Iterable[Record]]


def tables(plan: Plan) -> list[Job]:
    """List what a plan fills, parents first."""
    seats, visits = plan.enrollments, plan.studentmodules
    return [
        Job("auth_user", plan.users, _one(people.user)),
        Job("auth_userprofile", plan.users, _one(people.profile)),
        Job("auth_registration", plan.users, _one(people.registration)),
        Job("course_overviews_courseoverview", plan.courses, _one(courses.overview)),
        Job("course_modes_coursemode", plan.courses, courses.modes),
        Job("student_courseaccessrole", plan.courses, courses.roles),
        Job("student_courseenrollment", seats, _one(enrollments.enrollment_row)),
        Job("student_historicalcourseenrollment", seats, enrollments.history),
        Job("certificates_generatedcertificate", seats, enrollments.certificates),
        Job("courseware_studentmodule", visits, _one(modules.studentmodule)),
        Job("courseware_studentmodulehistory", visits, modules.history),
    ]


def generate(
    url: str,
    plan: Plan,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Add a plan's rows to a loaded sandbox; asked to stop, it ends after the chunk at hand.

    Raises NotLoadedError, AlreadyGeneratedError, and RowsLostError if keys collide.
    """
    database = Address.parse(url).database
    if not is_loaded(url):
        raise errors.NotLoadedError(database)
    with connect(url) as connection, TemporaryDirectory() as folder:
        connection.select_db(database)
        _refuse_a_second_time(connection, database)
        run = _Run(world_of(connection, plan), connection, Path(folder), report, stopped)
        finished = all(run.fill(job) for job in tables(plan))
        return Outcome(finished, run.written)


def world_of(connection: "Connection[Cursor]", plan: Plan) -> World:
    """Lay out the plan's world behind the rows that are there."""
    return World.of(plan, {job.table: _first_id(connection, job.table) for job in tables(plan)})


@dataclass(slots=True)
class _Run:
    world: World
    connection: "Connection[Cursor]"
    folder: Path
    report: Callable[[Progress], None]
    stopped: Callable[[], bool]
    written: dict[str, int] = field(default_factory=dict)

    def fill(self, job: Job) -> bool:
        """Write one table; false if asked to stop before its end."""
        began, sending = time.monotonic(), Future[int]()
        sending.set_result(0)
        self.written[job.table] = 0
        with ThreadPoolExecutor(max_workers=1) as server:
            for number, start in enumerate(range(0, job.count, CHUNK)):
                end = min(start + CHUNK, job.count)
                path = self.folder / str(number % 2)
                rows = _write(path, self._lines(job, start, end))
                self.written[job.table] += sending.result()
                if self.stopped():
                    return False
                if start:
                    self._tell(job, start, began)
                sending = server.submit(_load, self.connection, job.table, path, rows)
            self.written[job.table] += sending.result()
        self._tell(job, job.count, began)
        return not self.stopped()

    def _lines(self, job: Job, start: int, end: int) -> Iterator[bytes]:
        ugly_too = self.world.plan.ugly
        for index in range(start, end):
            for record in job.make(self.world, index):
                row = ugly.spoil(job.table, index, record) if ugly_too else record
                yield encode([None if value is None else str(value).encode() for value in row])

    def _tell(self, job: Job, done: int, began: float) -> None:
        seconds = time.monotonic() - began
        if job.count:
            rows = self.written[job.table]
            self.report(Progress(job.table, done, job.count, rows, seconds))


def _one(make: Callable[[World, int], Record]) -> Callable[[World, int], Iterable[Record]]:
    return lambda world, index: (make(world, index),)


def _write(path: Path, lines: Iterable[bytes]) -> int:
    count = 0
    with path.open("wb") as file:
        for line in lines:
            file.write(line + b"\n")
            count += 1
    return count


def _load(connection: "Connection[Cursor]", table: str, path: Path, rows: int) -> int:
    """Send one chunk; LOCAL skips rows with known keys silently, so the server's count is read."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE `{table}` CHARACTER SET utf8mb4"
        )
        if cursor.rowcount != rows:
            connection.rollback()
            raise errors.RowsLostError(table, rows, cursor.rowcount)
    connection.commit()
    return rows


def _first_id(connection: "Connection[Cursor]", table: str) -> int:
    primary = facts.tables()[table].indexes[0].columns[0]
    kinds = {column.name: column.type for column in facts.tables()[table].columns}
    if not kinds[primary].startswith("int"):
        return 1
    ((most,),) = fetch(connection, f"SELECT COALESCE(MAX(`{primary}`), 0) FROM `{table}`")
    return int(most) + 1 + int(most) % 2


def _refuse_a_second_time(connection: "Connection[Cursor]", database: str) -> None:
    query = "SELECT 1 FROM course_overviews_courseoverview WHERE org IN %s LIMIT 1"
    if fetch(connection, query, courses.ORGS):
        raise errors.AlreadyGeneratedError(database)
