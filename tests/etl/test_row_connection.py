"""Rows that arrive in blocks are the rows that the driver gives."""

from collections.abc import Iterator
from contextlib import closing

import pymysql
import pytest

from etl import mysql
from etl.row_connection import RowConnection
from etl.settings import LegacyAddress


@pytest.fixture
def connection(shared_legacy_url: str) -> Iterator[RowConnection]:
    with closing(mysql.connect(LegacyAddress.parse(shared_legacy_url))) as connection:
        yield connection


def test_blocks_hold_what_the_driver_reads(connection: RowConnection) -> None:
    query = "SELECT seq, NULL, REPEAT('é', seq % 300), -seq FROM seq_1_to_20000"

    blocks = list(connection.blocks(query))

    with connection.cursor() as cursor:
        cursor.execute(query)
        assert [row for block in blocks for row in block] == list(cursor.fetchall())
    assert len(blocks) > 1


def test_an_answer_that_is_left_early_does_not_disturb_the_next(connection: RowConnection) -> None:
    with closing(connection.blocks("SELECT seq FROM seq_1_to_100000")) as blocks:
        first = next(blocks)

    assert first[0] == (b"1",)
    assert list(connection.blocks("SELECT 'next'")) == [[(b"next",)]]


@pytest.mark.parametrize("failing_at", [1, 50_000])
def test_a_statement_that_fails_leaves_the_connection_usable(
    connection: RowConnection, failing_at: int
) -> None:
    two_rows = f"(SELECT 1 FROM seq_1_to_2 WHERE outside.seq = {failing_at})"

    with pytest.raises(pymysql.err.OperationalError, match="more than 1 row"):
        list(connection.blocks(f"SELECT seq, {two_rows} FROM seq_1_to_60000 AS outside"))

    assert list(connection.blocks("SELECT 1")) == [[(b"1",)]]
