"""Many statements at once: each is answered by itself, and a refused one spoils no other."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from pymysql.connections import Connection

from etl import mysql
from etl.back.legacy_answers import MOST_CHARACTERS, MOST_STATEMENTS, Answer, answers, portion
from etl.errors import LogUnreadable
from etl.settings import LegacyAddress

INSERT = "INSERT INTO numbers SET id = {}, word = '{}'"
EXACT = Answer(taken=True, exact=True)
REFUSED = Answer(taken=False)


@pytest.fixture
def legacy(mariadb_database: str) -> Iterator[Connection]:
    with closing(mysql.connect_to_write(LegacyAddress.parse(mariadb_database))) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = ''")
            cursor.execute("CREATE TABLE numbers (id tinyint PRIMARY KEY, word mediumtext)")
        yield connection


def ids(legacy: Connection) -> list[int]:
    with legacy.cursor() as cursor:
        cursor.execute("SELECT id FROM numbers ORDER BY id")
        return [int(key) for (key,) in cursor.fetchall()]


def test_no_statements_are_no_answers(legacy: Connection) -> None:
    assert answers(legacy, []) == []


def test_what_is_behind_a_refused_statement_is_carried_out(legacy: Connection) -> None:
    words = [INSERT.format(key, "x") for key in (1, 1, 2, 2, 3)]

    assert answers(legacy, words) == [EXACT, REFUSED, EXACT, REFUSED, EXACT]
    assert ids(legacy) == [1, 2, 3]


def test_a_warning_belongs_to_the_statement_that_caused_it(legacy: Connection) -> None:
    words = [INSERT.format(key, "x") for key in (1, 1000, 2)]

    assert answers(legacy, words) == [EXACT, Answer(taken=True, exact=False), EXACT]
    assert ids(legacy) == [1, 2, 127]


def test_a_semicolon_in_a_value_ends_no_statement(legacy: Connection) -> None:
    cursor = legacy.cursor()
    words = [cursor.mogrify("INSERT INTO numbers VALUES (%s, %s)", (1, "'; DELETE FROM numbers"))]

    assert answers(legacy, words * 2) == [EXACT, REFUSED]
    assert ids(legacy) == [1]


def test_more_than_fits_at_once_is_sent_in_portions(legacy: Connection) -> None:
    long = [INSERT.format(key, "x" * (MOST_CHARACTERS - 10)) for key in range(3)]
    many = [INSERT.format(key, "x") for key in range(3, MOST_STATEMENTS + 5)]

    assert answers(legacy, long + many) == [EXACT] * (MOST_STATEMENTS + 5)
    assert ids(legacy) == list(range(MOST_STATEMENTS + 5))


def test_a_portion_ends_before_it_is_too_long_and_holds_one_statement_at_the_least() -> None:
    half = "x" * (MOST_CHARACTERS // 2)

    assert portion([half] * 3, 0) == [half] * 2
    assert portion([half * 3, half], 0) == [half * 3]
    assert portion(["x"] * (MOST_STATEMENTS + 5), 4) == ["x"] * MOST_STATEMENTS
    assert portion([half, half * 2], 1) == [half * 2]


def test_an_answer_that_speaks_of_no_row_is_raised(legacy: Connection) -> None:
    with pytest.raises(LogUnreadable, match="refused a statement"):
        answers(legacy, [INSERT.format(1, "x"), "SELEKT"])
