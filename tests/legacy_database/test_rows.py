import hashlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.legacy_database.raw import lines, query
from tests.legacy_lms.database import facts
from tests.legacy_lms.database.connection import Address, connect
from tests.legacy_lms.database.rows import decode, encode, insert, tables_with_rows

CONTENTS = Path(__file__).parents[1] / "legacy_lms" / "fixtures" / "contents.tsv"
AWKWARD = [bytes([code]) for code in range(128)] + [
    "汉字 naïve".encode(),
    b"\\N",
    b"\\0",
    b"''",
    b"",
]

values = st.none() | st.binary() | st.text("\\\t\n\r\0N0tnr'", max_size=8).map(str.encode)


@given(st.lists(values, min_size=1))
def test_a_row_comes_back_from_its_line(row: list[bytes | None]) -> None:
    assert decode(encode(row)) == row


@given(st.lists(values, min_size=1))
def test_a_row_stays_on_one_line(row: list[bytes | None]) -> None:
    line = encode(row)

    assert line.count(b"\t") == len(row) - 1
    assert not {b"\n", b"\r", b"\0"} & {bytes([byte]) for byte in line}


def test_a_value_of_any_character_arrives_unchanged(legacy: str) -> None:
    rows = [(str(900_001 + 2 * place).encode(), value) for place, value in enumerate(AWKWARD)]
    with connect(legacy) as connection:
        connection.select_db(Address.parse(legacy).database)
        connection.query(insert("auth_userprofile", ["user_id", "meta"], rows))
        connection.commit()

    found = query(
        legacy,
        "SELECT user_id, meta FROM auth_userprofile WHERE user_id > 900000 ORDER BY user_id",
    )

    assert found == rows


def test_every_recorded_row_is_in_the_database_byte_for_byte(legacy_world: str) -> None:
    found = lines(legacy_world, facts.tables())

    assert [
        (name, str(len(rows)), hashlib.sha256(b"".join(row + b"\n" for row in rows)).hexdigest())
        for name, rows in found.items()
        if rows
    ] == [tuple(line.split("\t")) for line in CONTENTS.read_text().splitlines()[1:]]


def test_rows_are_kept_for_the_tables_that_had_some() -> None:
    kept = [line.split("\t")[0] for line in CONTENTS.read_text().splitlines()[1:]]

    assert tables_with_rows() == kept
