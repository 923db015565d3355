"""`facade export nginx`: the routes whose upstream is settled, as an include for nginx.

nginx then answers for them without the facade. What the facade alone can do goes through it still:
telling modern who asks, choosing by user or course, asking the shadow, noticing a login. The rule
of `flags.routes.find` becomes the order of the lines: of the first that matches, nginx takes the
value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from facade.decide import Upstream
from facade.question import SESSION_CAPABILITIES
from flags.access import SAFE_METHODS, Access
from flags.pattern import compile_pattern
from flags.routes import NATIVE, ROUTES, Route, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from facade.settings import Address, FacadeSettings
    from flags.snapshot import Snapshot

FACADE: Final = "bridge_facade"
_OTHERS: Final = "[^:]+"
"""Methods are tokens without a colon, which parts them from the path."""

_HEAD: Final = """\
# Written by `facade export nginx` at epoch {epoch} of the rollouts: write it anew after every flip.
# `facade hold` cannot hold what goes past the facade: before a switch, take this file out.
# Include it in the http block. The server block needs, with nothing else that has a path:
#
#     merge_slashes off;
#     location / {{
#         proxy_pass http://$bridge_upstream;
#         proxy_http_version 1.1;
#         proxy_request_buffering off;
#         proxy_set_header Connection "";
#         proxy_set_header Host $http_host;
#         proxy_set_header X-Forwarded-For $remote_addr;
#         proxy_set_header X-Forwarded-Proto $scheme;
#         proxy_set_header X-Bridge-Identity "";
#     }}
#
# TRUSTED_PROXIES of the facade has to name this nginx. WebSockets need a location of their own.
"""


class Line(NamedTuple):
    """One line of a map: methods and paths, as regular expressions, and the name of the upstream.

    Plain strings would be quicker, but nginx looks them up without regard to case.
    """

    methods: str
    path: str
    upstream: str

    def __str__(self) -> str:
        """Write it for nginx, whose words in quotes may hold anything but quotes."""
        return f'    "~(?s)^(?:{self.methods}):{self.path}" {self.upstream};'


def include(snapshot: Snapshot, settings: FacadeSettings, facade: Address) -> Iterator[str]:
    """Yield the lines of the include."""
    yield from _HEAD.format(epoch=snapshot.epoch).splitlines()
    yield from _upstreams(settings, facade)
    yield from _services(settings.cms_hosts)
    for service in Service:
        yield from _map(f"bridge_{service}", served(service, snapshot), f"$bridge_{service}_owner")
        default = f"bridge_legacy_{service}"
        yield from _map(f"bridge_{service}_owner", owned(service, snapshot), default)
    yield from _conditions(settings.session_cookie_name)


def served(service: Service, snapshot: Snapshot) -> Iterator[Line]:
    """Yield the lines of routes with the methods that they serve."""
    for route in ROUTES:
        if route.service is service:
            yield from _lines(route, snapshot, any_method=not route.methods)


def owned(service: Service, snapshot: Snapshot) -> Iterator[Line]:
    """Yield the lines for where no route serves the method: the first that matches owns the
    path.
    """
    for route in ROUTES:
        if route.service is service and route.methods:
            yield from _lines(route, snapshot, any_method=True)


def settled(route: Route, access: Access, snapshot: Snapshot) -> Upstream | None:
    """Say who serves a route whoever asks and about whatever course; None where that matters.

    Legacy's routes with a shadow are not settled: the facade has to see them. Nor are writes that
    log in or out: it has to notice them.
    """
    if route.capability == NATIVE:
        return Upstream.MODERN
    if access is Access.WRITES and route.capability in SESSION_CAPABILITIES:
        return None
    if access not in route.built:
        return Upstream.LEGACY
    rollout = snapshot.rollouts[route.capability]
    if rollout.needs_actor or rollout.needs_course:
        return None
    if rollout.everyone and not (rollout.reads_only and access is Access.WRITES):
        return Upstream.MODERN
    return None if rollout.shadow else Upstream.LEGACY


def _lines(route: Route, snapshot: Snapshot, *, any_method: bool) -> Iterator[Line]:
    path = _regex(route.pattern)
    by_upstream: dict[str, list[str]] = {}
    for methods, access in _methods(route, any_method=any_method):
        upstream = _name(route.service, access, settled(route, access, snapshot))
        by_upstream.setdefault(upstream, []).append(methods)
    for upstream, parts in by_upstream.items():
        yield Line(_OTHERS if _OTHERS in parts else "|".join(parts), path, upstream)


def _methods(route: Route, *, any_method: bool) -> Iterator[tuple[str, Access]]:
    """Part the methods of a route into those that read and those that write, in this order: where
    all methods count, those that write are the rest.
    """
    if route.always is not None and any_method:
        yield _OTHERS, route.always
    elif any_method:
        yield "|".join(sorted(SAFE_METHODS)), Access.READS
        yield _OTHERS, Access.WRITES
    else:
        head = {"HEAD"} if "GET" in route.methods else set()
        for access in Access:
            served = [
                method
                for method in sorted({*route.methods, *head, "OPTIONS"})
                if route.access(method) is access
            ]
            if served:
                yield "|".join(served), access


def _name(service: Service, access: Access, upstream: Upstream | None) -> str:
    """Name the upstream; writes of modern need the facade, which says whether they may be sent
    again.
    """
    if upstream is None or (upstream is Upstream.MODERN and access is Access.WRITES):
        return FACADE
    return f"bridge_{upstream}_{service}"


def _regex(pattern: str) -> str:
    """Translate the pattern for PCRE; groups lose their names, of which nginx would make
    variables.
    """
    text = compile_pattern(pattern).pattern.decode()
    return re.sub(r"\(\?P<\w+>", "(?:", text).removesuffix(r"\Z") + r"\z"


def _map(name: str, lines: Iterable[Line], default: str) -> Iterator[str]:
    yield f'map "$request_method:$uri" ${name} {{'
    yield f"    default {default};"
    yield from dict.fromkeys(map(str, lines))
    yield "}"


def _upstreams(settings: FacadeSettings, facade: Address) -> Iterator[str]:
    addresses = {
        "bridge_legacy_lms": settings.legacy_lms,
        "bridge_legacy_cms": settings.legacy_cms,
        "bridge_modern_lms": settings.modern_lms,
        "bridge_modern_cms": settings.modern_cms,
    }
    for name, address in addresses.items():
        # Only reads go to modern from here, so that nginx may repeat them where modern is down.
        backup = f" server {facade} backup;" if "modern" in name else ""
        yield f"upstream {name} {{ server {address};{backup} keepalive 64; }}"
    yield f"upstream {FACADE} {{ server {facade}; keepalive 64; }}"


def _services(cms_hosts: Iterable[str]) -> Iterator[str]:
    yield "map $http_host $bridge_route {"
    yield "    default $bridge_lms;"
    for host in sorted(cms_hosts):
        port = "" if ":" in host else "(?::[0-9]*)?"
        yield f'    "~*^{re.escape(host)}{port}\\z" $bridge_cms;'
    yield "}"


def _conditions(cookie_name: str) -> Iterator[str]:
    """Yield what a request must be like to go past the facade.

    Its path must mean the same to nginx, which resolves dots and slashes before it matches; and who
    asks modern must be nobody, as nginx cannot tell it who it is.
    """
    yield 'map "$http_upgrade:$request_uri" $bridge_form {'
    yield "    default odd;"
    yield r'    "~*^:[^?]*(?://|/\.|%[01]|%2[ef]|%7f)" odd;'
    yield '    "~^:/" plain;'
    yield "}"
    yield 'map "$http_authorization:$http_cookie" $bridge_actor {'
    yield "    default somebody;"
    yield f'    "~^:(?!.*{re.escape(cookie_name)})" nobody;'
    yield "}"
    yield 'map "$bridge_route:$bridge_actor:$bridge_form" $bridge_upstream {'
    yield f"    default {FACADE};"
    yield r'    "~^(?<bridge_legacy>bridge_legacy_[a-z]+):[a-z]+:plain\z" $bridge_legacy;'
    yield r'    "~^(?<bridge_modern>bridge_modern_[a-z]+):nobody:plain\z" $bridge_modern;'
    yield "}"
