"""Whether both sides came out of it equal, each row once and nothing going round: a list of rules.

Rows are compared here by plain queries on both sides, not by the ETL's own readers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from etl.rows import Position
from etl.tables import ALL, BY_SOURCE
from tests.etl.faults.contest import OWN_COURSE, Account
from tests.etl.logs import heard, opened
from tests.etl.world import World, wait_until

MAX_SHOWN: Final = 5
_OWN: Final = OWN_COURSE.partition("{")[0].encode()
HEARTBEATS: Final = 2
"""For how many signs of life of the follower there has to be silence."""
_LEDGER: Final = """
    CREATE TABLE ledger (id bigint);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO ledger VALUES (NEW.id); RETURN NULL; END $$;
    CREATE TRIGGER note AFTER INSERT ON enrollment_enrollment FOR EACH ROW
        WHEN (current_setting('bridge.origin', true) = 'legacy') EXECUTE FUNCTION note();
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_sleep(0.02); RETURN NEW; END $$;
    CREATE TRIGGER dawdle BEFORE UPDATE ON bridge.position
        FOR EACH ROW EXECUTE FUNCTION dawdle();
    CREATE TRIGGER dawdle BEFORE INSERT ON enrollment_enrollment FOR EACH STATEMENT
        WHEN (current_setting('bridge.origin', true) = 'legacy') EXECUTE FUNCTION dawdle()
"""
_LEGACY: Final = (
    "SELECT id, user_id, course_id, mode, is_active FROM student_courseenrollment",
    "SELECT id, username, first_name FROM auth_user",
)
_MODERN: Final = (
    "SELECT id, user_id, course_key, mode, active FROM enrollment_enrollment",
    "SELECT id, username, first_name FROM identity_user",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, how much it was tried on, and what broke it."""

    rule: str
    tried: int
    broken: Sequence[str]

    def __str__(self) -> str:
        shown = "".join(f"\n    {each}" for each in self.broken[:MAX_SHOWN])
        return f"{'BROKEN' if self.broken else 'kept'}: {self.rule} ({self.tried}){shown}"


@dataclass(frozen=True, slots=True)
class Since:
    """Where the log was at the beginning, and what the outbox held."""

    position: Position
    entries: int


def begun(world: World) -> Since:
    """Begin to keep a ledger: a note in the transaction that stores a row for the first time.

    The follower's place and rows dawdle, so that kills fall between them.
    """
    world.modern.execute(_LEDGER)
    return Since(log_end(world), _number(world, "SELECT count(*) FROM bridge.outbox"))


def judge(world: World, account: Account, since: Since) -> list[Finding]:
    """Judge two sides that have come to rest, both workers running."""
    return [
        Finding("both sides hold the same rows", *_differences(world)),
        Finding("etl verify finds both sides equal", *_verified(world)),
        Finding("every modern write has one entry", *_entries(world, account, since)),
        Finding(
            "the log holds what legacy wrote itself, and modern's rows, once each",
            *_logged(world, account, since),
        ),
        Finding(
            "every row that legacy made was stored for the first time once", *_noted(world, account)
        ),
        Finding("no row is set aside", *_aside(world)),
        Finding("nothing is written after all is carried", *_silence(world)),
    ]


def log_end(world: World) -> Position:
    """Say where legacy's log ends."""
    ((file, offset, *_),) = world.legacy_rows("SHOW MASTER STATUS")
    return Position(str(file), int(str(offset)))


def is_at_rest(world: World) -> bool:
    """Whether legacy contains every modern write, and the follower has passed all of the log."""
    place = world.rows('SELECT file, "offset" FROM bridge.position')
    end = log_end(world)
    last = world.value("SELECT coalesce(max(seq), 0) FROM bridge.outbox")
    marks = world.legacy_rows("SELECT last_seq FROM bridge_origin")
    # The mark first: what write-back still writes moves the log.
    return marks[0][0] == last and place == [(end.file, end.offset)]


