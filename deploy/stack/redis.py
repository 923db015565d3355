"""The stack's Redis: in memory only, nothing survives a stop."""

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from deploy.stack.site import Site

__all__ = ["Redis", "command"]


def command(program: Path, port: int, folder: Path) -> tuple[str, ...]:
    """Return the command of a Redis on loopback that keeps nothing."""
    return (
        str(program),
        *("--port", str(port)),
        *("--bind", "127.0.0.1"),
        *("--dir", str(folder)),
        *("--save", ""),
        *("--appendonly", "no"),
    )


@dataclass(frozen=True, slots=True)
class Redis:
    """One Redis server."""

    site: Site
    name: ClassVar[str] = "redis"
    programs: ClassVar[tuple[str, ...]] = ("redis-server",)
    accounts: ClassVar[tuple[str, ...]] = ("redis",)
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @property
    def url(self) -> str:
        """Return the URL that the rooms use."""
        return f"redis://127.0.0.1:{self.site.port}/0"

    @property
    def admin_url(self) -> str:
        """Return the same URL: this Redis knows no users."""
        return self.url

    def initialise(self, data: Path) -> tuple[str, ...]:  # noqa: ARG002 (an empty folder is all it needs)
        """Return no command."""
        return ()

    def command(self) -> tuple[str, ...]:
        """Return the command that runs the server in the foreground."""
        return command(self.site.programs["redis-server"], self.site.port, self.site.data)

    def prepare(self) -> None:
        """Nothing to make."""
