"""How much processor time an ETL's processes and both servers of a world spend."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

from tests.etl.world import World

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time, user and system."""

    own: float
    legacy: float
    modern: float

    def since(self, earlier: "Spent") -> "Spent":
        """What was spent between two looks."""
        return Spent(
            self.own - earlier.own, self.legacy - earlier.legacy, self.modern - earlier.modern
        )


def spent(world: World) -> Spent:
    """Look: at this process with its children that have ended, and at servers of this machine."""
    backend = world.modern.info.backend_pid
    status = Path(f"/proc/{backend}/status").read_text()
    (postmaster,) = (line.split()[1] for line in status.splitlines() if line.startswith("PPid"))
    ((pid_file,),) = world.legacy_rows("SELECT @@pid_file")
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Spent(
        own=sum(usage.ru_utime + usage.ru_stime for usage in usages),
        legacy=_seconds(int(Path(str(pid_file)).read_text())),
        modern=_family_seconds(int(postmaster)),
    )


def _family_seconds(pid: int) -> float:
    """Sum up a server that starts a process for each connection; it waits for those that end."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _seconds(pid) + sum(_seconds(int(child)) for child in children)


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # utime, stime, and both of the children that have ended.
    return sum(map(int, fields[11:15])) / _TICKS
