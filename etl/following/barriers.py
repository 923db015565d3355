"""What the follower says at a statement that changed followed tables: the way out; pure."""

from collections.abc import Sequence

from etl.rows import SchemaChange
from etl.tables import BY_SOURCE


def needs_schema(change: SchemaChange, tables: Sequence[str], misfits: Sequence[str]) -> str:
    """Say in one line that tables have other columns now, and what goes on with them.

    `misfits` says of mapped tables what does not fit their maps any more, and where to change it.
    """
    if not BY_SOURCE.keys() & set(tables):
        return _line(
            change, tables, f"run `etl install`, which makes mirrors fit, then {_anew(tables)}"
        )
    accepting = f"`etl follow --accept-schema {' '.join(tables)}`"
    first = f"{'; '.join(misfits)}; then" if misfits else "their maps still fit,"
    return _line(
        change, tables, f"{first} run {accepting}; where values changed too, {_anew(tables)}"
    )


def needs_resnapshot(change: SchemaChange, tables: Sequence[str]) -> str:
    """Say in one line that the log does not tell what tables hold now; the others go on."""
    if change.keeps_rows and not BY_SOURCE.keys() & set(tables):
        return _line(
            change,
            tables,
            f"it was changed more than once, run `etl install`, then {_anew(tables)}",
        )
    return _line(change, tables, f"other tables go on, this waits for {_anew(tables)}")


def _anew(tables: Sequence[str]) -> str:
    return f"`etl backfill --resnapshot --tables {' '.join(tables)}`"


def _line(change: SchemaChange, tables: Sequence[str], way_out: str) -> str:
    listed = ", ".join(tables)
    return f"{change.verb} in the legacy log changed {listed} at {change.position}: {way_out}"
