"""What only old databases hold, mixed into clean rows: each value was seen to break some reader.

Kept to what the column types hold and the server stores unchanged, so that what is read is what
stands here. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.legacy_lms.database.facts import tables
from tests.legacy_lms.database.generator.plan import Record

__all__ = ["EVERY", "INVENTORY", "Blemish", "Value", "blemish", "spoil"]

EVERY = 40
"""One row in so many is ugly; the blemishes of a table take turns."""

ZERO = "0000-00-00 00:00:00.000000"
NO_MONTH = "2015-00-10 00:00:00.000000"
NO_DAY = "2015-02-00 00:00:00.000000"

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Blemish:
    """One way a row can be ugly: a name, the column it is in, the value that stands there.

    A unique column takes a value of its own in each row: a function of the clean value and the id.
    """

    name: str
    column: str
    value: Value | Callable[[str, int], Value]

    def of(self, clean: Value, row_id: int) -> Value:
        """Give the value that stands in the row of this id."""
        return self.value(str(clean), row_id) if callable(self.value) else self.value


def _dates(column: str) -> list[Blemish]:
    spellings = {"zero date": ZERO, "date without month": NO_MONTH, "date without day": NO_DAY}
    return [Blemish(name, column, value) for name, value in spellings.items()]


def _nobody(_clean: str, row_id: int) -> int:
    return 1_000_000_000 + row_id


def _truths(column: str) -> list[Blemish]:
    return [Blemish("truth of 2", column, 2), Blemish("truth of -1", column, -1)]


_STATES: Mapping[str, str | None] = {
    "state NULL": None,
    "state empty": "",
    "state truncated": '{"seed": 1, "student_answers": {"a_2_1": "cho',
    "state NaN": '{"position": NaN}',
    "state Infinity": '{"score": -Infinity}',
    "state beyond double": '{"big": 1e400}',
    "state lone surrogate": '{"s": "\\ud83d alone"}',
    "state escaped NUL": '{"a": "nul\\u0000x"}',
    "state NUL byte": '{"a": "nul\0x"}',
    "state only NUL": "raw\0nul",
    "state duplicate keys": '{"dup": 1, "dup": 2}',
    "state too deep": "[" * 1_100 + "]" * 1_100,
    "state two lines": '{"nl":\n\t"two lines"}',
    "state backslashes": '{"path": "c:\\\\dir\\\\new"}',
    "state lost emoji": '{"word": "????"}',
    "state trailing space": '{"position": 2}  ',
    "state not an object": '"position"',
    "state number spelling": '{"a": 1.00, "b": 1E2, "c": -0}',
}

INVENTORY: Mapping[str, Sequence[Blemish]] = {
    "auth_user": [
        *_dates("last_login"),
        *_dates("date_joined"),
        *_truths("is_active"),
        Blemish("lost emoji", "first_name", "Ada ????"),
        Blemish("mojibake", "last_name", "GarcÃ\xada"),
        Blemish("NUL", "first_name", "nul\0name"),
        Blemish("trailing spaces", "last_name", "Smith  "),
        Blemish("same address, other case", "email", "ADA@Example.com"),
        Blemish("no address", "email", ""),
    ],
    "auth_userprofile": [
        Blemish("meta empty object", "meta", "{}"),
        Blemish("meta truncated", "meta", '{"session_id": "l24z'),
        Blemish("meta NUL", "meta", "\0"),
        Blemish("mojibake", "name", "JosÃ© MÃ¼ller"),
        Blemish("lost emoji", "bio", "smile ???? end"),
        Blemish("control characters", "bio", "tab\tnewline\ncarriage\r\nbackslash\\"),
        Blemish("NUL", "goals", "\0\0"),
        Blemish("truth of 2", "allow_certificate", 2),
        Blemish("year 0", "year_of_birth", 0),
        Blemish("trailing spaces", "name", "Ada Lovelace   "),
        Blemish("country in small letters", "country", "fr"),
        Blemish("orphan", "user_id", _nobody),
    ],
    "student_courseenrollment": [
        *_dates("created"),
        *_truths("is_active"),
        Blemish("no date", "created", None),
        Blemish("orphan of a course", "course_id", lambda _, row: f"GoneU/GONE{row}/2012_Fall"),
        Blemish("other case", "course_id", lambda clean, _: clean.swapcase()),
        Blemish("trailing space", "course_id", lambda clean, _: f"{clean} "),
        Blemish("not a course key", "course_id", lambda _, row: f"no key {row}"),
        Blemish("mode in capitals", "mode", "Honor"),
        Blemish("mode empty", "mode", ""),
        Blemish("orphan of a user", "user_id", _nobody),
    ],
    "courseware_studentmodule": [
        *(Blemish(name, "state", text) for name, text in _STATES.items()),
        *_dates("created"),
        *_dates("modified"),
        Blemish("grade long fraction", "grade", 0.1 + 0.2),
        Blemish("grade smallest", "grade", 5e-324),
        Blemish("grade largest", "grade", 1.7976931348623157e308),
        Blemish("grade below zero", "grade", -1.5),
        Blemish("done in old letters", "done", "f"),
        Blemish("orphan", "student_id", _nobody),
    ],
}


def blemish(table: str, index: int) -> Blemish | None:
    """Say which blemish the row of this index gets, if any."""
    turn, rest = divmod(index, EVERY)
    kinds = INVENTORY.get(table)
    return kinds[turn % len(kinds)] if kinds and rest == EVERY - 1 else None


def spoil(table: str, index: int, record: Record) -> Record:
    """Give the record with the blemish of its index; most stay as they are."""
    if (found := blemish(table, index)) is None:
        return record
    place = [column.name for column in tables()[table].columns].index(found.column)
    value = found.of(record[place], _row_id(record))
    return (*record[:place], value, *record[place + 1 :])


def _row_id(record: Record) -> int:
    return int(str(record[0]))
