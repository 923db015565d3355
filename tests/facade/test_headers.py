"""Who the client is: the peer that we saw, or what a trusted proxy saw."""

import ipaddress

import pytest

from facade.headers import Peer, forwarded_lines
from facade.request import parse_request

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


def forwarded(peer: str, *lines: bytes) -> tuple[bytes, bytes]:
    head = parse_request(b"\r\n".join([b"GET / HTTP/1.1", b"Host: a", *lines]))
    found = forwarded_lines(head.section, Peer.of(peer, PROXIES), PROXIES)
    addresses, proto = found.split(b"\r\n")
    return addresses.removeprefix(b"X-Forwarded-For: "), proto.removeprefix(b"X-Forwarded-Proto: ")


CLAIMS = (b"X-Forwarded-For: 6.6.6.6", b"X-Forwarded-Proto: https")


@pytest.mark.parametrize("peer", ["203.0.113.9", "2001:db8::1", "", "not an address"])
def test_an_unknown_peer_is_believed_nothing(peer: str) -> None:
    assert forwarded(peer, *CLAIMS) == (peer.encode(), b"http")


@pytest.mark.parametrize("peer", ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3"])
def test_a_trusted_proxy_says_who_and_how(peer: str) -> None:
    assert forwarded(peer, *CLAIMS) == (b"6.6.6.6, " + peer.encode(), b"https")


@pytest.mark.parametrize(
    ("chain", "believed"),
    [
        (b"6.6.6.6, 203.0.113.9", b"203.0.113.9"),
        (b"6.6.6.6, 203.0.113.9, 10.9.9.9", b"203.0.113.9, 10.9.9.9"),
        (b"10.9.9.9", b"10.9.9.9"),
        (b"nonsense", b"nonsense"),
    ],
)
def test_the_first_address_is_one_that_a_trusted_proxy_saw_itself(
    chain: bytes, believed: bytes
) -> None:
    addresses, _ = forwarded("10.1.2.3", b"X-Forwarded-For: " + chain)
    assert addresses == believed + b", 10.1.2.3"


def test_a_trusted_proxy_that_says_nothing_is_itself_the_client() -> None:
    assert forwarded("10.1.2.3") == (b"10.1.2.3", b"http")


def test_repeated_lines_of_a_trusted_proxy_are_one_chain() -> None:
    lines = (b"X-Forwarded-For: 6.6.6.6", b"X-Forwarded-For: 203.0.113.9")
    assert forwarded("10.1.2.3", *lines)[0] == b"203.0.113.9, 10.1.2.3"


@pytest.mark.parametrize("proto", [b"HTTPS", b"https"])
def test_only_https_counts_as_https(proto: bytes) -> None:
    assert forwarded("10.1.2.3", b"X-Forwarded-Proto: " + proto)[1] == b"https"
    assert forwarded("10.1.2.3", b"X-Forwarded-Proto: wss")[1] == b"http"
