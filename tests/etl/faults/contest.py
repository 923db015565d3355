"""Writers on both sides who write the same rows, and keep account of what they committed.

Values are few, so that one that was overwritten comes back; rows are deleted and made again. They
write few rows at a time and go on to others: what went wrong with a row is not written over later.
"""

import itertools
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Final

import psycopg
import pymysql
from pymysql.constants import ER

from deploy.stack.reach import connect_mysql
from tests.etl.faults.application import LEGACY, MODERN, Application
from tests.etl.world import World

ROWS: Final = 500
# How many rows are written at a time, and how many transactions until the next one is among them.
WINDOW: Final = 8
TURNS: Final = 10
OWN_COURSE: Final = "course-v1:LabU+OWN{}+2016"
COURSE: Final = "course-v1:LabU+CAT{:02d}+2016"
MODES: Final = ("audit", "honor", "verified")
NAMES: Final = ("", "Ada", "Zoë")
# At this pace the workers keep up, although they are away half of the time.
PAUSE_SECONDS: Final = 0.02
_LOST_A_RACE: Final = {ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT}


@dataclass(slots=True)
class Account:
    """What was committed: modern's writes that changed a row, and the rows that one side made."""

    modern_writes: int = 0
    legacy_writes: int = 0
    made_in_legacy: list[int] = field(default_factory=list)
    made_in_modern: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Contest:
    """The rows that both sides write: enrolments by id, each with its learner and course."""

    enrolments: dict[int, tuple[int, str]]
    users: tuple[int, ...]
    turns: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    def prepared(cls, world: World) -> "Contest":
        """Make the contested rows in legacy, and bring them to modern."""
        users = [int(str(key)) for (key,) in world.legacy_rows("SELECT id FROM auth_user")]
        pairs = [(user, COURSE.format(number)) for number in range(100, 999) for user in users]
        world.write_many(
            "INSERT INTO student_courseenrollment (user_id, course_id, created, is_active, mode)"
            " VALUES (%s, %s, '2026-01-01', 1, 'audit')",
            pairs[:ROWS],
        )
        world.caught_up()
        found = world.rows(
            "SELECT id, user_id, course_key FROM enrollment_enrollment ORDER BY id DESC LIMIT %s",
            ROWS,
        )
        enrolments = {int(str(key)): (int(str(user)), str(course)) for key, user, course in found}
        return cls(enrolments, tuple(users[:10]))

    def transaction(self, side: Application, draw: random.Random) -> int:
        """Run one to three statements in the order of their keys, and commit them."""
        changed = 0
        begin = next(self.turns) // TURNS
        keys = [*itertools.islice(itertools.cycle(self.enrolments), begin, begin + WINDOW)]
        for key in sorted(draw.sample(keys, draw.randint(1, 3))):
            changed += self._statement(side, key, draw)
        if draw.random() < 0.3:
            changed += side.set_name(draw.choice(self.users), draw.choice(NAMES))
        if draw.random() < 0.3:
            course = OWN_COURSE.format(draw.getrandbits(48))
            changed += side.enrol_anew(draw.choice(self.users), course)
        side.commit()
        return changed

    def _statement(self, side: Application, key: int, draw: random.Random) -> int:
        mode = draw.choice(MODES)
        kind = draw.random()
        if kind < 0.7:
            return side.set_mode(key, mode, active=draw.random() < 0.5)
        if kind < 0.85:
            return side.enrol(key, self.enrolments[key], mode)
        return side.leave(key)


def write_legacy(
    world: World, contest: Contest, account: Account, draw: random.Random, over: threading.Event
) -> None:
    """Write to legacy until it is over."""
    with closing(connect_mysql(world.environment["LEGACY_DATABASE_URL"])) as connection:
        for changed, made in _writing(Application(connection, LEGACY), contest, draw, over):
            account.legacy_writes += changed
            account.made_in_legacy += made


def write_modern(
    world: World, contest: Contest, account: Account, draw: random.Random, over: threading.Event
) -> None:
    """Write to modern until it is over."""
    with psycopg.connect(world.environment["DATABASE_URL"]) as connection:
        for changed, made in _writing(Application(connection, MODERN), contest, draw, over):
            account.modern_writes += changed
            account.made_in_modern += made


def _writing(
    side: Application, contest: Contest, draw: random.Random, over: threading.Event
) -> Iterator[tuple[int, Sequence[int]]]:
    """Write until it is over; give how many rows each transaction changed, and which it made."""
    while not over.wait(PAUSE_SECONDS):
        yield _tried(contest, side, draw)


def _tried(contest: Contest, side: Application, draw: random.Random) -> tuple[int, Sequence[int]]:
    """Run a transaction; one that lost a race for its rows is taken back and counts for nothing."""
    side.made = []
    try:
        return contest.transaction(side, draw), side.made
    except (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable):
        side.roll_back()
    except pymysql.err.OperationalError as error:
        if error.args[0] not in _LOST_A_RACE:
            raise
        side.roll_back()
    return 0, ()


Writer = Callable[[World, Contest, Account, random.Random, threading.Event], None]


@contextmanager
def written(world: World, contest: Contest, *, seed: int) -> Iterator[list[Account]]:
    """Let two writers on each side write for as long as the block runs; gives their accounts."""
    over, failures = threading.Event(), list[BaseException]()
    accounts = [Account() for _ in range(4)]

    def run(write: Writer, account: Account, draw: random.Random) -> None:
        try:
            write(world, contest, account, draw, over)
        except BaseException as error:  # noqa: BLE001 - a thread's end is told by the block's end
            failures.append(error)

    writers = (write_legacy, write_modern, write_legacy, write_modern)
    threads = [
        threading.Thread(target=run, args=(write, account, random.Random(f"{seed} {number}")))
        for number, (write, account) in enumerate(zip(writers, accounts, strict=True))
    ]
    for thread in threads:
        thread.start()
    try:
        yield accounts
    finally:
        over.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def total(accounts: Sequence[Account]) -> Account:
    """Add accounts up."""
    return Account(
        modern_writes=sum(account.modern_writes for account in accounts),
        legacy_writes=sum(account.legacy_writes for account in accounts),
        made_in_legacy=[key for account in accounts for key in account.made_in_legacy],
        made_in_modern=[key for account in accounts for key in account.made_in_modern],
    )
