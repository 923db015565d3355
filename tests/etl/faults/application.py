"""What applications write of the contested rows, in the words of either side's tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, Self


class Cursor(Protocol):
    """What both drivers' cursors can."""

    rowcount: int

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def execute(self, statement: str, parameters: Mapping[str, object], /) -> object: ...
    def fetchall(self) -> list[tuple[int]]: ...


class Connection(Protocol):
    """What both drivers' connections can."""

    def cursor(self) -> Cursor: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Statements:
    """How one side says what an application does; what changes nothing must not count a row."""

    enrol: str
    set_mode: str
    set_name: str
    leave: str
    enrol_anew: str


LEGACY: Final = Statements(
    enrol="INSERT IGNORE INTO student_courseenrollment"
    " (id, user_id, course_id, created, is_active, mode)"
    " VALUES (%(key)s, %(user)s, %(course)s, '2026-01-01', 1, %(mode)s)",
    set_mode="UPDATE student_courseenrollment SET mode = %(mode)s, is_active = %(active)s"
    " WHERE id = %(key)s",
    set_name="UPDATE auth_user SET first_name = %(name)s WHERE id = %(key)s",
    leave="DELETE FROM student_courseenrollment WHERE id = %(key)s",
    enrol_anew="INSERT INTO student_courseenrollment"
    " (user_id, course_id, created, is_active, mode)"
    " VALUES (%(user)s, %(course)s, '2026-01-02', 1, 'audit') RETURNING id",
)
MODERN: Final = Statements(
    enrol="INSERT INTO enrollment_enrollment"
    " (id, user_id, course_key, enrolled_at, active, mode)"
    " VALUES (%(key)s, %(user)s, %(course)s, '2026-01-01+00', true, %(mode)s)"
    " ON CONFLICT (id) DO NOTHING",
    set_mode="UPDATE enrollment_enrollment SET mode = %(mode)s, active = %(active)s"
    " WHERE id = %(key)s AND (mode, active) IS DISTINCT FROM (%(mode)s, %(active)s)",
    set_name="UPDATE identity_user SET first_name = %(name)s"
    " WHERE id = %(key)s AND first_name <> %(name)s",
    leave="DELETE FROM enrollment_enrollment WHERE id = %(key)s",
    enrol_anew="INSERT INTO enrollment_enrollment"
    " (user_id, course_key, enrolled_at, active, mode)"
    " VALUES (%(user)s, %(course)s, '2026-01-02+00', true, 'audit') RETURNING id",
)


@dataclass(slots=True)
class Application:
    """Writes to one side; each method says how many rows it changed."""

    connection: Connection
    statements: Statements
    made: list[int] = field(default_factory=list)

    def enrol(self, key: int, pair: tuple[int, str], mode: str) -> int:
        user, course = pair
        return self._run(self.statements.enrol, key=key, user=user, course=course, mode=mode)

    def set_mode(self, key: int, mode: str, *, active: bool) -> int:
        return self._run(self.statements.set_mode, key=key, mode=mode, active=active)

    def set_name(self, key: int, name: str) -> int:
        return self._run(self.statements.set_name, key=key, name=name)

    def leave(self, key: int) -> int:
        return self._run(self.statements.leave, key=key)

    def enrol_anew(self, user: int, course: str) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(self.statements.enrol_anew, {"user": user, "course": course})
            ((key,),) = cursor.fetchall()
        self.made.append(key)
        return 1

    def commit(self) -> None:
        self.connection.commit()

    def roll_back(self) -> None:
        self.connection.rollback()

    def _run(self, statement: str, **parameters: object) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.rowcount
