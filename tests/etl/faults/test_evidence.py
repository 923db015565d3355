"""The recorded rows of the real LMS: migrated, verified, changed on both sides, verified again."""

from tests.etl.faults.evidence import gathered
from tests.etl.world import connected
from tests.legacy_lms.database import facts, loader

SECONDS = 3.0


def test_the_recorded_rows_of_the_real_lms_stay_equal_while_both_sides_change_them(
    mariadb_database: str, modern_url: str
) -> None:
    loader.load(mariadb_database)
    with connected(mariadb_database, modern_url) as world:
        evidence = gathered(world, SECONDS)

    assert evidence.is_clean, str(evidence)
    assert len(evidence.first.rows) > 0.9 * len(facts.tables())
    assert evidence.first.rows.keys() == evidence.last.rows.keys()
    assert evidence.put_back > 10
    assert "verified after the changes" in str(evidence)
