"""What both servers have to be like before anything is written to either, one line a refusal."""

from collections.abc import Iterable, Sequence

from psycopg import sql

from etl import catalogue, mirrors
from etl.errors import NotInstalled, PreflightFailed, SchemaChanged
from etl.mysql import GRANTS, Source, text
from etl.postgres import Connection, translated
from etl.tables import TableMap

LOG_SETTINGS = {
    "log_bin": ("1", "set log_bin and restart the server"),
    "binlog_format": ("ROW", "SET GLOBAL binlog_format = 'ROW', and in the server's configuration"),
    "binlog_row_image": (
        "FULL",
        "SET GLOBAL binlog_row_image = 'FULL', and in the server's configuration",
    ),
}
INTERLEAVING = {"auto_increment_increment": "2", "auto_increment_offset": "1"}
_CASCADES = """
    SELECT table_name, constraint_name FROM information_schema.referential_constraints
    WHERE constraint_schema = DATABASE() AND table_name IN %s
      AND (delete_rule NOT IN ('RESTRICT', 'NO ACTION')
           OR update_rule NOT IN ('RESTRICT', 'NO ACTION'))
    ORDER BY table_name LIMIT 1
"""
_TARGET_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""


def require_log(source: Source) -> None:
    """Raise PreflightFailed unless the server logs whole rows and this user may read the log."""
    for variable, (wanted, way_out) in LOG_SETTINGS.items():
        found = _variable(source, variable)
        if found != wanted:
            raise PreflightFailed(
                f"the legacy server has {variable}={found}, not {wanted} as it must: {way_out}"
            )
    source.end_of_log()
    grants = " ".join(text(row[0]) for row in source.fetch("SHOW GRANTS"))
    if "REPLICATION SLAVE" not in grants and "ALL PRIVILEGES ON *.*" not in grants:
        raise PreflightFailed(f"the legacy user may not read the binlog: {GRANTS}")


def require_interleaving(source: Source) -> None:
    """Raise PreflightFailed unless legacy makes odd ids only, which leaves modern the even ones."""
    for variable, wanted in INTERLEAVING.items():
        found = _variable(source, variable)
        if found != wanted:
            raise PreflightFailed(
                f"the legacy server has {variable}={found}, but ids need {wanted}: SET GLOBAL "
                f"{variable} = {wanted}, also in its configuration, and restart legacy's processes"
            )


def require_source_tables(source: Source, tables: Sequence[TableMap]) -> None:
    """Raise SchemaChanged or PreflightFailed unless the copied tables can be read and followed."""
    found = source.all_columns()
    for table in tables:
        catalogue.require(table, found.get(table.source, ()))
    cascades = source.fetch(_CASCADES, [table.source for table in tables])
    if cascades:
        table_name, constraint = (text(value) for value in cascades[0])
        raise PreflightFailed(
            f"{table_name} has the foreign key {constraint} with a cascade, which never shows in "
            "the binlog: make it ON DELETE RESTRICT ON UPDATE RESTRICT"
        )


def require_target_tables(connection: Connection, tables: Sequence[TableMap]) -> None:
    """Raise NotInstalled or SchemaChanged unless PostgreSQL has every table as its map says."""
    require_mirrors(connection, tables)
    for table in tables:
        if table.schema:
            continue
        with translated():
            name = sql.Identifier(*table.relation).as_string(None)
            rows = connection.execute(_TARGET_COLUMNS, (name,)).fetchall()
        missing = set(table.target_columns) - {str(name) for (name,) in rows}
        if missing:
            what = f"column {min(missing)} of {table.target}" if rows else f"table {table.target}"
            raise NotInstalled(
                f"PostgreSQL has no {what}: run `python manage.py migrate`, then try again"
            )


def require_mirrors(connection: Connection, tables: Iterable[TableMap]) -> None:
    """Raise SchemaChanged unless the mirrors are made as their legacy tables look now."""
    with translated():
        found = mirrors.by_table(connection.execute(mirrors.SHAPES).fetchall())
    for table in tables:
        if table.schema and found.get(table.target) != mirrors.shape(table):
            raise SchemaChanged(
                table.source,
                f"the mirror of {table.source} is not as that table is now: run `etl install`, "
                f"then `etl backfill --resnapshot --tables {table.source}`",
            )


def _variable(source: Source, name: str) -> str:
    return text(source.fetch("SHOW GLOBAL VARIABLES WHERE variable_name = %s", name)[0][1]).replace(
        "ON", "1"
    )
