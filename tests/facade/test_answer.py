"""What is an answer of an upstream, and what of it goes on."""

import pytest

from facade.answer import parse_answer
from facade.errors import BrokenAnswer

OK = b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 600 OK",
        b"HTTP/2 200 OK",
        b"http/1.1 200 OK",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1 200 O\x00K",
        b"ICY 200 OK",
        OK + b"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        OK + b"\r\nContent-Length: 5\r\nContent-Length: 5",
        OK + b"\r\nContent-Length: 5, 5",
        OK + b"\r\nContent-Length: five",
        OK + b"\r\nTransfer-Encoding: gzip, chunked",
        OK + b"\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked",
        OK + b"\r\nX-A: b\nX-B: c",
        OK + b"\r\nX-A: b\r\n folded",
        OK + b"\r\nX A: b",
        OK + b"\r\nno colon",
    ],
)
def test_what_can_be_read_in_two_ways_is_broken(head: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        parse_answer(head)


def test_lines_pass_as_they_came_but_for_this_hop_and_the_bridge() -> None:
    lines = [b"Set-Cookie: a=1", b"x-a:  b", b"Set-Cookie: b=2", b"X_Odd: 1", b"Content-Length: 5"]
    hop = [b"Connection: X-Mine", b"X-Mine: 1", b"Keep-Alive: 5", b"X-Bridge-Decision: forged"]
    answer = parse_answer(b"\r\n".join([OK, *hop, *lines]))
    assert answer.lines == lines
    assert (answer.status, answer.length, answer.keep) == (200, 5, True)


def test_the_framing_is_noted_and_left_to_who_sends_it_on() -> None:
    answer = parse_answer(OK + b"\r\nTransfer-Encoding: Chunked\r\nConnection: close")
    assert (answer.chunked, answer.keep, answer.lines) == (True, False, [])


def test_an_old_answer_goes_on_as_a_new_one_over_a_connection_that_is_not_kept() -> None:
    answer = parse_answer(b"HTTP/1.0 404 Not Found\r\nX-A: b")
    assert (answer.status_line, answer.keep) == (b"HTTP/1.1 404 Not Found", False)


def test_a_status_line_needs_no_reason() -> None:
    assert parse_answer(b"HTTP/1.1 204").status == 204
