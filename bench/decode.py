"""How fast are row events decoded, beside mysql-replication? `python -m bench.decode [--rows N]`.

Both read the same stretches of a real server's log over a connection of their own, in turns, and
give every column of every row; ours as bytes, spelled as by SELECT. Neither applies anything. The
time is that of the reading process: the server's share is the same for both.
"""

import argparse
import secrets
import statistics
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

from deploy.stack import up
from etl import mysql
from etl.log.binlog import Binlog
from etl.mirrors import mirror
from etl.mysql import Source
from etl.rows import Position, Transaction
from etl.settings import LegacyAddress
from tests.servers import fresh_mariadb

ROUNDS = 3
_TABLE = "courseware_studentmodule"
_MAKE = """
    CREATE TABLE IF NOT EXISTS courseware_studentmodule (
        id int NOT NULL AUTO_INCREMENT PRIMARY KEY, module_type varchar(32) NOT NULL,
        module_id varchar(255) NOT NULL, student_id int NOT NULL, course_id varchar(255) NOT NULL,
        state longtext, grade double, max_grade double, done varchar(8) NOT NULL,
        created datetime(6) NOT NULL, modified datetime(6) NOT NULL)
"""
_INSERT = """
    INSERT INTO courseware_studentmodule SELECT seq, 'problem',
        CONCAT('block-v1:BenchX+C', seq % 97, '+2016+type@problem+block@', MD5(seq)), seq % 40000,
        CONCAT('course-v1:BenchX+C', seq % 97, '+2016'), CONCAT('{"seed": 1, "student_answers": {"',
        MD5(seq), '_2_1": "', REPEAT(MD5(seq + 1), 5), '"}}'), seq % 7 / 3, 2.0, 'na',
        '2016-05-01' + INTERVAL seq SECOND, '2016-05-02' + INTERVAL seq * 1000 MICROSECOND
    FROM seq_{first}_to_{last}
"""
_CHANGES = {
    "insert": _INSERT,
    "update": "UPDATE courseware_studentmodule SET grade = grade + 1"
    " WHERE id BETWEEN {first} AND {last}",
    "delete": "DELETE FROM courseware_studentmodule WHERE id BETWEEN {first} AND {last}",
}
_PER_TRANSACTION = 10


# How many rows each step brought.
Counts = Generator[int, None, None]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the log that holds so many row changes of one kind."""

    kind: str
    begin: Position
    end: Position
    rows: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows a second, ours and the library's: medians of the rounds."""

    kind: str
    ours: float
    library: float

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.ours / self.library


def main() -> None:
    """Print a line for each kind of change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="of each kind (%(default)s)")
    for one in measured(parser.parse_args().rows):
        print(
            f"decode: {one.kind}: {one.ours:,.0f} rows/s, mysql-replication "
            f"{one.library:,.0f} rows/s: {one.ratio:.1f} times"
        )


def measured(rows: int = 20_000) -> list[Measured]:
    """Write that many changes of each kind, let both read them in turns, and give the medians."""
    with fresh_mariadb(up()) as url:
        address, found = LegacyAddress.parse(url), []
        stretches = [_written(address, kind, rows) for kind in _CHANGES]
        for stretch in stretches:
            pairs = [
                (_rate(_ours, address, stretch), _rate(_library, address, stretch))
                for _ in range(ROUNDS)
            ]
            ours, library = (statistics.median(side) for side in zip(*pairs, strict=True))
            found.append(Measured(stretch.kind, ours, library))
    return found


def _written(address: LegacyAddress, kind: str, rows: int) -> Stretch:
    with closing(mysql.connect(address)) as connection:
        source = Source(connection)
        source.fetch(_MAKE)
        begin = source.end_of_log()
        for first in range(1, rows, _PER_TRANSACTION):
            last = first + _PER_TRANSACTION - 1
            change = _CHANGES[kind].replace("{first}", str(first))
            source.fetch(change.replace("{last}", str(last)))
        return Stretch(kind, begin, source.end_of_log(), rows)


def _rate(
    read: Callable[[LegacyAddress, Stretch], Generator[int, None, None]],
    at: LegacyAddress,
    of: Stretch,
) -> float:
    """Give rows a second of the process's own time, connecting and the first rows left out."""
    with closing(read(at, of)) as counts:
        first, began = next(counts), time.process_time()
        rows = 0
        while first + rows < of.rows:
            rows += next(counts)
        seconds = time.process_time() - began
    return rows / seconds


def _ours(address: LegacyAddress, stretch: Stretch) -> Counts:
    with (
        closing(mysql.connect(address)) as connection,
        closing(mysql.connect_to_log(address)) as log,
    ):
        source = Source(connection)
        table = mirror(_TABLE, source.columns(_TABLE))
        binlog = Binlog(
            log,
            position=stretch.begin,
            schema=address.database,
            tables={_TABLE: table},
            catalogue=lambda name, _: source.columns(name),
        )
        binlog.start()
        while True:
            for event in binlog.poll(1.0):
                if isinstance(event, Transaction) and event.changes:
                    yield len(event.changes)


def _library(address: LegacyAddress, stretch: Stretch) -> Counts:
    stream = BinLogStreamReader(
        connection_settings={
            "host": address.host,
            "port": address.port,
            "user": address.user,
            "passwd": address.password,
        },
        # The server ends an older reader with the same id.
        server_id=1 << 31 | secrets.randbits(30),
        only_events=[WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent],
        log_file=stretch.begin.file,
        log_pos=stretch.begin.offset,
        resume_stream=True,
        blocking=True,
    )
    with closing(stream):
        for event in stream:
            if (event.schema, event.table) == (address.database, _TABLE):
                yield len(event.rows)


if __name__ == "__main__":
    main()
