"""Cutting the stream into events, and what the server's own messages mean."""

import socket
import struct
from collections.abc import Iterator

import pytest

from etl.errors import EtlError, LogUnreadable, PositionPurged, SourceUnavailable
from etl.log.log_connection import LogConnection
from etl.packets import Packets
from tests.etl.log.test_binlog import scripted


@pytest.fixture
def ends() -> Iterator[tuple[LogConnection, socket.socket]]:
    """A connection that has asked for the log, and the server's end of it."""
    ours, theirs = socket.socketpair()
    connection = LogConnection(defer_connect=True)
    connection._sock, connection._packets = ours, Packets()
    with ours, theirs:
        yield connection, theirs


def packet(payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + b"\0" + payload


def error(code: int, message: str) -> bytes:
    return packet(b"\xff" + struct.pack("<H", code) + b"#HY000" + message.encode())


def received(connection: LogConnection, count: int) -> list[bytes]:
    events: list[bytes] = []
    while len(events) < count:
        events += connection.receive(1.0)
    return events


def test_events_are_whole_wherever_the_stream_is_cut(
    ends: tuple[LogConnection, socket.socket],
) -> None:
    connection, server = ends
    stream = packet(b"\0first") + packet(b"\0") + packet(b"\0third")

    for at in range(len(stream)):
        server.sendall(stream[at : at + 1])
        if at == 3:
            assert connection.receive(0.01) == []

    assert received(connection, 3) == [b"first", b"", b"third"]


def test_an_event_of_more_than_16_megabytes_is_put_together(
    ends: tuple[LogConnection, socket.socket],
) -> None:
    connection, _ = ends
    large = bytes(0xFFFFFF) + b"rest"

    packets = connection._packets.cut(
        packet(large[:0xFFFFFF]) + packet(b"rest") + packet(b"\0next")
    )

    assert packets == [large, b"\0next"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (error(1236, "Could not find first log file name"), PositionPurged),
        (error(1236, "log event entry exceeded max_allowed_packet"), LogUnreadable),
        (error(1045, "no"), LogUnreadable),
        (packet(b"\xfe\0\0\0\0"), SourceUnavailable),
    ],
)
def test_what_the_server_says_in_place_of_an_event_is_raised(
    ends: tuple[LogConnection, socket.socket], sent: bytes, expected: type[EtlError]
) -> None:
    connection, server = ends
    server.sendall(sent)

    with pytest.raises(expected):
        connection.receive(1.0)


def test_a_closed_stream_is_a_lost_connection(ends: tuple[LogConnection, socket.socket]) -> None:
    connection, server = ends
    server.close()

    with pytest.raises(SourceUnavailable, match="closed the binlog stream"):
        connection.receive(1.0)


def test_a_link_without_heartbeats_is_dead() -> None:
    binlog = scripted()
    binlog._heard = -1e9

    with pytest.raises(SourceUnavailable, match="no heartbeats"):
        binlog.poll(0.0)
