"""What a server of the stack is given, and what it must be able to do."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from deploy.stack.accounts import Account

__all__ = ["Server", "Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """The place of one server: its data, its port, its user, its programs and all secrets."""

    data: Path
    port: int
    account: Account | None
    programs: Mapping[str, Path]
    secrets: Mapping[str, str]


class Server(Protocol):
    """A database server as the lifecycle sees it."""

    name: ClassVar[str]
    programs: ClassVar[tuple[str, ...]]
    accounts: ClassVar[tuple[str, ...]]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, site: Site) -> None: ...

    @property
    def site(self) -> Site:
        """Where it lives."""

    @property
    def url(self) -> str:
        """The URL that the rooms use."""

    @property
    def admin_url(self) -> str:
        """The URL of the administrator; it works as soon as the server listens."""

    def initialise(self, data: Path) -> tuple[str, ...]:
        """Return the command that fills the empty folder `data`; none is needed when empty."""

    def command(self) -> tuple[str, ...]:
        """Return the command that runs the server in the foreground."""

    def prepare(self) -> None:
        """Make users and databases once the server answers; harmless when repeated."""
