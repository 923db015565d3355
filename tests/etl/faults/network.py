"""A world whose commands reach both databases through proxies; tests themselves go past them."""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from etl.settings import EtlSettings
from tests.etl.faults.proxy import Manner, Proxy, proxied
from tests.etl.world import Outcome, World

COMMANDS: Final = {
    "doctor": ("doctor",),
    "install": ("install",),
    "backfill": ("backfill", "--resnapshot", "--tables", "auth_user", "auth_group"),
    "follow": ("follow", "--until-caught-up"),
    "write-back": ("write-back", "--until-empty"),
    "verify": ("verify", "--tables", "auth_user", "auth_group"),
    "status": ("status",),
}
_SOUND: Final = 10**12
_GROUPS: Final = "SELECT id, name FROM auth_group ORDER BY id"


@dataclass(frozen=True, slots=True)
class Network:
    """A proxy in front of each database, by the database's side."""

    world: World
    proxies: Mapping[str, Proxy]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, command: str) -> Outcome:
        """Run a command after both sides wrote something that it may have to carry."""
        number = 9001 + 2 * next(self._numbers)
        self.world.write("INSERT INTO auth_group VALUES (%s, %s)", number, f"legacy {number}")
        self.world.modern.execute(
            "INSERT INTO auth_group VALUES (%s, %s)", (number + 1, f"modern {number}")
        )
        return self.world.etl(*COMMANDS[command])

    def pieces(self, command: str, side: str) -> list[int]:
        """Run a command without a fault, and say where in its bytes each message began."""
        proxy = self.proxies[side]
        proxy.strike(Manner.CLOSED, after=_SOUND)
        outcome = self.run(command)
        assert outcome.errors == ""
        return [*proxy.pieces]

    def heal(self) -> None:
        """Make the way to both databases sound."""
        for proxy in self.proxies.values():
            proxy.heal()

    def assert_nothing_is_lost(self) -> None:
        """Carry on without faults, and compare both sides."""
        self.heal()
        for command in ("install", "backfill", "follow", "write-back", "follow", "verify"):
            outcome = self.world.etl(*COMMANDS[command])
            assert (outcome.code, outcome.errors) == (0, ""), outcome
        assert self.world.rows(_GROUPS) == self.world.legacy_rows(_GROUPS)


def sides(command: str) -> tuple[str, ...]:
    """Say which databases a command connects to."""
    return ("legacy",) if command == "doctor" else ("legacy", "modern")


def is_plain(outcome: Outcome) -> bool:
    """Whether a command did its work, or ended with one line that says why not."""
    lines = outcome.errors.splitlines()
    is_refused = outcome.code == 2 and len(lines) == 1 and lines[0].startswith("etl: ")
    return is_refused or (outcome.code in (0, 1) and not lines)


@contextmanager
def network(world: World) -> Iterator[Network]:
    """Put proxies between the commands of a world and its databases."""
    urls = {
        "legacy": world.environment["LEGACY_DATABASE_URL"],
        "modern": world.environment["DATABASE_URL"],
    }
    with proxied(_port(urls["legacy"])) as legacy, proxied(_port(urls["modern"])) as modern:
        environment = {
            "LEGACY_DATABASE_URL": _through(urls["legacy"], legacy),
            "DATABASE_URL": _through(urls["modern"], modern),
        }
        settings = EtlSettings.from_environment(environment)
        behind = dataclasses.replace(world, environment=environment, settings=settings)
        yield Network(behind, {"legacy": legacy, "modern": modern})


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _through(url: str, proxy: Proxy) -> str:
    parts = urlsplit(url)
    user, _, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{proxy.port}"))
