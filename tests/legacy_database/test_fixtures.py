from tests.legacy_database.raw import query


class TestWhatATestChanges:
    def test_is_seen_by_the_test(self, legacy: str) -> None:
        query(legacy, "DELETE FROM student_courseenrollmentattribute")
        query(legacy, "UPDATE auth_user SET is_active = 0 WHERE username = 'ada'")

        assert query(legacy, "SELECT * FROM student_courseenrollmentattribute") == []

    def test_is_put_back_for_the_next(self, legacy: str) -> None:
        assert len(query(legacy, "SELECT * FROM student_courseenrollmentattribute")) == 1
        active = query(legacy, "SELECT is_active FROM auth_user WHERE username = 'ada'")
        assert active == [(b"1",)]
