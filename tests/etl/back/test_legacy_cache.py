"""Legacy's copies of users go once modern changed them, and no cache holds write-back up."""

import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from deploy.stack import ports, processes
from etl.back.legacy_cache import LegacyCache, key_of
from etl.errors import SettingsInvalid
from etl.settings import CacheServer, EtlSettings
from tests.etl.world import World, wait_until

pytestmark = pytest.mark.skipif(not shutil.which("memcached"), reason="memcached is not installed")
ADA = "7"
DATABASES = {"DATABASE_URL": "postgresql://h/m", "LEGACY_DATABASE_URL": "mysql://u@h/edxapp"}


class Memcached:
    """A client for what the code under test has no use for."""

    def __init__(self, server: CacheServer) -> None:
        self.server = server

    def put(self, key: str) -> None:
        assert self.ask(f"set {key} 0 0 5\r\npickl\r\n") == b"STORED\r\n"

    def has(self, key: str) -> bool:
        return self.ask(f"get {key}\r\n") != b"END\r\n"

    def answers(self) -> bool:
        with suppress(ConnectionError):
            return self.ask("version\r\n").startswith(b"VERSION ")
        return False

    def ask(self, request: str) -> bytes:
        with socket.create_connection((self.server.host, self.server.port), timeout=5) as one:
            one.sendall(request.encode())
            return one.recv(4096)


