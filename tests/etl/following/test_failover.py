"""Legacy fails over to a replica: the follower goes on there by GTID, and loses nothing."""

from tests.etl.replication import Pair
from tests.etl.world import World, connected, restore, wait_until

GROUPS = "SELECT id, name FROM auth_group ORDER BY id"


def test_the_follower_goes_on_with_a_replica_by_gtid_when_it_is_told(
    pair: Pair, modern_url: str
) -> None:
    restore(pair.primary)
    pair.replicate()
    with connected(pair.primary, modern_url) as before:
        before.installed()
        before.write("INSERT INTO auth_group (id, name) VALUES (9001, 'followed')")
        before.caught_up()
        before.write("INSERT INTO auth_group (id, name) VALUES (9003, 'not yet')")
        with connected(pair.replica, modern_url) as world:
            wait_until(lambda: has(world, 9003))
        pair.fail_over()

    with connected(pair.replica, modern_url) as after:
        refused = after.etl("follow", "--until-caught-up")
        after.write("INSERT INTO auth_group (id, name) VALUES (9005, 'behind')")
        moved = after.etl("follow", "--until-caught-up", "--after-failover")
        arrived = after.rows(GROUPS)
        after.write("DELETE FROM auth_group WHERE id = 9001")
        after.caught_up()

        assert refused.code == 2
        assert "run `etl follow --after-failover`" in refused.errors
        assert (moved.code, moved.errors) == (0, "")
        assert [key for key, _ in arrived][-3:] == [9001, 9003, 9005]
        assert after.rows(GROUPS) == after.legacy_rows(GROUPS)


def has(world: World, key: int) -> bool:
    return world.legacy_rows(f"SELECT id FROM auth_group WHERE id = {key}") != []


def test_a_server_that_lacks_what_modern_contains_is_not_followed(
    mysql56_url: str, world: World
) -> None:
    """The server of this run has GTIDs switched off, and so none of those that are asked for."""
    world.installed()
    world.modern.execute(
        "UPDATE bridge.position SET server = 'old', gtid = %s",
        (f"{'0' * 8}-0000-0000-0000-{'1' * 12}:1-5",),
    )
    with connected(mysql56_url, str(world.environment["DATABASE_URL"])) as other:
        refused = other.etl("follow", "--after-failover")

    assert refused.code == 2
    assert "never had some transactions that modern contains" in refused.errors


def test_a_place_without_gtids_stays_with_its_server(world: World) -> None:
    world.installed()
    world.modern.execute("UPDATE bridge.position SET server = 'old', gtid = NULL")

    refused = world.etl("follow", "--after-failover")

    assert refused.code == 2
    assert "the stored place has no GTIDs" in refused.errors
