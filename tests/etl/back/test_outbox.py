"""How far the outbox is decided, on a real one; transactions of other databases may delay it."""

import psycopg

from etl.back.outbox import Outbox
from tests.etl.world import World, wait_until

GROUP = "INSERT INTO auth_group VALUES (%s, %s)"


def test_the_first_entry_of_all_is_decided_although_somebody_looked_before_it(
    bridged: World,
) -> None:
    outbox = Outbox(bridged.modern)
    assert (outbox.horizon(), outbox.handed_out()) == (0, 0)

    bridged.modern.execute(GROUP, (9002, "first"))

    wait_until(lambda: outbox.horizon() == 1)
    assert outbox.handed_out() == 1
    assert [entry.key for entry in outbox.entries(after=0, upto=1, limit=9)] == ["9002"]


def test_entries_behind_an_open_transaction_are_not_decided(bridged: World) -> None:
    outbox = Outbox(bridged.modern)
    with psycopg.connect(bridged.settings.modern) as open_one:
        open_one.execute(GROUP, (9002, "open"))
        bridged.modern.execute(GROUP, (9004, "committed"))

        assert (outbox.horizon(), outbox.last()) == (0, 2)

    wait_until(lambda: outbox.horizon() == 2)
