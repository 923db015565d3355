"""Whether both sides agree."""

from tests.etl.back.test_write_back import write_back
from tests.etl.world import World


def assert_equal(world: World) -> None:
    """Both sides hold the same rows, after the echo of what was written back too."""
    assert write_back(world).conflicts == 0
    world.caught_up()
    outcome = world.etl("verify")
    assert (outcome.code, outcome.errors) == (0, ""), outcome.output
