"""A stream is cut into the rows that were written, wherever it breaks off, and nothing is lost."""

from functools import partial

from hypothesis import example, given
from hypothesis import strategies as st

from etl.packets import Packets
from etl.row_cutting import AnswerColumn, cutter, row
from etl.rows import Row

END = b"\xfe\x00\x00\x02\x00"
LONGEST = 0xFFFFFF
COLUMNS = st.lists(
    st.builds(AnswerColumn, st.sampled_from([1, 250, 251, 70_000]), st.booleans()),
    min_size=1,
    max_size=4,
).map(tuple)


def encoded(value: bytes | None) -> bytes:
    """Write a value as the server does."""
    if value is None:
        return b"\xfb"
    size = len(value)
    if size < 0xFB:
        return bytes([size]) + value
    if size < 1 << 16:
        return b"\xfc" + size.to_bytes(2, "little") + value
    if size < 1 << 24:
        return b"\xfd" + size.to_bytes(3, "little") + value
    return b"\xfe" + size.to_bytes(8, "little") + value


def framed(content: bytes) -> bytes:
    """Write packets: what is long goes in several, of which the last one is shorter."""
    parts = [content[at : at + LONGEST] for at in range(0, len(content) + 1, LONGEST)]
    return b"".join(len(part).to_bytes(3, "little") + b"\0" + part for part in parts)


def values(column: AnswerColumn) -> st.SearchStrategy[bytes | None]:
    sizes = st.integers(0, min(column.width, 300)) | st.just(column.width)
    found = st.builds(
        lambda size, byte: byte * size, sizes, st.sampled_from([b"x", b"\xfe", b"\0"])
    )
    return st.none() | found if column.is_nullable else found


def cut(columns: tuple[AnswerColumn, ...], reads: list[bytes]) -> tuple[list[Row], list[bytes]]:
    """Give the rows that were cut ahead, and the packets that were left."""
    packets, rows = Packets(), list[Row]()
    ahead = partial(cutter(columns), rows.append)
    return rows, [other for data in reads for other in packets.cut(data, ahead)]


@given(st.lists(st.none() | st.binary(max_size=300) | st.just(b"x" * 70_000), min_size=1))
def test_a_packet_is_cut_into_its_values(values: list[bytes | None]) -> None:
    assert row(b"".join(map(encoded, values))) == tuple(values)


@given(COLUMNS, st.data())
def test_rows_are_those_that_were_written_wherever_the_stream_breaks(
    columns: tuple[AnswerColumn, ...], data: st.DataObject
) -> None:
    written = data.draw(st.lists(st.tuples(*map(values, columns)), max_size=5))
    stream = b"".join(framed(b"".join(map(encoded, one))) for one in written) + framed(END)
    breaks = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))

    reads = [stream[a:b] for a, b in zip([0, *breaks], [*breaks, len(stream)], strict=True)]
    rows, others = cut(columns, reads)

    assert others[-1] == END
    assert sorted([*rows, *map(row, others[:-1])], key=repr) == sorted(written, key=repr)


@given(st.lists(st.binary(min_size=1, max_size=250), min_size=1))
@example([b"x" * 250])
def test_short_values_are_cut_ahead_to_the_last(written: list[bytes]) -> None:
    stream = b"".join(framed(encoded(value)) for value in written) + framed(END)

    rows, others = cut((AnswerColumn(250, is_nullable=False),), [stream])

    assert rows == [(value,) for value in written]
    assert others == [END]


def test_an_error_as_long_as_its_first_byte_says_is_not_taken_for_a_row() -> None:
    error = b"\xff" + b"x" * 0xFF

    rows, others = cut((AnswerColumn(250, is_nullable=False),), [framed(error)])

    assert (rows, others) == ([], [error])


def test_a_row_of_several_packets_comes_whole_and_the_next_one_after_it() -> None:
    huge = b"x" * (LONGEST + 5)
    stream = framed(encoded(huge)) + framed(encoded(b"next")) + framed(END)

    rows, others = cut((AnswerColumn(1 << 30, is_nullable=False),), [stream, framed(b"\x01y")])

    assert [row(other) for other in others[:2]] == [(huge,), (b"next",)]
    assert (others[2], rows) == (END, [(b"y",)])


def test_a_value_where_the_server_promised_none_so_long_is_left_to_the_careful_way() -> None:
    promised = (AnswerColumn(10, is_nullable=False), AnswerColumn(10, is_nullable=False))
    kept = (b"a", b"x" * 300)

    rows, others = cut(promised, [framed(b"".join(map(encoded, kept)))])

    assert (rows, [row(other) for other in others]) == ([], [kept])
