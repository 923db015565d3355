"""Legacy's copies of users in memcached: deleted once legacy's database has the change.

Legacy takes the user of a session from its cache for up to three days, and checks the session
against the password it finds there: without this, a changed password keeps old sessions alive and
ends new ones. Write-back is never failed by a cache and waits for one only as long as `SECONDS`.
"""

import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from etl.errors import SettingsInvalid
from etl.settings import CacheServer

# The legacy table whose rows are cached, and the key of a row before Django's key function.
TABLE = "auth_user"
_KEY = "auth.user:{}"
_VERSION = "1"
_KEY_LENGTH = 250
_LONGEST_USER = "9" * 20
SECONDS = 0.5
# A server that failed is left alone for so long: the worker goes on at its own pace meanwhile.
REST_SECONDS = 5.0
# Keys owed to a server that is away are kept up to this many, some megabytes.
OWED_MOST = 50_000
_AT_ONCE = 200
_ANSWERS = frozenset({b"DELETED", b"NOT_FOUND"})


class _CacheFailed(Exception):
    """A server did not take all keys: unreachable, too slow, or speaking another protocol."""


def key_of(prefix: str, user: str) -> str:
    """Build the key of a user as legacy's `util.memcache.safe_key` does."""
    return ":".join(_quoted(part) for part in (prefix, _VERSION, _KEY.format(user)))


@dataclass(slots=True)
class LegacyCache:
    """Deletes users on all servers, for only legacy's client knows which one has a key.

    `deleted` counts keys that are surely gone, each on each server, `failures` the attempts that
    failed. Without servers nothing is ever done. Raises SettingsInvalid for a prefix too long.
    """

    servers: Sequence[CacheServer] = ()
    prefix: str = ""
    report: Callable[[str], None] = field(default=lambda _: None)
    rest_seconds: float = REST_SECONDS
    deleted: int = 0
    failures: int = 0
    _owed: dict[CacheServer, dict[str, None]] = field(init=False)
    _dropped: int = field(init=False, default=0)
    _rests_until: dict[CacheServer, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if len(key_of(self.prefix, _LONGEST_USER)) > _KEY_LENGTH:
            raise SettingsInvalid(
                "LEGACY_CACHE_PREFIX is too long for a key of memcached, and legacy would hash it: "
                "write the KEY_PREFIX of legacy's default cache"
            )
        self._owed = {server: {} for server in self.servers}

    def forget(self, users: Iterable[str]) -> None:
        """Delete the cached copies of users, by id; what fails is tried again by `settle`."""
        keys = [key_of(self.prefix, user) for user in users]
        for owed in self._owed.values():
            room = OWED_MOST - len(owed)
            owed.update(dict.fromkeys(keys[:room]))
            self._dropped += len(keys[room:])
        self.settle()

    def settle(self) -> None:
        """Delete what is owed, on the servers that do not rest."""
        for server, owed in self._owed.items():
            if owed and time.monotonic() >= self._rests_until.get(server, 0.0):
                self._settle(server, owed)

    @property
    def waiting(self) -> int:
        """How many keys may still be stale, each on each server."""
        return self._dropped + sum(map(len, self._owed.values()))

    def _settle(self, server: CacheServer, owed: dict[str, None]) -> None:
        keys = list(owed)[:_AT_ONCE]
        try:
            _delete(server, keys)
        except _CacheFailed as failure:
            self.failures += 1
            if server not in self._rests_until:
                self.report(
                    f"legacy's cache {server} {failure}: users stay stale there until it does"
                )
            self._rests_until[server] = time.monotonic() + self.rest_seconds
            return
        for key in keys:
            del owed[key]
        self.deleted += len(keys)
        if self._rests_until.pop(server, None) is not None:
            self.report(f"legacy's cache {server} answers again")


def _delete(server: CacheServer, keys: Sequence[str]) -> None:
    """Send all deletions at once and read all answers; raise _CacheFailed."""
    deadline = time.monotonic() + SECONDS
    request = "".join(f"delete {key}\r\n" for key in keys).encode("ascii")
    try:
        with socket.create_connection((server.host, server.port), timeout=SECONDS) as connection:
            connection.sendall(request)
            answers = _read_lines(connection, len(keys), deadline)
    except OSError as error:
        raise _CacheFailed(f"does not answer ({error.strerror or error})") from error
    if not _ANSWERS.issuperset(answers):
        raise _CacheFailed("does not answer as memcached does")


def _read_lines(connection: socket.socket, count: int, deadline: float) -> Sequence[bytes]:
    received = b""
    while received.count(b"\r\n") < count:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        piece = connection.recv(65_536)
        if not piece:
            break
        received += piece
    *lines, rest = received.split(b"\r\n")
    if rest or len(lines) != count:
        raise _CacheFailed("does not answer as memcached does")
    return lines


def _quoted(part: str) -> str:
    # Python 2 quotes the tilde, Python 3 does not.
    return quote_plus(part).replace("~", "%7E")
