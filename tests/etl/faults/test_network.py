"""Links that are cut, fall silent or trickle: commands recover or say so, and nothing is lost."""

import random
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from etl import exclusive, patience, postgres
from etl.errors import TargetUnavailable
from etl.following.follow import Options, follow
from etl.stopping import Stop
from tests.etl.faults.network import COMMANDS, Network, is_plain, network, sides
from tests.etl.faults.proxy import Manner
from tests.etl.following.test_follow import begun
from tests.etl.world import World, wait_until

CUTS = 4
SILENCES = 2


@pytest.fixture
def wires(bridged: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    # The doctor says aside how far it is, where that takes longer.
    monkeypatch.setattr("etl.doctor.examining._SAY_SECONDS", 3_600.0)
    with network(bridged) as wires:
        yield wires


@contextmanager
def hasty() -> Iterator[None]:
    """Let whoever waits for a silent peer lose patience after a second, as long as it lasts.

    No longer than there may be one: a busy server is silent for a second, too.
    """
    with pytest.MonkeyPatch.context() as constants:
        for name in ("CONNECT", "READ", "WRITE", "ANSWER", "SILENCE", "ABANDONED"):
            constants.setattr(patience, f"{name}_SECONDS", 1)
        yield


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_that_is_cut_anywhere_is_recovered_from_or_told_in_a_line(
    wires: Network, command: str
) -> None:
    draw = random.Random(command)
    for side in sides(command):
        pieces = wires.pieces(command, side)
        for _ in range(CUTS):
            manner = draw.choice((Manner.CLOSED, Manner.RESET))
            after = draw.choice(pieces) + draw.choice((1, 9, 99))
            wires.proxies[side].strike(manner, after=after)
            outcome = wires.run(command)
            assert is_plain(outcome), outcome
        wires.heal()

    assert all(wires.proxies[side].faults > 0 for side in sides(command))
    wires.assert_nothing_is_lost()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_that_falls_silent_is_given_up(wires: Network, command: str) -> None:
    draw = random.Random(command)
    for side in sides(command):
        pieces = wires.pieces(command, side)
        for _ in range(SILENCES):
            wires.proxies[side].strike(Manner.SILENT, after=draw.choice(pieces) + 1)
            with hasty():
                outcome = wires.run(command)
            assert is_plain(outcome), outcome
            wires.heal()

    wires.assert_nothing_is_lost()


@pytest.mark.parametrize("side", ["legacy", "modern"])
def test_a_follower_whose_link_falls_silent_is_not_locked_out_by_its_own_session(
    wires: Network, side: str
) -> None:
    said: list[str] = []
    stop = Stop()
    worker = threading.Thread(
        target=follow,
        args=(wires.world.settings, Options()),
        kwargs={"stop": stop, "report": said.append},
    )
    with hasty():
        worker.start()
        wait_until(lambda: begun(said) >= 1)
        wires.proxies[side].strike(Manner.SILENT)
        wait_until(lambda: begun(said) >= 2)
    wires.world.write("INSERT INTO auth_group VALUES (9001, 'a')")
    wait_until(lambda: wires.world.rows("SELECT FROM auth_group WHERE id = 9001") != [])
    stop.request()
    worker.join()

    assert any(line.endswith("; trying again in 0.5 s") for line in said)


def test_a_server_that_works_for_long_is_waited_for(wires: Network) -> None:
    with hasty(), closing(postgres.connect(wires.world.settings.modern)) as connection:
        assert connection.execute("SELECT pg_sleep(2.5), 1").fetchone() == ("", 1)
        wires.proxies["modern"].strike(Manner.SILENT)

        with pytest.raises(TargetUnavailable, match="no answer for 1 s"), postgres.translated():
            connection.execute("SELECT 1")


def test_the_lock_of_another_is_never_ended_by_a_former_session(bridged: World) -> None:
    former = exclusive.Former()
    with closing(postgres.connect(bridged.settings.modern)) as first:
        exclusive.claim(first, Stop(), former=former)
    with (
        closing(postgres.connect(bridged.settings.modern)) as second,
        closing(postgres.connect(bridged.settings.modern)) as third,
    ):
        exclusive.claim(second, Stop())
        with pytest.raises(exclusive.AlreadyRunning):
            exclusive.claim(third, Stop(), former=former, wait_seconds=0.0)

        assert second.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("side", ["legacy", "modern"])
@pytest.mark.parametrize("command", ["follow", "verify"])
def test_a_link_that_trickles_delays_and_harms_nothing(
    wires: Network, side: str, command: str
) -> None:
    wires.proxies[side].slow(pause_seconds=0.0005, piece=97)

    outcome = wires.run(command)

    assert is_plain(outcome), outcome
    assert outcome.code == (1 if command == "verify" else 0)
    wires.proxies[side].slow(pause_seconds=0.0, piece=1 << 16)
    wires.assert_nothing_is_lost()