@contextmanager
def running(folder: Path, port: int) -> Iterator[Memcached]:
    command = ("memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(port), "-m", "8")
    process = processes.spawn(
        ("setpriv", "--pdeathsig", "KILL", *command), log=folder / "log", cwd=folder
    )
    memcached = Memcached(CacheServer("127.0.0.1", port))
    try:
        wait_until(memcached.answers)
        yield memcached
    finally:
        processes.stop(process, first=signal.SIGTERM)


@pytest.fixture
def port() -> int:
    return ports.free()


@pytest.fixture
def memcached(tmp_path: Path, port: int) -> Iterator[Memcached]:
    with running(tmp_path, port) as server:
        yield server


@contextmanager
def answering(reply: bytes) -> Iterator[CacheServer]:
    """A server that takes one connection, reads, says this, and is silent to the test's end."""
    over = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            one, _ = listener.accept()
            with one:
                one.recv(4096)
                one.sendall(reply)
                over.wait()

        thread = threading.Thread(target=serve)
        thread.start()
        yield CacheServer("127.0.0.1", listener.getsockname()[1])
        over.set()
        thread.join()


def test_a_key_is_built_as_legacy_builds_it() -> None:
    assert key_of("", "42") == ":1:auth.user%3A42"
    assert key_of("default", "42") == "default:1:auth.user%3A42"
    assert key_of("a b~c/ü", "42") == "a+b%7Ec%2F%C3%BC:1:auth.user%3A42"


def test_a_prefix_that_legacy_would_hash_is_refused() -> None:
    assert LegacyCache(prefix="x" * 214).waiting == 0
    with pytest.raises(SettingsInvalid, match="LEGACY_CACHE_PREFIX"):
        LegacyCache(prefix="x" * 216)


def test_the_users_named_are_deleted_and_no_others(memcached: Memcached) -> None:
    for user in ("7", "8", "9"):
        memcached.put(key_of("edx", user))
    cache = LegacyCache([memcached.server], "edx")

    cache.forget(["7", "9", "1000"])

    assert [memcached.has(key_of("edx", user)) for user in ("7", "8", "9")] == [False, True, False]
    assert (cache.deleted, cache.failures, cache.waiting) == (3, 0, 0)


def test_a_server_that_is_away_is_told_what_it_missed(tmp_path: Path, port: int) -> None:
    said: list[str] = []
    server = CacheServer("127.0.0.1", port)
    cache = LegacyCache([server], "", said.append, rest_seconds=0.0)
    cache.forget([ADA])
    cache.forget(["8"])
    assert (cache.deleted, cache.failures, cache.waiting) == (0, 2, 2)

    with running(tmp_path, port) as memcached:
        memcached.put(key_of("", ADA))
        cache.settle()
        assert not memcached.has(key_of("", ADA))

    assert (cache.deleted, cache.waiting) == (2, 0)
    failed, again = said
    assert failed.startswith(f"legacy's cache {server} does not answer (Connection refused): users")
    assert again == f"legacy's cache {server} answers again"


def test_a_server_that_failed_is_left_alone_for_a_while(port: int) -> None:
    cache = LegacyCache([CacheServer("127.0.0.1", port)], rest_seconds=60.0)

    for user in ("7", "8", "9"):
        cache.forget([user])

    assert (cache.failures, cache.waiting) == (1, 3)


@pytest.mark.parametrize("reply", [b"ERROR\r\n", b"DELETED\r\nDELETED\r\n", b"DELETED", b""])
def test_an_answer_that_is_none_fails_in_time_and_is_owed(reply: bytes) -> None:
    with answering(reply) as server:
        cache = LegacyCache([server])
        cache.forget([ADA])

    assert (cache.failures, cache.waiting) == (1, 1)


def test_what_there_is_no_room_for_is_counted(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.back.legacy_cache.OWED_MOST", 2)
    cache = LegacyCache([CacheServer("127.0.0.1", port)])

    cache.forget(["7", "8", "9"])

    assert cache.waiting == 3


def test_a_user_that_modern_changed_goes_from_legacys_cache(
    bridged: World, memcached: Memcached
) -> None:
    bridged.environment["LEGACY_MEMCACHED"] = str(memcached.server)
    bridged.environment["LEGACY_CACHE_PREFIX"] = "edx"
    memcached.put(key_of("edx", ADA))
    memcached.put(key_of("edx", "8"))
    bridged.modern.execute("UPDATE identity_user SET password = 'new' WHERE id = %s", (ADA,))
    bridged.modern.execute("UPDATE identity_profile SET bio = 'x' WHERE user_id = 8")

    outcome = bridged.etl("write-back", "--until-empty")

    assert (memcached.has(key_of("edx", ADA)), memcached.has(key_of("edx", "8"))) == (False, True)
    assert outcome.output.splitlines()[-1] == (
        "legacy's caches: 1 users deleted, 0 attempts failed, 0 may still be stale"
    )

    # As if the worker had been killed between the commit and the deletion.
    memcached.put(key_of("edx", ADA))
    assert bridged.etl("write-back", "--until-empty").code == 0
    assert not memcached.has(key_of("edx", ADA))


def test_a_cache_that_is_away_fails_no_write(bridged: World, port: int) -> None:
    bridged.environment["LEGACY_MEMCACHED"] = f"127.0.0.1:{port}"
    bridged.modern.execute("UPDATE identity_user SET password = 'new' WHERE id = %s", (ADA,))

    outcome = bridged.etl("write-back", "--until-empty")

    assert outcome.code == 0
    assert bridged.legacy_rows("SELECT password FROM auth_user WHERE id = 7") == [("new",)]
    assert "1 attempts failed, 1 may still be stale" in outcome.output


def test_servers_are_read_from_the_environment() -> None:
    servers = {"LEGACY_MEMCACHED": "cache1:11211, [::1]:11212"}

    assert EtlSettings.from_environment(DATABASES).caches == ()
    assert EtlSettings.from_environment(DATABASES | servers).caches == (
        CacheServer("cache1", 11211),
        CacheServer("::1", 11212),
    )


@pytest.mark.parametrize("servers", ["cache1", "cache1:x", "cache1:11211,", "u@h:1", "h:1/x", ":1"])
def test_a_server_that_cannot_be_read_is_refused_by_the_variables_name(servers: str) -> None:
    with pytest.raises(SettingsInvalid, match="LEGACY_MEMCACHED"):
        EtlSettings.from_environment(DATABASES | {"LEGACY_MEMCACHED": servers})
