"""Record how MySQL 5.7 logs JSON documents, and what its SELECT says of them, for the tests.

Run it as `python -m tests.etl.spelling.record_json` after `make mysql`; it writes to recorded/.
"""

import gzip
import json
from contextlib import closing
from pathlib import Path

from etl import mysql
from etl.mysql import Source
from etl.settings import LegacyAddress
from tests.etl.spelling import json_documents
from tests.etl.spelling.json_documents import SCALARS, TABLE, alone, array, object_of, string
from tests.mysql import server

FOLDER = Path(__file__).parent / "recorded"
LOG, ROWS = FOLDER / "json_of_5_7.binlog.gz", FOLDER / "json_of_5_7.rows.gz"
_NAMED = tuple((f"name {number:04}", value) for number, value in enumerate(SCALARS))
# Arrays and objects of 64 KB and more have wider entries.
_LARGE = (
    *(array(string("x" * size), "70000", "-1", "NULL", "1.5e0") for size in (65_000, 66_000)),
    array(*(str(number % 3 * 77_777) for number in range(18_000))),
    object_of([(f"{number:03}", string("y" * 300)) for number in range(300)]),
    object_of([("all", object_of(_NAMED)), ("padding", string("x" * 65_536))]),
)
DOCUMENTS = (
    *("NULL", "JSON_ARRAY()", "JSON_OBJECT()", *map(alone, SCALARS)),
    *(array(*SCALARS), object_of(_NAMED), object_of([("", "1"), ("\u00e9\0", "2")])),
    array(array(array(object_of([("a", array())])))),
    *_LARGE,
)
_CHANGED = (*range(2, 30), len(DOCUMENTS))
_UPDATE = f"""
    UPDATE documents SET document = JSON_SET(document, '$.all', 1, '$[1]', 'changed')
    WHERE id IN {_CHANGED}
"""


def record(url: str, data: Path) -> None:
    """Write the documents, change some, and keep the file of the log that says so."""
    with closing(mysql.connect(LegacyAddress.parse(server.as_admin(url)))) as connection:
        source = Source(connection)
        json_documents.make_table(source)
        source.fetch("FLUSH LOGS")
        log = data / source.end_of_log().file
        for number, document in enumerate(DOCUMENTS, 1):
            json_documents.write(source, [document], first=number)
        reader = source.reader(TABLE)
        rows = reader.chunk(None, len(DOCUMENTS)).rows
        source.fetch(_UPDATE)
        rows += reader.rows([str(number).encode() for number in _CHANGED])
        source.fetch("FLUSH LOGS")
    spelled = [[value and value.decode() for value in row] for row in rows]
    FOLDER.mkdir(exist_ok=True)
    LOG.write_bytes(gzip.compress(log.read_bytes(), mtime=0))
    ROWS.write_bytes(gzip.compress(json.dumps(spelled).encode(), mtime=0))


if __name__ == "__main__":
    release = server.RELEASES["mysql57"]
    with server.made(release) as folder, server.running(release, folder, *server.GTID) as url:
        record(url, folder / "data")
