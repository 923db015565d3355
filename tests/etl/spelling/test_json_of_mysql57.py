"""MySQL 5.7 itself writes JSON: the log spells each document as its SELECT does.

A log that 5.7 wrote is at hand in every run; where there is such a server, it writes at random too.
"""

import gzip
import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from etl import mysql
from etl.catalogue import SourceColumn
from etl.log.binlog import Binlog
from etl.mysql import Source
from etl.rows import Position, Row, Transaction
from etl.settings import LegacyAddress
from tests.etl.logs import LogFile, heard, opened
from tests.etl.spelling import json_documents, record_json
from tests.etl.spelling.json_documents import DOCUMENTS, TABLE

CHANGE = "UPDATE documents SET document = JSON_ARRAY(document, 'changed') WHERE id % 2 = 0"
COLUMNS = (
    SourceColumn("id", "bigint", is_key=True),
    SourceColumn("document", "json"),
    SourceColumn("kind", "varchar", charset="utf8mb4"),
    SourceColumn("head", "varchar", charset="utf8mb4"),
)
KINDS = (
    *("ARRAY", "BIT", "BLOB", "BOOLEAN", "DATE", "DATETIME", "DECIMAL", "DOUBLE", "INTEGER"),
    *("NULL", "OBJECT", "STRING", "TIME", "UNSIGNED INTEGER"),
)


def recorded() -> tuple[list[Row], list[Row]]:
    """The rows as SELECT gave them, in the order of the log, and as the log has them."""
    rows = json.loads(gzip.decompress(record_json.ROWS.read_bytes()))
    binlog = Binlog(
        LogFile(gzip.decompress(record_json.LOG.read_bytes())),
        position=Position("log", 4),
        schema="edxapp",
        tables={"documents": TABLE},
        catalogue=lambda *_: COLUMNS,
    )
    binlog.start()
    told = [event for event in binlog.poll(0) if isinstance(event, Transaction)]
    selected = [tuple(value and value.encode() for value in row) for row in rows]
    return selected, [change.row for event in told for change in event.changes if change.row]


def test_what_a_server_logged_is_spelled_as_its_select_spelled_it() -> None:
    selected, logged = recorded()

    assert logged == selected
    assert {kind.decode() for _, _, kind, _ in selected if kind} == set(KINDS)


@pytest.fixture(scope="module")
def legacy(mysql57_url: str) -> Iterator[tuple[LegacyAddress, Source]]:
    address = LegacyAddress.parse(mysql57_url)
    with closing(mysql.connect(address)) as connection:
        source = Source(connection)
        json_documents.make_table(source)
        yield address, source


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=20))
def test_random_documents_and_changes_of_them_are_spelled_as_a_select_does(
    legacy: tuple[LegacyAddress, Source], documents: list[str]
) -> None:
    address, source = legacy
    source.fetch("DELETE FROM documents")
    start, reader = source.end_of_log(), source.reader(TABLE)

    json_documents.write(source, documents)
    written = reader.chunk(None, len(documents)).rows
    source.fetch(CHANGE)
    changed = reader.chunk(None, len(documents)).rows
    with opened(address, start, TABLE) as binlog:
        changes = heard(binlog, source.end_of_log()).changes

    assert [change.row for change in changes] == [*written, *changed[1::2]]