def _differences(world: World) -> tuple[int, list[str]]:
    broken, tried = list[str](), 0
    for legacy_query, modern_query in zip(_LEGACY, _MODERN, strict=True):
        legacy, modern = _by_key(world.legacy_rows(legacy_query)), _by_key(world.rows(modern_query))
        tried += len(legacy)
        broken += [
            f"{key}: legacy {legacy.get(key, 'has none')}, modern {modern.get(key, 'has none')}, "
            f"entries {world.rows(_ENTRIES, str(key))}"
            for key in sorted(legacy.keys() | modern.keys())
            if legacy.get(key) != modern.get(key)
        ]
    return tried, broken


_ENTRIES = "SELECT seq, op::text, before, after FROM bridge.outbox WHERE key = %s ORDER BY seq"


def _by_key(rows: Iterable[Sequence[object]]) -> Mapping[int, tuple[object, ...]]:
    # Legacy's booleans are numbers.
    return {int(str(row[0])): tuple(row[1:]) for row in rows}


def _verified(world: World) -> tuple[int, list[str]]:
    outcome = world.etl("verify", "--tables", "student_courseenrollment", "auth_user")
    return 2, [] if outcome.code == 0 else [outcome.output + outcome.errors]


def _entries(world: World, account: Account, since: Since) -> tuple[int, list[str]]:
    found = _number(world, "SELECT count(*) FROM bridge.outbox") - since.entries
    broken = [f"{found} entries"] if found != account.modern_writes else []
    return account.modern_writes, broken


def _logged(world: World, account: Account, since: Since) -> tuple[int, list[str]]:
    """Compare the log's insertions of rows that one side alone made with what was committed."""
    table = BY_SOURCE["student_courseenrollment"]
    course = table.source_columns.index("course_id")
    with opened(world.settings.legacy, since.position, table) as binlog:
        changes = heard(binlog, log_end(world)).changes
    inserted = Counter(
        int(change.new_key)
        for change in changes
        if change.old_key is None and change.new_key is not None and change.row is not None
        if (change.row[course] or b"").startswith(_OWN)
    )
    made = Counter([*account.made_in_legacy, *account.made_in_modern])
    return made.total(), _unequal(made, inserted, "in the log")


def _noted(world: World, account: Account) -> tuple[int, list[str]]:
    rows = world.rows(
        "SELECT id FROM ledger WHERE id IN"
        " (SELECT id FROM enrollment_enrollment WHERE starts_with(course_key, %s))",
        _OWN.decode(),
    )
    made = Counter(account.made_in_legacy)
    return made.total(), _unequal(made, Counter(int(str(key)) for (key,) in rows), "in the ledger")


def _unequal(made: Counter[int], found: Counter[int], where: str) -> list[str]:
    return [
        f"{key}: committed {made[key]} times, {found[key]} times {where}"
        for key in sorted(made.keys() | found.keys())
        if made[key] != found[key]
    ]


def _aside(world: World) -> tuple[int, list[str]]:
    rows = world.rows("SELECT source, key, reason FROM bridge.set_aside")
    return _number(world, "SELECT count(*) FROM enrollment_enrollment"), [str(row) for row in rows]


def _silence(world: World) -> tuple[int, list[str]]:
    before, begin = _traces(world), log_end(world)
    for _ in range(HEARTBEATS):
        seen = _heard_at(world)
        wait_until(lambda seen=seen: _heard_at(world) != seen)
    after = _traces(world)
    # Other databases of the server may be written to.
    with opened(world.settings.legacy, begin, *ALL) as binlog:
        logged = heard(binlog, log_end(world))
    broken = [f"{before} became {after}"] if before != after else []
    broken += [f"in the log: {change}" for change in logged.changes]
    return HEARTBEATS, broken + [f"in the log: the mark {mark}" for mark in logged.acked]


def _traces(world: World) -> tuple[object, ...]:
    """What would show that something goes round: entries, and the mark."""
    return (
        world.value("SELECT last_value FROM bridge.outbox_seq_seq"),
        world.legacy_rows("SELECT last_seq FROM bridge_origin"),
    )


def _heard_at(world: World) -> object:
    return world.value("SELECT heard_at FROM bridge.position")


def _number(world: World, query: str) -> int:
    return int(str(world.value(query)))
