"""Sends many statements to the legacy database in few round trips, and tells what became of each.

One that legacy refuses had no effect; those behind it are sent again, so it spoils none of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pymysql
from pymysql.connections import Connection
from pymysql.constants import ER

from etl.mysql import translated

# Well below the packets that servers of the time take, a megabyte at the least.
MOST_CHARACTERS = 200_000
MOST_STATEMENTS = 100
# The driver has no class for these two; a zero date that sql_mode forbids is the first.
_REFUSALS = {ER.TRUNCATED_WRONG_VALUE, ER.CONSTRAINT_FAILED}


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether legacy took a statement, and whether it did so without a warning."""

    taken: bool
    exact: bool = False


def answers(connection: Connection, statements: Sequence[str]) -> Sequence[Answer]:
    """Run statements in order within the caller's transaction; one answer for each."""
    found: list[Answer] = []
    while len(found) < len(statements):
        found += _sent(connection, portion(statements, len(found)))
    return found


def portion(statements: Sequence[str], first: int) -> Sequence[str]:
    """Give what is sent at once; a long statement goes alone."""
    size, last = len(statements[first]), first + 1
    most = min(first + MOST_STATEMENTS, len(statements))
    while last < most and size + len(statements[last]) <= MOST_CHARACTERS:
        size += len(statements[last])
        last += 1
    return statements[first:last]


def _sent(connection: Connection, statements: Sequence[str]) -> Sequence[Answer]:
    """Run statements up to the first that legacy refuses."""
    found: list[Answer] = []
    with translated():
        try:
            found.extend(_results(connection, "; ".join(statements)))
        except pymysql.err.DatabaseError as error:
            if not _is_refusal(error):
                raise
            found.append(Answer(taken=False))
    return found


def _results(connection: Connection, text: str) -> Iterator[Answer]:
    with connection.cursor() as cursor:
        cursor.execute(text)
        more: bool | None = True
        while more:
            yield Answer(taken=True, exact=not cursor.warning_count)
            more = cursor.nextset()


def _is_refusal(error: pymysql.err.DatabaseError) -> bool:
    """Tell an answer that speaks of the row from one that speaks of the server or connection."""
    by_class = isinstance(error, pymysql.err.IntegrityError | pymysql.err.DataError)
    return by_class or error.args[0] in _REFUSALS
