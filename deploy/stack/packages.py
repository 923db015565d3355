"""Where the servers' programs are, and how missing ones are installed on Debian and Ubuntu.

Installs only what the stack names, only as root or with a passwordless sudo, and never starts the
system's own services.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from deploy.stack.errors import PackagesFailed, ProgramMissing

__all__ = ["PACKAGES", "find", "provide"]

# Program → the Debian package that brings it.
PACKAGES: Mapping[str, str] = {
    "postgres": "postgresql",
    "initdb": "postgresql",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "redis-server": "redis-server",
}
_INSTALLER = Path(__file__).with_name("install-packages.sh")
_SYSTEM_FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")


def find(program: str) -> Path | None:
    """Return the program's path: a PostgreSQL of Debian's (newest), on PATH, or in a system folder.

    Debian keeps PostgreSQL's server programs off the PATH, one folder per release.
    """
    if PACKAGES.get(program) == "postgresql":
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=_release)
        if found:
            return found[-1]
    path = os.pathsep.join([os.defpath, *_SYSTEM_FOLDERS])
    located = shutil.which(program) or shutil.which(program, path=path)
    return Path(located) if located else None


def provide(
    programs: Iterable[str],
    *,
    find: Callable[[str], Path | None] = find,
    install: Callable[[Sequence[str]], None] | None = None,
) -> dict[str, Path]:
    """Return where all the programs are, after installing the missing ones if that is allowed."""
    wanted = tuple(programs)
    missing = [program for program in wanted if find(program) is None]
    if missing:
        (install or _install)(missing)
    found = {program: find(program) for program in wanted}
    for program, path in found.items():
        if path is None:
            raise ProgramMissing(program, PACKAGES[program])
    return {program: path for program, path in found.items() if path is not None}


def _install(programs: Sequence[str]) -> None:
    packages = sorted({PACKAGES[program] for program in programs})
    root = _as_root()
    if root is None or shutil.which("apt-get") is None:
        raise ProgramMissing(programs[0], " ".join(packages))
    print(f"installing {' '.join(packages)}", file=sys.stderr, flush=True)
    done = subprocess.run(
        [*root, "sh", _INSTALLER, *packages],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise PackagesFailed(" ".join(packages), reason)


def _as_root() -> list[str] | None:
    """Return the words that make a command run as root, None when that is not allowed."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)
    return ["sudo", "-n"] if allowed.returncode == 0 else None


def _release(program: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", program.parts[-3]))
