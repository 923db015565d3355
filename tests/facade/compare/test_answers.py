import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.compare.answers import MAX_BODY, Content, read_answer
from facade.errors import BrokenAnswer


def raw(body: bytes, *lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


@given(st.lists(st.binary(min_size=1, max_size=20)))
def test_a_chunked_body_is_put_together(pieces: list[bytes]) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)

    answer = read_answer(raw(chunks + b"0\r\n\r\n", "Transfer-Encoding: chunked"))

    assert answer.body == b"".join(pieces)


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("X-GZIP", gzip.compress(b"hello", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
    ],
)
def test_a_packed_body_is_unpacked(name: str, packed: bytes) -> None:
    assert read_answer(raw(packed, f"Content-Encoding: {name}")).body == b"hello"


def test_a_body_packed_in_an_unknown_way_stays_as_it_is() -> None:
    assert read_answer(raw(b"\x01\x02", "Content-Encoding: br")).body == b"\x01\x02"


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        raw(b"abc", "Content-Length: 4"),
        raw(b"4\r\nabc", "Transfer-Encoding: chunked"),
        raw(b"zz\r\n", "Transfer-Encoding: chunked"),
        raw(b"0\r\n\r\nmore", "Transfer-Encoding: chunked"),
        raw(b"no gzip", "Content-Encoding: gzip"),
        raw(gzip.compress(b"hello", mtime=0)[:-9], "Content-Encoding: gzip"),
        raw(gzip.compress(bytes(MAX_BODY + 1), mtime=0), "Content-Encoding: gzip"),
    ],
)
def test_what_is_no_whole_answer_is_refused(broken: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        read_answer(broken)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", Content.JSON),
        ("Application/JSON; charset=utf-8", Content.JSON),
        ("application/problem+json", Content.JSON),
        ("text/html; charset=utf-8", Content.HTML),
        ("application/pdf", Content.BYTES),
    ],
)
def test_the_content_type_says_how_a_body_is_read(kind: str, content: Content) -> None:
    assert read_answer(raw(b"", f"Content-Type: {kind}")).content is content


def test_fields_keep_their_order_and_lose_their_case() -> None:
    answer = read_answer(raw(b"", "Allow: GET", "X-One:  a ", "ALLOW: POST", status="405 No"))

    assert answer.status == 405
    assert answer.values("allow") == ["GET", "POST"]
    assert answer.values("x-one") == ["a"]
