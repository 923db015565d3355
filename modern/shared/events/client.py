"""Where a request came from, as the tracking log tells it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from modern.shared.events.data import Client

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["client_of"]


def client_of(request: HttpRequest) -> Client:
    """Return address, browser and path of `request`; what it does not say is ''."""
    headers = request.headers
    return Client(
        ip=_address(headers.get("X-Forwarded-For", ""), request.META.get("REMOTE_ADDR", "")),
        agent=headers.get("User-Agent", ""),
        host=headers.get("Host", ""),
        referer=headers.get("Referer", ""),
        accept_language=headers.get("Accept-Language", ""),
        path=request.path,
    )


def _address(forwarded: str, peer: str) -> str:
    """Return the first address of X-Forwarded-For, which the proxies in front have cleaned, else
    the peer's.
    """
    first = forwarded.split(",", maxsplit=1)[0].strip()
    try:
        return str(ipaddress.ip_address(first))
    except ValueError:
        return peer
