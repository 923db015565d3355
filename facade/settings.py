"""The facade's settings, read once from the environment; a value that is missing or malformed is
named.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from facade.errors import SettingInvalid
from facade.limits import HoldLimits, ShadowLimits
from facade.line import Crowd

if TYPE_CHECKING:
    from collections.abc import Mapping

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MIN_KEY_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class Address:
    """Where an upstream listens."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacadeSettings:
    """Everything that an installation may choose; times in seconds."""

    legacy_lms: Address
    legacy_cms: Address
    modern_lms: Address
    modern_cms: Address
    bridge_key: str
    redis_url: str = ""
    snapshot_path: Path | None = None
    legacy_secret_key: str = ""
    cms_hosts: frozenset[str] = frozenset()
    trusted_proxies: tuple[Network, ...] = ()
    session_cookie_name: str = "sessionid"
    head_seconds: float = 10.0
    idle_seconds: float = 75.0
    body_seconds: float = 30.0
    answer_seconds: float = 60.0
    tunnel_seconds: float = 3600.0
    drain_seconds: float = 30.0
    max_connections: int = 10_000
    """Clients of one worker; those beyond it get 503 at once."""
    crowd: Crowd = field(default_factory=Crowd)
    holds: HoldLimits = field(default_factory=HoldLimits)
    parity_rules: Path | None = None
    """File of the rules by which the shadow compares answers."""
    shadow: ShadowLimits = field(default_factory=ShadowLimits)


def read_settings(environ: Mapping[str, str]) -> FacadeSettings:
    """Read the settings; raises SettingInvalid with the name of the variable that is wrong."""
    read = _Reader(environ)
    return FacadeSettings(
        legacy_lms=read.address("LEGACY_URL"),
        legacy_cms=read.address("LEGACY_CMS_URL", "LEGACY_URL"),
        modern_lms=read.address("MODERN_LMS_URL"),
        modern_cms=read.address("MODERN_CMS_URL"),
        bridge_key=read.key("BRIDGE_KEY"),
        redis_url=read.redis_url("REDIS_URL"),
        snapshot_path=Path(path) if (path := read.text("SNAPSHOT_PATH")) else None,
        legacy_secret_key=read.text("LEGACY_SECRET_KEY"),
        cms_hosts=frozenset(host.lower() for host in read.items("CMS_HOSTS")),
        trusted_proxies=read.networks("TRUSTED_PROXIES"),
        session_cookie_name=read.text("SESSION_COOKIE_NAME", "sessionid"),
        answer_seconds=read.seconds("FACADE_ANSWER_SECONDS", 60.0),
        drain_seconds=read.seconds("FACADE_DRAIN_SECONDS", 30.0),
        max_connections=read.count("FACADE_MAX_CONNECTIONS", 10_000),
        crowd=Crowd(
            exchanges=read.count("FACADE_MAX_EXCHANGES", 512),
            seconds=read.seconds("FACADE_QUEUE_SECONDS", 5.0),
        ),
        holds=HoldLimits(seconds=read.seconds("FACADE_HOLD_SECONDS", 20.0)),
        parity_rules=Path(path) if (path := read.text("FACADE_PARITY_RULES")) else None,
    )


def read_address(name: str, text: str) -> Address:
    """Read `http://host:port`; raises SettingInvalid with the name of what is wrong."""
    return _Reader({name: text}).address(name)


class _Reader:
    """Typed access to the environment, with one way of complaining."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str = "") -> str:
        return self._environ.get(name, "").strip() or default

    def items(self, name: str) -> list[str]:
        return [item.strip() for item in self.text(name).split(",") if item.strip()]

    def address(self, name: str, fallback: str = "") -> Address:
        text = self.text(name) or (self.text(fallback) if fallback else "")
        if not text:
            raise SettingInvalid(name, "is not set: give it as http://host:port")
        try:
            parts = urlsplit(text)
            port = parts.port or 80
        except ValueError:
            raise SettingInvalid(
                name, f"is not a URL of the form http://host:port: {text}"
            ) from None
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
            raise SettingInvalid(name, f"is not a URL of the form http://host:port: {text}")
        return Address(parts.hostname, port)

    def key(self, name: str) -> str:
        text = self.text(name)
        if len(text) < MIN_KEY_LENGTH:
            raise SettingInvalid(name, f"is missing or shorter than {MIN_KEY_LENGTH} characters")
        return text

    def redis_url(self, name: str) -> str:
        text = self.text(name)
        if text and not text.startswith(("redis://", "rediss://", "unix://")):
            raise SettingInvalid(name, "is not of the form redis://host:port/0")
        return text

    def networks(self, name: str) -> tuple[Network, ...]:
        try:
            return tuple(ipaddress.ip_network(item) for item in self.items(name))
        except ValueError as error:
            raise SettingInvalid(name, f"holds something that is no network: {error}") from error

    def seconds(self, name: str, default: float) -> float:
        text = self.text(name)
        try:
            value = float(text) if text else default
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf"):
            raise SettingInvalid(name, f"is not a positive number of seconds: {text}")
        return value

    def count(self, name: str, default: int) -> int:
        text = self.text(name)
        if text and (not text.isdecimal() or not int(text)):
            raise SettingInvalid(name, f"is not a positive whole number: {text}")
        return int(text) if text else default
