"""Which copied tables a statement in the log changes beside the row events: the barriers; pure.

It errs on the side of stopping: only what surely leaves a table's rows and columns alone passes.
"""

import re
from collections.abc import Collection

_COMMENTS = re.compile(rb"/\*(?!!).*?\*/|--[ \t][^\n]*|#[^\n]*", re.DOTALL)
_STRINGS = re.compile(rb"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"", re.DOTALL)
_WORD = re.compile(rb"[A-Za-z]+")
# A name that a statement only refers to: CREATE TABLE other (... REFERENCES auth_user ...).
_REFERENCES = re.compile(rb"\b(?:REFERENCES|LIKE)\s+(?:`?\w+`?\s*\.\s*)?`?\w+`?", re.IGNORECASE)
_IDENTIFIER = re.compile(rb"[\w$]+")

_HARMLESS = re.compile(
    # MySQL logs CREATE TABLE IF NOT EXISTS of a table that is there, which does nothing.
    rb"\s*(?:ANALYZE|OPTIMIZE|REPAIR|GRANT|REVOKE|FLUSH|SET|CREATE\s+TABLE\s+IF\s+NOT\s+EXISTS|"
    rb"(?:CREATE|DROP)\s+(?:OR\s+REPLACE\s+)?"
    rb"(?:UNIQUE\s+|FULLTEXT\s+)?(?:INDEX|VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|USER|ROLE))\b",
    re.IGNORECASE,
)
# ALTER TABLE that leaves the name to another table, or takes rows out of it.
_MOVES_ROWS = re.compile(
    rb"\bRENAME\s+(?!COLUMN\b|INDEX\b|KEY\b)|\bPARTITION\b|\bTABLESPACE\b", re.IGNORECASE
)
_DROP_DATABASE = re.compile(rb"\s*DROP\s+(?:DATABASE|SCHEMA)\b", re.IGNORECASE)


def tables_changed(
    statement: bytes, *, schema: str, mapped: Collection[str], current_schema: str
) -> tuple[str, ...]:
    """Name the copied tables of `schema` that a statement run in `current_schema` may change."""
    bare = _STRINGS.sub(b"''", _COMMENTS.sub(b" ", statement))
    if _HARMLESS.match(bare):
        return ()
    bare = _REFERENCES.sub(b" ", bare)
    words = {word.decode("utf-8", "replace").lower() for word in _IDENTIFIER.findall(bare)}
    if current_schema != schema and schema.lower() not in words:
        return ()
    if _DROP_DATABASE.match(bare):
        return tuple(mapped)
    return tuple(name for name in mapped if name.lower() in words)


def keeps_rows(statement: bytes, table: str) -> bool:
    """Say whether a table holds the rows that it held before a statement that names it.

    Tools that change a large table make its successor beside it, and let both change names.
    """
    bare = _STRINGS.sub(b"''", _COMMENTS.sub(b" ", statement))
    if verb(statement) == "RENAME":
        successor = rb"`?_" + re.escape(table.encode()) + rb"_(?:gho|new)`?\s+TO\s+"
        name = rb"(?:`?\w+`?\s*\.\s*)?`?" + re.escape(table.encode()) + rb"\b"
        return re.search(successor + name, bare, re.IGNORECASE) is not None
    return verb(statement) == "ALTER" and not _MOVES_ROWS.search(bare)


def verb(statement: bytes) -> str:
    """Give the first word of a statement, for messages that must not show its values."""
    found = _WORD.search(_COMMENTS.sub(b" ", statement))
    return found.group().decode().upper() if found else "statement"
