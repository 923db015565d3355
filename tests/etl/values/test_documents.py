"""JSON between the sides: every text is either a jsonb or kept as text, and none is lost."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from zlib import crc32

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deploy.stack import Servers
from etl import postgres
from etl.back import legacy_values
from etl.back.compare_and_set import Intent
from etl.postgres import Applied, Connection, Target
from etl.rows import Document, Json
from etl.tables import Column, TableMap
from etl.values import documents
from etl.values.convert import INTEGER, NUL_CHARACTER, NULL
from tests.legacy_lms.database.generator.ugly import INVENTORY
from tests.servers import fresh_postgres

TABLE = TableMap(
    source="old_document",
    target="document",
    key="id",
    columns=(Column("id", kind=INTEGER), Column("body", kind=documents.JSON)),
)
MAKE = """
    CREATE TABLE document (id int PRIMARY KEY, body jsonb, body_raw text, body_crc bigint)
"""
# What orjson takes and jsonb refuses.
ABSURD = ["1e-20000", "0e9999999999", "0." + "0" * 17_000 + "1", '{"a": [1.5E-99999]}']
STATES = [b.value for b in INVENTORY["courseware_studentmodule"] if b.column == "state"]
STRINGS = st.text() | st.sampled_from(["\\u0000", "\\ud83d", "\\ud83d\\ude00", "\u2400", "\0", "é"])
NUMBERS = st.sampled_from(
    [
        "0",
        "-0",
        "1.00",
        "1E2",
        "1e400",
        "-1e-400",
        "1" * 400,
        "NaN",
        "-Infinity",
        "01",
        "1.",
        *ABSURD,
    ]
)
VALUES = st.recursive(
    st.sampled_from(["null", "true", "false"])
    | NUMBERS
    | st.floats().map(repr)
    | st.integers().map(str)
    | STRINGS.map(lambda text: f'"{text}"')
    | STRINGS.map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(STRINGS.map(json.dumps), inner), max_size=4).map(
            lambda pairs: "{" + ",\n\t".join(f"{key}: {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=12,
)
TEXTS = (
    VALUES
    | st.tuples(VALUES, st.integers(0, 60)).map(lambda cut: cut[0][: cut[1]])
    | st.text()
    | st.sampled_from([text for text in STATES if isinstance(text, str)])
)


@dataclass(frozen=True, slots=True)
class Modern:
    """One row of JSON columns in PostgreSQL."""

    target: Target

    @property
    def connection(self) -> Connection:
        return self.target.connection

    def applied(self, rows: dict[bytes, str | None]) -> Applied:
        """Apply rows as the snapshot and the log do, in place of those that are there."""
        images = {key: (key, None if text is None else text.encode()) for key, text in rows.items()}
        with self.target.transaction():
            self.connection.execute("DELETE FROM document")
            return self.target.writer(TABLE).apply(images, acked=0)

    def stored(self, text: str | None) -> tuple[str | None, str | None, int | None]:
        """Apply one row; give the jsonb as text, the text, the checksum."""
        assert self.applied({b"1": text}).set_aside == ()
        query = "SELECT body::text, body_raw, body_crc FROM document"
        ((body, kept, crc),) = self.connection.execute(query).fetchall()
        return body, kept, crc  # type: ignore[return-value]  # by their columns' types

    def image(self) -> dict[str, Json]:
        """What the outbox would show of the row."""
        ((image,),) = self.connection.execute("SELECT to_jsonb(d) FROM document AS d").fetchall()
        assert isinstance(image, dict)
        return image

    def equal(self, text: str, other: str) -> bool:
        ((found,),) = self.connection.execute("SELECT %s::jsonb = %s::jsonb", (text, other))
        return bool(found)


@pytest.fixture(scope="module")
def modern(servers: Servers) -> Iterator[Modern]:
    with fresh_postgres(servers) as url, postgres.connect(url) as connection:
        connection.execute(resources.files("etl").joinpath("schema.sql").read_bytes())
        connection.execute(MAKE)
        yield Modern(Target(connection))


def read(text: str) -> object:
    """Read JSON with every number a double: jsonb writes 1e17 as an integer, which is as much."""
    return json.loads(text, parse_int=float)


@given(TEXTS)
@settings(max_examples=300)
@example("null")
@example("1e-20000")
@example('{"dup": 1, "dup": 2}')
@example('{"a": "nul\0x"}')
def test_every_text_is_a_jsonb_or_kept_and_none_is_lost(modern: Modern, text: str) -> None:
    document, kept, crc = modern.stored(text)

    assert crc == crc32(text.encode())
    if document is None:
        assert kept == text.replace("\0", "\u2400")
    else:
        assert kept is None
        assert modern.equal(document, text)
        assert read(document) == read(text)


@given(TEXTS)
@settings(max_examples=150)
def test_what_modern_did_not_change_is_legacys_text_by_its_checksum(
    modern: Modern, text: str
) -> None:
    modern.stored(text)

    there = TABLE.revert(modern.image())["body"]

    assert there == legacy_values.image(TABLE, (b"1", text.encode()))["body"]
    kept = modern.image()["body_raw"]
    if kept is not None and "\u2400" not in text:
        assert str(there) == text


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (b'{"dup": 1, "dup": 2}', []),
        (b'{"nl":\n\t"two lines"}  ', []),
        (b'"position"', []),
        (b'{"a": "nul\\u0000x"}', [documents.NOT_JSON]),
        (b'{"s": "\\ud83d alone"}', [documents.NOT_JSON]),
        (b'{"position": NaN}', [documents.NOT_JSON]),
        (b'{"big": 1e400}', [documents.NOT_JSON]),
        (b'{"seed": 1, "stu', [documents.NOT_JSON]),
        (b'{"a": "nul\0x"}', [documents.NOT_JSON, NUL_CHARACTER]),
    ],
)
def test_what_is_kept_as_text_is_decided_before_postgresql_is_asked(
    text: bytes, rules: list[str]
) -> None:
    notes: list[str] = []

    document, _, _ = documents.to_json(text, notes.append).split(b"\t")

    assert notes == rules
    assert (document == NULL) is bool(rules)


@pytest.mark.parametrize("text", [b"", b"null"])
def test_no_document_is_kept_as_it_is_spelled_and_is_no_fault(text: bytes) -> None:
    notes: list[str] = []

    assert documents.to_json(text, notes.append) == b"\\N\t%b\t%d" % (text, crc32(text))
    assert notes == []


def test_null_is_null_in_all_its_columns(modern: Modern) -> None:
    assert modern.stored(None) == (None, None, None)
    assert TABLE.revert(modern.image())["body"] is None


@pytest.mark.parametrize("text", ABSURD)
def test_what_only_jsonb_refuses_is_kept_as_text_and_counted(modern: Modern, text: str) -> None:
    applied = modern.applied({b"1": "{}", b"3": text, b"5": "[]"})
    rows = modern.connection.execute("SELECT id, body_raw FROM document").fetchall()

    assert (applied.stored, applied.set_aside) == (3, ())
    assert sorted(rows) == [(1, None), (3, text), (5, None)]
    assert [(r.rule, r.count, r.sample) for r in applied.remarks] == [(documents.NOT_JSON, 1, b"3")]


def test_a_document_nested_deeper_than_readers_follow_is_kept_as_text(modern: Modern) -> None:
    deep, wide = "[" * 501 + "]" * 501, "[" + "[], " * 600 + "[]]"
    converted: list[str] = []

    documents.to_json(deep.encode(), converted.append)

    assert converted == [documents.TOO_DEEP]
    assert modern.stored(deep)[1] == deep
    assert modern.stored(wide)[1] is None


@given(st.lists(TEXTS.map(str.encode), max_size=4))
def test_documents_taken_at_once_become_what_each_becomes_by_itself(values: list[bytes]) -> None:
    notes: list[str] = []
    alone = [documents.to_json(value, notes.append) for value in values]

    together = documents.plain_documents(values)

    assert together is None or list(map(b"\t".join, zip(*together, strict=True))) == alone
    assert not notes or together is None


def test_a_document_of_moderns_own_is_spelled_for_legacys_columns() -> None:
    there = documents.from_json({"position": 3, "words": ["Zo\u00eb", "\U0001f600"]}, None, None)

    spelled = '{"position": 3, "words": ["Zo\\u00eb", "\\ud83d\\ude00"]}'
    assert str(there) == spelled
    assert there == Document("", crc32(spelled.encode()))


@pytest.mark.parametrize(
    ("body", "crc", "is_changed"),
    [
        ({"a": True}, 7, False),
        ({"a": True}, None, False),
        ({"a": 1}, 7, True),
        ({"a": 1}, None, True),
        ({"a": True, "b": 2}, 7, True),
        (None, 7, True),
    ],
)
def test_a_document_changed_if_it_is_another_whatever_became_of_its_checksum(
    body: Json, crc: int | None, *, is_changed: bool
) -> None:
    before: dict[str, Json] = {"id": 1, "body": {"a": True}, "body_raw": None, "body_crc": 7}

    intent = Intent(*TABLE.revert_change(before, {**before, "body": body, "body_crc": crc}))

    assert set(intent.changed) == ({"body"} if is_changed else set())
    if is_changed and body is not None:
        assert str(intent.changed["body"]) == json.dumps(body)
