"""Ranges of keys: how a table is cut, and who gets which range."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import postgres
from etl.copying import chunk_queue
from etl.copying.chunk_queue import KeyRange, cut, ranges
from etl.postgres import Connection
from tests.etl.world import World

SOURCE = "student_courseenrollment"
NUMBERS = st.integers(-(10**12), 10**12)


@given(NUMBERS, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**5))
def test_ranges_hold_every_key_once_and_about_a_chunk(
    first: int, span: int, rows: int, chunk: int
) -> None:
    cuts = cut(first, first + span, rows=rows, chunk=chunk)

    assert cuts == sorted(set(cuts))
    assert all(first <= at < first + span for at in cuts)
    widths = {later - earlier for earlier, later in pairwise(cuts)}
    assert len(widths) <= 1
    assert len(cuts) <= chunk_queue._MOST


def test_a_dense_table_is_cut_into_chunks_of_the_size_asked_for() -> None:
    assert cut(1, 60, rows=60, chunk=20) == [20, 40]
    assert cut(1, 20, rows=20, chunk=20) == []
    assert cut(1, 120, rows=60, chunk=20) == [40, 80]
    assert len(cut(1, 10**9, rows=0, chunk=20)) < 64


def test_the_first_range_begins_where_the_table_does_and_the_last_ends_where_it_does() -> None:
    assert ranges("t", None, [b"5", b"9"]) == [
        KeyRange("t", None, b"5"),
        KeyRange("t", b"5", b"9"),
        KeyRange("t", b"9", None),
    ]
    assert ranges("t", b"x", []) == [KeyRange("t", b"x", None)]


@pytest.fixture
def connections(world: World) -> Iterator[tuple[Connection, Connection]]:
    """Two workers' connections to a queue with two ranges."""
    assert world.etl("install").code == 0
    url = world.settings.modern
    with closing(postgres.connect(url)) as one, closing(postgres.connect(url)) as other:
        one.execute(
            "INSERT INTO bridge.checkpoint (source, since_file, since_offset) VALUES (%s, '', 0)",
            (SOURCE,),
        )
        chunk_queue.add(one, ranges(SOURCE, None, [b"10"]))
        yield one, other


def test_two_workers_never_have_the_same_range(connections: tuple[Connection, Connection]) -> None:
    one, other = connections
    with one.transaction():
        first = chunk_queue.take(one, [SOURCE])
        with other.transaction():
            second = chunk_queue.take(other, [SOURCE])
            assert (first and first.upto, second and second.after) == (b"10", b"10")
            assert chunk_queue.take(other, ["auth_user"]) is None


def test_a_range_whose_worker_is_gone_is_taken_again(
    connections: tuple[Connection, Connection],
) -> None:
    one, other = connections
    with one.transaction(force_rollback=True):
        first = chunk_queue.take(one, [SOURCE])

    with other.transaction():
        assert chunk_queue.take(other, [SOURCE]) == first


def test_the_last_range_of_a_table_says_that_it_is_done(
    connections: tuple[Connection, Connection],
) -> None:
    one, _ = connections
    for last, copied in [(b"3", 3), (None, 7), (None, 1)]:
        assert chunk_queue.is_work_left(one, [SOURCE])
        with one.transaction():
            taken = chunk_queue.take(one, [SOURCE])
            assert taken is not None
            chunk_queue.advance(one, taken, last, copied=copied)

    assert not chunk_queue.is_work_left(one, [SOURCE])
    assert chunk_queue.copied(one, [SOURCE]) == 11
    assert one.execute("SELECT done FROM bridge.checkpoint").fetchone() == (True,)
