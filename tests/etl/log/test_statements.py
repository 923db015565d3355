"""Which statements in the log are barriers."""

import pytest

from etl.log.statements import keeps_rows, tables_changed, verb

MAPPED = ("auth_user", "auth_group")


def changed(statement: bytes, current_schema: str = "edxapp") -> set[str]:
    return set(
        tables_changed(statement, schema="edxapp", mapped=MAPPED, current_schema=current_schema)
    )


@pytest.mark.parametrize(
    "statement",
    [
        b"ALTER TABLE auth_user ADD COLUMN x int",
        b"alter table `edxapp`.`auth_user` rename to other",
        b"TRUNCATE auth_user",
        b"RENAME TABLE _auth_user_new TO auth_user",
        b"DROP TABLE IF EXISTS other, AUTH_USER",
        b"/* hint */ UPDATE auth_user SET email = 'x'",
        b"CREATE TABLE auth_user LIKE auth_group",
    ],
)
def test_a_statement_that_may_change_a_mapped_table_names_it(statement: bytes) -> None:
    assert changed(statement) == {"auth_user"}


@pytest.mark.parametrize(
    "statement",
    [
        b"CREATE TABLE other (user_id int REFERENCES `auth_user` (`id`))",
        b"ALTER TABLE other ADD CONSTRAINT c FOREIGN KEY (u) REFERENCES edxapp.auth_user (id)",
        b"CREATE INDEX i ON auth_user (email)",
        b"ANALYZE TABLE auth_user",
        b"INSERT INTO other VALUES ('auth_user', \"auth_user\")",
        b"CREATE TABLE other (a int) # like auth_user",
        b"ALTER TABLE auth_users ADD x int",
        b"create table if not exists auth_user (id int primary key)",
        b"GRANT SELECT ON auth_user TO somebody",
    ],
)
def test_a_statement_that_leaves_mapped_tables_alone_passes(statement: bytes) -> None:
    assert changed(statement) == set()


def test_the_same_table_of_another_database_passes_unless_ours_is_named() -> None:
    assert changed(b"ALTER TABLE auth_user ADD x int", "other") == set()
    assert changed(b"ALTER TABLE edxapp.auth_user ADD x int", "other") == {"auth_user"}


def test_dropping_the_database_changes_every_table() -> None:
    assert changed(b"DROP DATABASE edxapp") == set(MAPPED)


def test_the_verb_is_the_first_word_behind_comments() -> None:
    assert verb(b"/* a */ alter table x") == "ALTER"
    assert verb(b"") == "statement"


@pytest.mark.parametrize(
    "statement",
    [
        b"ALTER TABLE auth_user ADD COLUMN x int",
        b"ALTER TABLE auth_user RENAME COLUMN a TO b",
        b"ALTER TABLE auth_user RENAME INDEX a TO b",
        b"RENAME TABLE auth_user TO _auth_user_old, _auth_user_new TO auth_user",
        (
            b"rename table `edxapp`.`auth_user` to `edxapp`.`_auth_user_del`, "
            b"`edxapp`.`_auth_user_gho` to `edxapp`.`auth_user`"
        ),
    ],
)
def test_other_columns_keep_the_rows(statement: bytes) -> None:
    assert keeps_rows(statement, "auth_user")


@pytest.mark.parametrize(
    "statement",
    [
        b"TRUNCATE auth_user",
        b"DROP TABLE auth_user",
        b"UPDATE auth_user SET a = 1",
        b"ALTER TABLE auth_user RENAME other",
        b"ALTER TABLE auth_user RENAME TO other",
        b"ALTER TABLE auth_user DROP PARTITION p",
        b"ALTER TABLE auth_user IMPORT TABLESPACE",
        b"RENAME TABLE auth_user TO a, b TO auth_user",
        b"RENAME TABLE _auth_user_new TO auth_users",
    ],
)
def test_what_may_bring_other_rows_does_not_keep_them(statement: bytes) -> None:
    assert not keeps_rows(statement, "auth_user")
