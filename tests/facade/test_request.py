"""What is a request, and what of it goes on."""

import h11
import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.errors import Refused
from facade.head import MAX_FIELDS, MAX_REMEMBERED, end_of_head
from facade.request import MAX_TARGET, RequestHead, parse_request
from facade.section import FIELDS, MAX_SECTION, MAX_SECTIONS, SECTIONS

GET = b"GET / HTTP/1.1\r\nHost: lms.example.org"


def refusal(head: bytes) -> int:
    with pytest.raises(Refused) as caught:
        parse_request(head)
    return caught.value.status


@pytest.mark.parametrize(
    ("status", "head"),
    [
        (400, b"GET /  HTTP/1.1\r\nHost: a"),
        (400, b"GET /a b HTTP/1.1\r\nHost: a"),
        (400, b"get / HTTP/1.1\r\nHost: a"),
        (400, b"G\x00T / HTTP/1.1\r\nHost: a"),
        (400, b"GET /\x7f HTTP/1.1\r\nHost: a"),
        (400, b"GET /#x HTTP/1.1\r\nHost: a"),
        (400, b"GET relative HTTP/1.1\r\nHost: a"),
        (400, b"GET * HTTP/1.1\r\nHost: a"),
        (400, b"GET /"),
        (400, b""),
        (505, b"GET / HTTP/2.0\r\nHost: a"),
        (400, b"GET / JTTP/1.1\r\nHost: a"),
        (405, b"CONNECT lms.example.org:443 HTTP/1.1\r\nHost: a"),
        (405, b"TRACE / HTTP/1.1\r\nHost: a"),
        (400, b"GET http://other/x HTTP/1.1\r\nHost: a"),
        (400, b"GET ftp://a/x HTTP/1.1\r\nHost: a"),
        (400, b"GET / HTTP/1.1"),
        (400, b"GET / HTTP/1.1\r\nHost:"),
        (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b"),
        (400, b"GET / HTTP/1.1\r\nHost: a b"),
        (400, b"GET / HTTP/1.1\r\nHost: a@b"),
        (400, GET + b"\r\nX-A: b\r\n c"),
        (400, GET + b"\r\nX-A: b\nX-Evil: 1"),
        (400, GET + b"\r\nX-A: b\x00c"),
        (400, GET + b"\r\nX-A: b\rc"),
        (400, GET + b"\r\nX A: b"),
        (400, GET + b"\r\nTransfer-Encoding : chunked"),
        (400, GET + b"\r\n: b"),
        (400, GET + b"\r\nno colon"),
        (400, GET + b"\r\nContent-Length: 5\r\nContent-Length: 5"),
        (400, GET + b"\r\nContent-Length: 5, 5"),
        (400, GET + b"\r\nContent-Length: +5"),
        (400, GET + b"\r\nContent-Length: 0x5"),
        (400, GET + b"\r\nContent-Length: -1"),
        (400, GET + b"\r\nContent-Length:"),
        (400, GET + b"\r\nContent-Length: 1234567890123456789"),
        (400, GET + b"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"),
        (400, GET + b"\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        (400, GET + b"\r\nTransfer-Encoding: gzip, chunked"),
        (400, GET + b"\r\nTransfer-Encoding: xchunked"),
        (400, GET.replace(b"1.1", b"1.0") + b"\r\nTransfer-Encoding: chunked"),
        (400, GET + b"\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b"),
        (417, GET + b"\r\nExpect: 200-maybe"),
        (414, b"GET /" + b"a" * MAX_TARGET + b" HTTP/1.1\r\nHost: a"),
        (431, GET + b"\r\nX-A: b" * MAX_FIELDS),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(status: int, head: bytes) -> None:
    assert refusal(head) == status


@pytest.mark.parametrize(
    "line",
    [
        b"X-Bridge-Identity: v1.a.b",
        b"x-bridge-anything: 1",
        b"X_Bridge_Identity: v1.a.b",
        b"X-Forwarded-For: 6.6.6.6",
        b"X_Forwarded_For: 6.6.6.6",
        b"X-Forwarded-Proto: https",
        b"X-Forwarded-Host: evil",
        b"X-Forwarded-Port: 1",
        b"X-Forwarded-Ssl: on",
        b"X-Real-IP: 6.6.6.6",
        b"X-Request-ID: mine",
        b"Forwarded: for=6.6.6.6",
        b"Proxy: http://evil",
        b"Proxy-Authorization: Basic x",
        b"Proxy-Connection: keep-alive",
        b"Keep-Alive: timeout=5",
        b"TE: trailers",
        b"Upgrade: h2c",
    ],
)
def test_what_a_client_may_not_say_is_left_out(line: bytes) -> None:
    assert parse_request(GET + b"\r\n" + line + b"\r\nX-Kept: 1").section.lines == [
        b"Host: lms.example.org",
        b"X-Kept: 1",
    ]


def test_every_other_line_passes_as_it_came() -> None:
    lines = [
        b"hOsT: lms.example.org:8000",
        b"X-A:  spaced\t",
        b"x-a:",
        b"X-A: \xe2\x82\xac",
        b"Cookie: a=1",
        b"Cookie: b=2",
        b"Content-Length: 5",
        b"Authorization: Bearer x",
    ]
    assert parse_request(b"POST / HTTP/1.1\r\n" + b"\r\n".join(lines)).section.lines == lines


def test_what_connection_names_is_for_this_hop_only() -> None:
    head = parse_request(
        GET + b"\r\nX-Early: 1\r\nConnection: keep-alive, X-Early, x-late\r\nX-Late: 2\r\nX-Kept: 3"
    )
    assert head.section.lines == [b"Host: lms.example.org", b"X-Kept: 3"]
    assert not head.section.close


def test_connection_cannot_remove_what_decides_who_asks_or_where_the_body_ends() -> None:
    lines = (
        b"\r\nCookie: a=1\r\nContent-Length: 5\r\nConnection: close, cookie, content-length, host"
    )
    head = parse_request(GET + lines)
    assert head.section.lines == [b"Host: lms.example.org", b"Cookie: a=1", b"Content-Length: 5"]
    assert head.section.close


@pytest.mark.parametrize(
    ("version", "connection", "close"),
    [
        (b"1.1", b"", False),
        (b"1.1", b"Connection: Close", True),
        (b"1.1", b"Connection: keep-alive, close", True),
        (b"1.0", b"", True),
        (b"1.0", b"Connection: Keep-Alive", False),
    ],
)
def test_the_client_says_whether_its_connection_stays(
    version: bytes, connection: bytes, *, close: bool
) -> None:
    lines = [b"GET / HTTP/" + version, b"Host: a", *([connection] if connection else [])]
    assert parse_request(b"\r\n".join(lines)).section.close is close


@pytest.mark.parametrize(
    ("extra", "upgrade"),
    [
        (b"Upgrade: websocket\r\nConnection: Upgrade", b"websocket"),
        (b"Connection: keep-alive, upgrade\r\nUpgrade: WebSocket", b"WebSocket"),
        (b"Upgrade: websocket", b""),
        (b"Upgrade: h2c\r\nConnection: Upgrade", b""),
        (b"Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 1", b""),
    ],
)
def test_only_a_plain_websocket_request_upgrades(extra: bytes, upgrade: bytes) -> None:
    assert parse_request(GET + b"\r\n" + extra).upgrade == upgrade


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"http://LMS.example.org/a?b=c", b"/a?b=c"),
        (b"https://lms.example.org", b"/"),
    ],
)
def test_an_absolute_target_goes_on_as_its_path(target: bytes, path: bytes) -> None:
    head = parse_request(b"GET " + target + b" HTTP/1.1\r\nHost: lms.example.org")
    assert head.target == path


def test_http_1_0_needs_no_host_and_gets_no_interim_answer() -> None:
    head = parse_request(b"GET / HTTP/1.0\r\nExpect: 100-continue")
    assert (head.section.host, head.section.expects, head.section.lines) == (b"", False, [])


def test_a_rare_method_and_options_of_everything_pass() -> None:
    assert parse_request(b"PROPFIND /x HTTP/1.1\r\nHost: a").method == b"PROPFIND"
    assert parse_request(b"OPTIONS * HTTP/1.1\r\nHost: a").target == b"*"


def test_the_memory_of_lines_is_bounded_and_holds_no_credentials() -> None:
    secrets = [b"Cookie: sessionid=s", b"Authorization: Bearer s", b"X-CSRFToken: s"]
    for number in range(MAX_REMEMBERED + 10):
        parse_request(GET + b"\r\n".join([b"", b"X-N: %d" % number, *secrets]))
    assert len(FIELDS) <= MAX_REMEMBERED
    assert not FIELDS.keys() & set(secrets)


def test_the_memory_of_sections_is_bounded_in_number_and_in_size() -> None:
    for number in range(MAX_SECTIONS + 10):
        parse_request(GET + b"\r\nX-N: %d" % number)
    parse_request(GET + b"\r\nX-Long: " + b"x" * MAX_SECTION)
    assert len(SECTIONS) <= MAX_SECTIONS
    assert all(len(section) <= MAX_SECTION for section in SECTIONS)


def test_the_same_fields_mean_the_same_for_another_line_but_not_for_an_old_client() -> None:
    fields = b"\r\nHost: a\r\nExpect: 100-continue\r\nConnection: upgrade\r\nUpgrade: websocket"
    get, post, old = (
        parse_request(line + fields)
        for line in (b"GET / HTTP/1.1", b"POST / HTTP/1.1", b"GET / HTTP/1.0")
    )
    assert get.section is post.section
    assert (get.upgrade, post.upgrade, old.upgrade) == (b"websocket", b"", b"")
    assert (get.section.close, old.section.close) == (False, True)
    assert (get.section.lines, old.section.lines) == (
        [b"Host: a", b"Expect: 100-continue"],
        [b"Host: a"],
    )


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_end_of_a_head_is_found_when_it_comes_in_pieces(first: int, second: int) -> None:
    head = GET + b"\r\nX-A: b\r\n\r\nrest"
    cuts = sorted({min(first, len(head)), min(second, len(head)), len(head)})
    seen = 0
    for cut in cuts:
        end = end_of_head(head[:cut], start=seen)
        seen = cut
        if end >= 0:
            break
    assert head[end:] == b"\r\n\r\nrest"


@pytest.mark.parametrize(
    ("status", "buffer"),
    [
        (400, b"GET / HTTP/1.1\nHost: a\n\n"),
        (400, b"\n"),
        (431, b"x" * 101),
        (431, b"x" * 101 + b"\r\n\r\n"),
    ],
)
def test_a_head_that_may_never_end_is_refused_early(status: int, buffer: bytes) -> None:
    with pytest.raises(Refused) as caught:
        end_of_head(buffer, limit=100)
    assert caught.value.status == status


# Differential: whatever we pass on, other parsers must frame as we do, or refuse.

NAMES = st.sampled_from(
    [b"Host", b"Content-Length", b"Transfer-Encoding", b"Connection", b"Upgrade", b"X-A", b"Expect"]
)
LENGTHS = (b"0", b"5", b"05", b"+5", b"5, 5", b"\t5", b"5 ", b"")
CODINGS = (b"chunked", b"Chunked", b"chunked, chunked", b"identity")
WORDS = (b"a", b"close", b"keep-alive", b"upgrade", b"websocket", b"100-continue")
VALUES = st.sampled_from([*LENGTHS, *CODINGS, *WORDS])
SEPARATORS = st.sampled_from([b": ", b":", b" :", b":\t", b": \x0b"])
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\n "])


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """Heads around the fields that say where a request ends."""
    method = draw(st.sampled_from([b"GET", b"POST", b"PUT", b"HEAD"]))
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"]))
    target = draw(st.sampled_from([b"/", b"/a?b=%2F", b"http://a/x", b"*", b"//a/b"]))
    fields = draw(st.lists(st.tuples(NAMES, SEPARATORS, VALUES, ENDS), max_size=5))
    return b"%b %b %b\r\nHost: a\r\n" % (method, target, version) + b"".join(
        b"".join(field) for field in fields
    )


def ours(head: bytes) -> RequestHead | None:
    try:
        return parse_request(head.removesuffix(b"\r\n"))
    except Refused:
        return None


def passed(head: RequestHead) -> bytes:
    """The framing as the upstream gets it."""
    return b"%b%b\r\n\r\n" % (head.line, head.section.text)


def body_of(head: RequestHead) -> bytes:
    """A body of the length or in the chunks that the head says."""
    if head.section.chunked:
        return b"5\r\nhello\r\n0\r\n\r\n"
    return b"x" * max(head.section.length, 0)


@given(heads())
def test_h11_frames_what_we_pass_on_as_we_do(raw: bytes) -> None:
    head = ours(raw)
    if head is None:
        return
    connection = h11.Connection(h11.SERVER)
    body = body_of(head)
    connection.receive_data(passed(head) + body + b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
    events = []
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        events.append(event)
    data = b"".join(bytes(event.data) for event in events if isinstance(event, h11.Data))
    assert data == (b"hello" if head.section.chunked else body)
    assert connection.trailing_data[0] == b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"


class Told:
    """What httptools says of a stream of requests."""

    def __init__(self) -> None:
        self.targets: list[bytes] = []
        self.bodies: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self.targets.append(url)
        self.bodies.append(b"")

    def on_body(self, body: bytes) -> None:
        self.bodies[-1] += body


@given(heads())
def test_llhttp_frames_what_we_pass_on_as_we_do(raw: bytes) -> None:
    head = ours(raw)
    if head is None or head.section.close or head.upgrade:
        return
    told = Told()
    body = body_of(head)
    following = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
    httptools.HttpRequestParser(told).feed_data(passed(head) + body + following)
    assert told.targets == [head.target, b"/next"]
    assert told.bodies == [b"hello" if head.section.chunked else body, b""]
