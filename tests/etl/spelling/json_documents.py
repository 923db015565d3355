"""JSON documents as statements make them in MySQL 5.7, of every type of value that it has."""

from collections.abc import Sequence

from hypothesis import strategies as st
from pymysql.converters import escape_string

from etl.mysql import Source
from etl.tables import Column, TableMap
from etl.values.convert import Kind

_ANYTHING = Kind("anything", None, str, frozenset({"bigint", "json", "varchar"}))
_NAMES = ("id", "document", "kind", "head")
TABLE = TableMap(
    "documents", "", key="id", columns=tuple(Column(name, kind=_ANYTHING) for name in _NAMES)
)
# Two columns that 5.7 makes from the document, as its installations index one: the log has both.
_COLUMNS = """
    id bigint PRIMARY KEY,
    document json,
    kind varchar(20) AS (JSON_TYPE(document)) VIRTUAL,
    head varchar(200) AS (LEFT(JSON_EXTRACT(document, '$[0]'), 200)) STORED
"""


def make_table(source: Source) -> None:
    """Make the table, on a connection that writes zero dates as legacy's applications may."""
    source.fetch("SET sql_mode = ''")
    source.fetch("DROP TABLE IF EXISTS documents")
    source.fetch(f"CREATE TABLE documents ({_COLUMNS}) CHARACTER SET utf8mb4")


def write(source: Source, documents: Sequence[str], *, first: int = 1) -> None:
    """Insert documents with ids of their own."""
    rows = (f"({number}, {document})" for number, document in enumerate(documents, first))
    source.fetch(f"INSERT INTO documents (id, document) VALUES {', '.join(rows)}")


def array(*values: str) -> str:
    """Make an array of values."""
    return f"JSON_ARRAY({', '.join(values)})"


def object_of(members: Sequence[tuple[str, str]]) -> str:
    """Make an object of names and values."""
    return f"JSON_OBJECT({', '.join(f'{string(name)}, {value}' for name, value in members)})"


def alone(value: str) -> str:
    """Make a document that is the value itself."""
    return f"JSON_EXTRACT({array(value)}, '$[0]')"


def string(text: str) -> str:
    """Make a string."""
    return f"_utf8mb4'{escape_string(text)}'"


def parsed(text: str) -> str:
    """Make what the server reads in a JSON text."""
    return f"CAST({string(text)} AS JSON)"


def decimal(text: str, digits: int = 65, scale: int = 30) -> str:
    """Make a DECIMAL."""
    return f"CAST('{text}' AS DECIMAL({digits}, {scale}))"


def moment(kind: str, text: str) -> str:
    """Make a DATE, DATETIME or TIME, the latter two with all decimals."""
    return f"CAST('{text}' AS {kind}{'' if kind == 'DATE' else '(6)'})"


def binary(raw: bytes) -> str:
    """Make bytes, for which JSON has no type."""
    return f"CAST(x'{raw.hex()}' AS BINARY)"


_BITS = (0, 7, 8, 15, 16, 31, 32, 63)
_EDGES = [sign * (1 << bits) - step for bits in _BITS for sign, step in ((-1, 0), (1, 1), (1, 0))]
_DOUBLES = (
    *(0.0, -0.0, 0.1, 3.5, 1e14, 1e15, 1e16, 1e-15, 1e-16),
    *(-1e100, 5e-324, 1.7976931348623157e308),
)
_TEXTS = (
    *("", "a", "\u00e9", "\u2603", "\U0001f600", '"\\/', "'%s", "".join(map(chr, range(33)))),
    *("\x7f\u2028", "x" * 127, "x" * 128, "\u00e9" * 9_000),
)
_DAYS = ("2016-09-05", "0000-00-00", "0001-01-01", "2015-00-10", "2015-02-00", "9999-12-31")
_TIMES = ("07:12:44", "00:00:00", "-00:00:00.5", "-00:00:59.999999", "31:00:00", "32:00:00")
_LONG_TIMES = ("100:00:00.000001", "838:59:59", "-838:59:59")
_BLOBS = (b"", b"\0\xff", b"x" * 57, b"x" * 58, bytes(range(256)))
SCALARS = (
    *("NULL", "TRUE", "FALSE", parsed("null"), parsed("true"), parsed("false")),
    *(str(number) for number in (*_EDGES, -129, -32_769, -(1 << 31) - 1, (1 << 64) - 1)),
    *(parsed(repr(number)) for number in _DOUBLES),
    *map(string, _TEXTS),
    *(decimal(text) for text in ("0", "-1.5", "0.000000000000000000000000000001")),
    *(decimal(text, 12, 3) for text in ("-0.001", "123456789.125")),
    *(decimal("9" * 65, 65, 0), decimal("-" + "9" * 9, 9, 0), "1.10"),
    *(moment("DATE", day) for day in _DAYS),
    *(moment("DATETIME", f"{day} 23:59:59.000001") for day in _DAYS),
    *(moment("TIME", time) for time in _TIMES + _LONG_TIMES),
    "TIMESTAMP'2016-09-05 07:12:44.5'",
    *map(binary, _BLOBS),
    # To the server these are BITs.
    *(f"x'{blob.hex()}'" for blob in _BLOBS),
    *("b'101'", "ST_GeomFromText('POINT(1 2.5)')"),
)

_TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
_SCALARS = st.one_of(
    st.sampled_from(SCALARS),
    st.integers(-(1 << 63), (1 << 64) - 1).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: parsed(repr(number))),
    _TEXT.map(string),
    st.decimals(-(10**30), 10**30, places=9).map(lambda number: decimal(f"{number:f}")),
    st.datetimes().map(lambda when: moment("DATETIME", f"{when:%F %T.%f}")),
    st.binary(max_size=200).map(binary),
)
DOCUMENTS = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=6).map(lambda values: array(*values))
        | st.lists(st.tuples(_TEXT, inner), max_size=6).map(object_of)
    ),
).map(alone)
