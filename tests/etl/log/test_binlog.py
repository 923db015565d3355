"""What the log reader makes of the log, and what it refuses."""

import struct
from collections.abc import Iterator
from contextlib import closing
from zlib import crc32

import pytest

from etl import mysql
from etl.errors import LogUnreadable
from etl.log.binlog import PIECE, Binlog
from etl.mysql import Source
from etl.rows import Position
from etl.tables import BY_SOURCE
from tests.etl.logs import heard, opened
from tests.etl.world import World, on_every_server

GROUP = BY_SOURCE["auth_group"]


@pytest.fixture
def source(world: World) -> Iterator[Source]:
    with closing(mysql.connect(world.settings.legacy)) as connection:
        yield Source(connection)


@on_every_server
def test_a_transaction_carries_its_changes_its_end_and_its_gtid(
    world: World, source: Source
) -> None:
    start = source.end_of_log()
    world.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a'), (9003, 'b')")
    end = source.end_of_log()

    with opened(world.settings.legacy, start, GROUP) as binlog:
        (transaction,) = [t for t in heard(binlog, end).transactions if t.changes]

    assert [(c.old_key, c.new_key, c.row) for c in transaction.changes] == [
        (None, b"9001", (b"9001", b"a")),
        (None, b"9003", (b"9003", b"b")),
    ]
    assert (transaction.position, transaction.acked) == (end, None)
    assert transaction.at > 0


@on_every_server
def test_before_images_are_keys_and_deletes_have_no_row(world: World, source: Source) -> None:
    world.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")
    start = source.end_of_log()
    world.write("UPDATE auth_group SET id = 9005, name = 'b' WHERE id = 9001")
    world.write("DELETE FROM auth_group WHERE id = 9005")

    with opened(world.settings.legacy, start, GROUP) as binlog:
        update, delete = heard(binlog, source.end_of_log()).changes

    assert (update.old_key, update.new_key, update.row) == (b"9001", b"9005", (b"9005", b"b"))
    assert (delete.old_key, delete.new_key, delete.row) == (b"9005", None, None)


@on_every_server
def test_the_marker_row_says_what_a_transaction_contains(world: World, source: Source) -> None:
    assert world.etl("install").code == 0
    start = source.end_of_log()
    with world.legacy.cursor() as cursor:
        cursor.execute("INSERT INTO auth_group (id, name) VALUES (9002, 'a')")
        cursor.execute("UPDATE bridge_origin SET last_seq = 41")
    world.legacy.commit()

    with opened(world.settings.legacy, start, GROUP) as binlog:
        (transaction,) = [t for t in heard(binlog, source.end_of_log()).transactions if t.changes]

    assert transaction.acked == 41
    assert len(transaction.changes) == 1


def test_a_large_transaction_comes_in_pieces_that_do_not_move_the_position(
    world: World, source: Source
) -> None:
    start = source.end_of_log()
    rows = [(9001 + 2 * n, f"group {n}") for n in range(PIECE + 5_000)]
    world.write_many("INSERT INTO auth_group (id, name) VALUES (%s, %s)", rows)

    with opened(world.settings.legacy, start, GROUP) as binlog:
        read = heard(binlog, source.end_of_log())

    sizes = [len(t.changes) for t in read.transactions if t.changes]
    assert sum(sizes) == len(rows)
    assert max(sizes) < PIECE + 2_000
    assert [t.position is None for t in read.transactions if t.changes] == [True, False]


@on_every_server
def test_changes_up_to_the_snapshot_are_not_read(world: World, source: Source) -> None:
    start = source.end_of_log()
    world.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")
    world.write("ALTER TABLE auth_group ADD COLUMN note int")
    since = source.end_of_log()
    world.write("INSERT INTO auth_group (id, name) VALUES (9003, 'b')")

    with opened(world.settings.legacy, start, GROUP, since={"auth_group": since}) as binlog:
        read = heard(binlog, source.end_of_log())

    assert [change.new_key for change in read.changes] == [b"9003"]
    assert read.barriers == []


@on_every_server
def test_an_update_by_statement_is_a_barrier(world: World, source: Source) -> None:
    with closing(mysql.connect(world.settings.legacy)) as reader:
        start = Source(reader).end_of_log()
    world.write("RENAME TABLE auth_group TO other, other TO auth_group")

    with opened(world.settings.legacy, start, GROUP) as binlog:
        (barrier,) = heard(binlog, source.end_of_log()).barriers

    assert (barrier.tables, barrier.verb) == (("auth_group",), "RENAME")


class Script:
    """A connection that was told what the server sends."""

    def __init__(self, *events: bytes) -> None:
        self.events = list(events)

    def receive(self, _timeout: float) -> list[bytes]:
        events, self.events = self.events, []
        return events


def event(kind: int, body: bytes = b"", *, checksum: int | None = None, flags: int = 0) -> bytes:
    head = struct.pack("<IBIIIH", 1_700_000_000, kind, 1, 23 + len(body), 500, flags) + body
    return head + struct.pack("<I", crc32(head) if checksum is None else checksum)


def scripted(*events: bytes) -> Binlog:
    binlog = Binlog(Script(*events), Position("log.000001", 4), "edxapp", {}, lambda *_: ())  # type: ignore[arg-type]
    binlog._checksums = True
    return binlog


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (26, "an incident"),
        (38, "an XA"),
        (39, "partial rows"),
        (40, "compressed transaction"),
        (164, "encrypted"),
        (99, "type 99"),
    ],
)
def test_an_event_that_cannot_be_read_for_sure_is_refused(kind: int, what: str) -> None:
    with pytest.raises(LogUnreadable, match=what):
        list(scripted(event(kind)).poll(1))


def test_an_event_that_does_not_match_its_checksum_is_refused() -> None:
    with pytest.raises(LogUnreadable, match="checksum"):
        list(scripted(event(16, b"12345678", checksum=1)).poll(1))


def test_a_format_event_says_whether_checksums_follow() -> None:
    plain = event(16, b"12345678")[:-4]
    described = event(15, b"x" * 50 + b"\0", checksum=0)

    (transaction,) = scripted(described, plain).poll(1)

    assert transaction.position == Position("log.000001", 500)


def test_an_unknown_event_that_the_server_calls_ignorable_is_left_out() -> None:
    (transaction,) = scripted(event(99, flags=0x80)).poll(1)

    assert (transaction.changes, transaction.position) == ((), Position("log.000001", 500))


def test_the_first_event_of_a_log_is_checked_although_it_is_marked_as_in_use() -> None:
    described = bytearray(event(15, b"x" * 50 + b"\1"))
    described[17] = 1

    assert list(scripted(bytes(described)).poll(1)) == []
    described[-6] ^= 1
    with pytest.raises(LogUnreadable, match="checksum"):
        list(scripted(bytes(described)).poll(1))


def test_a_mysql_gtid_is_spelled_as_mysql_does() -> None:
    body = b"\1" + bytes(range(16)) + struct.pack("<q", 77)

    (transaction,) = scripted(event(33, body), event(16, b"12345678")).poll(1)

    assert transaction.gtid == "00010203-0405-0607-0809-0a0b0c0d0e0f:77"
