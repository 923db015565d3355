"""Where bodies end, however their bytes arrive."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.chunks import MAX_LINE, MAX_TRAILER, UNTIL_CLOSE, Chunks, Counted
from facade.errors import MalformedChunks, Refused
from facade.section import FIELDS

EXTENSIONS = st.sampled_from([b"", b";a", b";a=b", b';a="b c"'])
TRAILERS = st.lists(st.sampled_from([b"X-Sum: 42\r\n", b"Expires: 0\r\n"]), max_size=3)


@st.composite
def chunked(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A chunked body as it may be on the wire, and what it holds."""
    pieces = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
    wire = b"".join(b"%x%b\r\n%b\r\n" % (len(each), draw(EXTENSIONS), each) for each in pieces)
    return wire + b"0\r\n" + b"".join(draw(TRAILERS)) + b"\r\n", b"".join(pieces)


def scanner(*, keep: bool = False) -> Chunks:
    return Chunks(FIELDS.check_trailer, keep=keep)


@given(chunked(), st.binary(max_size=20), st.data())
def test_the_end_is_found_however_the_body_is_cut(
    body: tuple[bytes, bytes], following: bytes, data: st.DataObject
) -> None:
    wire = body[0] + following
    cuts = sorted(data.draw(st.sets(st.integers(0, len(wire)), max_size=8)) | {0, len(wire)})
    chunks, taken = scanner(keep=True), 0
    for start, end in pairwise(cuts):
        if not chunks.done:
            taken += chunks.feed(wire[start:end])
    assert chunks.done
    assert taken == len(body[0])
    assert chunks.payload() == body[1]


@given(chunked())
def test_the_end_is_found_when_every_byte_comes_alone(body: tuple[bytes, bytes]) -> None:
    chunks = scanner()
    for index in range(len(body[0])):
        assert not chunks.done
        assert chunks.feed(body[0][index : index + 1]) == 1
    assert chunks.done


@pytest.mark.parametrize(
    "wire",
    [
        b"5\nhello\n0\n\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"\r\n",
        b"5;a\x00b\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5;\rhidden\r\nhello\r\n0\r\n\r\n",
        b"1234567890abcdef\r\n",
        b"0\r\nX-Sum: 42\n\r\n",
        b"1" * (MAX_LINE + 1),
    ],
)
def test_framing_that_two_parsers_may_read_differently_is_refused(wire: bytes) -> None:
    with pytest.raises(MalformedChunks):
        scanner().feed(wire)


@pytest.mark.parametrize(
    "field",
    [
        b"X-Bridge-Identity: v1.x.y",
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"Host: evil",
        b"X_Forwarded_For: 1.2.3.4",
        b"no colon",
    ],
)
def test_a_trailer_field_that_means_something_to_a_head_is_refused(field: bytes) -> None:
    with pytest.raises(Refused):
        scanner().feed(b"0\r\n" + field + b"\r\n\r\n")


def test_trailers_without_end_are_refused() -> None:
    line = b"X-A: " + b"a" * 1000 + b"\r\n"
    with pytest.raises(MalformedChunks, match="too long"):
        scanner().feed(b"0\r\n" + line * (MAX_TRAILER // 1000 + 1))


def test_nothing_of_a_body_is_kept_unless_asked_for() -> None:
    chunks = scanner()
    chunks.feed(b"5\r\nhello\r\n")
    assert chunks.payload() == b""


@given(st.integers(0, 100), st.lists(st.binary(max_size=30), max_size=10))
def test_a_counted_body_takes_its_length_and_no_more(length: int, pieces: list[bytes]) -> None:
    counted = Counted(length)
    taken = sum(counted.feed(piece) for piece in pieces)
    assert taken == min(length, sum(map(len, pieces)))
    assert counted.done is (taken == length)


def test_a_body_until_close_never_ends_by_itself() -> None:
    assert UNTIL_CLOSE.feed(b"hello") == 5
    assert not UNTIL_CLOSE.done
