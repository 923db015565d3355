import hashlib
from typing import Any

from tests.legacy_database.raw import query
from tests.legacy_lms.database import facts
from tests.legacy_lms.database.facts import Column, ForeignKey, Index, Table
from tests.legacy_lms.database.schema import create_table

TABLES = facts.tables()
OURS = "table_schema = DATABASE()"

# The database is made from the facts and judged by them, so an edit of the facts would go unseen.
RECORDED = {
    "columns.tsv": "de1ba18b4d582d0e19776fa7e2877a4ab15306af7e647cccc74f05ee87c88f77",
    "foreign_keys.tsv": "bf82e7542b7002d09c9d2e226f9c6cb267555ca4462ec4231fe4ceee02cac8af",
    "indexes.tsv": "2ede76ea736361548c9765c3af562deeda25853582ec604322c78f29f1610249",
}


def asked(url: str, statement: str) -> list[tuple[Any, ...]]:
    return [
        tuple(None if value is None else value.decode() for value in row)
        for row in query(url, statement)
    ]


def test_nobody_edited_the_recorded_facts() -> None:
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in facts.SCHEMA_DIR.iterdir()
    }

    assert digests == RECORDED


def test_the_facts_are_all_that_was_recorded() -> None:
    columns = sum(len(table.columns) for table in TABLES.values())
    references = sum(len(table.foreign_keys) for table in TABLES.values())
    to_users = sum(
        key.referenced_table == "auth_user" for t in TABLES.values() for key in t.foreign_keys
    )

    assert (len(TABLES), columns, references, to_users) == (292, 1_890, 312, 141)


def test_every_table_is_there_as_it_was_recorded(legacy_world: str) -> None:
    found = asked(
        legacy_world,
        "SELECT table_name, engine, row_format, table_collation FROM information_schema.tables "
        f"WHERE {OURS} AND table_type = 'BASE TABLE'",
    )

    assert sorted(found) == [(name, "InnoDB", "Dynamic", "utf8mb3_general_ci") for name in TABLES]


def test_every_column_is_as_it_was_recorded(legacy_world: str) -> None:
    found = asked(
        legacy_world,
        "SELECT table_name, ordinal_position, column_name, column_type, is_nullable, extra, "
        "NULLIF(column_default, 'NULL'), character_set_name, collation_name "
        f"FROM information_schema.columns WHERE {OURS}",
    )

    assert {row[:2]: row[2:] for row in found} == {
        (table.name, str(place)): described(column)
        for table in TABLES.values()
        for place, column in enumerate(table.columns, 1)
    }


def described(column: Column) -> tuple[str | None, ...]:
    is_text = column.type.startswith(("varchar", "char", "longtext"))
    charset = ("utf8mb3", "utf8mb3_general_ci") if is_text else (None, None)
    nullable = "YES" if column.nullable else "NO"
    extra = "auto_increment" if column.auto_increment else ""
    return (column.name, column.type, nullable, extra, None, *charset)


def test_every_key_is_as_it_was_recorded(legacy_world: str) -> None:
    found = asked(
        legacy_world,
        "SELECT table_name, index_name, non_unique, seq_in_index, column_name, sub_part, "
        f"index_type FROM information_schema.statistics WHERE {OURS}",
    )

    assert sorted(found) == sorted(
        (table.name, index.name, str(int(not index.unique)), str(place), column, None, "BTREE")
        for table in TABLES.values()
        for index in table.indexes
        for place, column in enumerate(index.columns, 1)
    )


def test_every_foreign_key_is_as_it_was_recorded(legacy_world: str) -> None:
    found = asked(
        legacy_world,
        "SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_name, "
        "k.referenced_column_name, r.delete_rule, r.update_rule "
        "FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints"
        " r ON r.constraint_schema = k.table_schema AND r.table_name = k.table_name "
        "AND r.constraint_name = k.constraint_name WHERE k.table_schema = DATABASE()",
    )

    assert sorted(found) == sorted(
        (
            t.name,
            key.name,
            key.column,
            key.referenced_table,
            key.referenced_column,
            *["RESTRICT"] * 2,
        )
        for t in TABLES.values()
        for key in t.foreign_keys
    )


def test_the_statement_of_a_table_says_keys_and_references() -> None:
    table = Table(
        name="seat",
        columns=(
            Column("id", "int(11)", nullable=False, auto_increment=True),
            Column("user_id", "int(11)", nullable=True, auto_increment=False),
        ),
        indexes=(
            Index("PRIMARY", unique=True, columns=("id",)),
            Index("one", unique=True, columns=("user_id", "id")),
        ),
        foreign_keys=(ForeignKey("who", "user_id", "auth_user", "id"),),
    )

    assert create_table(table).splitlines() == [
        "CREATE TABLE `seat` (",
        "  `id` int(11) NOT NULL AUTO_INCREMENT,",
        "  `user_id` int(11),",
        "  PRIMARY KEY (`id`),",
        "  UNIQUE KEY `one` (`user_id`, `id`),",
        "  CONSTRAINT `who` FOREIGN KEY (`user_id`) REFERENCES `auth_user` (`id`)",
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci",
    ]
