"""Who the servers run as: ourselves, or, because servers refuse to run as root, an own user.

Does not create users: the Debian packages of the servers do.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Account", "can_reach", "give", "serving"]


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the system, as `subprocess` and `chown` want it."""

    name: str
    uid: int
    gid: int


def serving(names: Sequence[str]) -> Account | None:
    """Return the first user of `names` that exists when we are root, None when we are not."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in (*names, "nobody") if name in known)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def can_reach(account: Account | None, folder: Path) -> bool:
    """Say whether the account may walk into this folder."""
    if account is None:
        return os.access(folder, os.X_OK)
    probe = subprocess.run(
        ["test", "-x", folder], check=False, user=account.uid, group=account.gid, extra_groups=[]
    )
    return probe.returncode == 0


def give(account: Account | None, path: Path) -> None:
    """Make the account the owner of a file or folder."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
