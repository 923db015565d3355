"""Where the stack keeps what: everything under the git-ignored folder `.stack` of the checkout.

Only the servers' data may live elsewhere, when the checkout is closed to the user they run as.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.accounts import Account, can_reach
from deploy.stack.errors import StateDamaged

__all__ = ["Layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one checkout's stack."""

    root: Path

    @property
    def home(self) -> Path:
        """The folder of everything below."""
        return self.root / ".stack"

    @property
    def state(self) -> Path:
        """The file of ports and secrets."""
        return self.home / "state.json"

    @property
    def env(self) -> Path:
        """The environment of the last `up`, for a shell to evaluate."""
        return self.home / "env"

    def log(self, name: str) -> Path:
        """Return the log file of a server or service."""
        return self.home / "log" / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        """Return the file that remembers the process of a server or service."""
        return self.home / "run" / f"{name}.json"

    def make(self) -> None:
        """Create the folders; others may walk through them, the secrets are closed by file."""
        for folder in (self.home, self.home / "log", self.home / "run"):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let one command at a time change the stack."""
        self.make()
        with (self.home / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def data(self, account: Account | None) -> Path:
        """Return the folder of the servers' data, which the account can walk into."""
        link = self.home / "data"
        if not link.exists():
            if link.is_symlink():
                link.unlink()
            if can_reach(account, self.home):
                link.mkdir()
            else:
                link.symlink_to(_folder_outside(self.root))
        return link.resolve()


def _folder_outside(root: Path) -> Path:
    """Return a folder of our own in /var/tmp; its name is guessable, so its owner is checked."""
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    folder = Path("/var/tmp") / f"modern-edx-{os.getuid()}-{digest}"  # noqa: S108 (owner checked below)
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise StateDamaged(str(folder), "it belongs to somebody else")
    return folder
