from tests.legacy_lms.database.generator.progress import Progress


def test_progress_says_share_rate_and_time_left() -> None:
    progress = Progress("auth_user", done=500, total=2_000, rows=500, seconds=10.0)

    assert str(progress) == "auth_user:  25%, 500 rows, 50 rows/s, 30 s left"


def test_progress_before_anything_happened_divides_by_nothing() -> None:
    progress = Progress("auth_user", done=0, total=2_000, rows=0, seconds=0.0)

    assert str(progress) == "auth_user:   0%, 0 rows, 0 rows/s, 0 s left"
