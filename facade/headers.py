"""What a facade adds to a request: who the client is and how it came, believed from nobody but
named proxies.

Legacy's gunicorn takes the first address of `X-Forwarded-For` for REMOTE_ADDR, by which it limits
logins, so that first address is always one that we or a trusted proxy saw itself.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facade.request import RequestHead
    from facade.section import Section
    from facade.settings import Address, Network


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a client's connection; `lines` are the two lines for peers that are believed
    nothing.
    """

    address: str
    trusted: bool
    lines: bytes

    @classmethod
    @lru_cache(maxsize=1024)
    def of(cls, address: str, trusted_proxies: tuple[Network, ...]) -> Peer:
        """Look up whether an address (without port) is a trusted proxy's; connections from one
        address share what is found.
        """
        return cls(address, is_trusted(address, trusted_proxies), _lines(address.encode(), b"http"))


def is_trusted(address: str, trusted_proxies: tuple[Network, ...]) -> bool:
    """Say whether an address lies in one of the networks; what is no address does not."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A dual-stack socket shows IPv4 clients as ::ffff:a.b.c.d.
    mapped = getattr(ip, "ipv4_mapped", None)
    return any((mapped or ip) in network for network in trusted_proxies)


def forwarded_lines(section: Section, peer: Peer, trusted_proxies: tuple[Network, ...]) -> bytes:
    """Return `X-Forwarded-For` and `X-Forwarded-Proto` for a request, as lines joined by CRLF."""
    if not peer.trusted:
        return peer.lines
    parts = section.forwarded_for.split(b",")
    chain = [address for part in parts if (address := part.strip(b" \t"))]
    proto = b"https" if section.forwarded_proto == b"https" else b"http"
    return _lines(b", ".join((*_believable(chain, trusted_proxies), peer.address.encode())), proto)


def upstream_head(head: RequestHead, ours: Iterable[bytes], *, address: Address) -> bytes:
    """Put the head of the forwarded request together: the client's lines as they came, then ours
    (`address` is the upstream's, for old clients that name no host).
    """
    lines = [head.line + head.section.text, *ours]
    if not head.section.host:
        lines.append(b"Host: " + str(address).encode())
    if head.upgrade:
        lines += (b"Upgrade: " + head.upgrade, b"Connection: Upgrade")
    lines += (b"", b"")
    return b"\r\n".join(lines)


def _believable(chain: list[bytes], trusted_proxies: tuple[Network, ...]) -> list[bytes]:
    """Cut a chain before the rightmost address that is no trusted proxy: what stands left of it is
    only claimed.
    """
    for index in range(len(chain) - 1, -1, -1):
        if not is_trusted(chain[index].decode("latin-1"), trusted_proxies):
            return chain[index:]
    return chain


def _lines(addresses: bytes, proto: bytes) -> bytes:
    return b"X-Forwarded-For: %b\r\nX-Forwarded-Proto: %b" % (addresses, proto)
