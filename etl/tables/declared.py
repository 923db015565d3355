"""Where a table map is declared: a message can send a person to the very line to change."""

import inspect
from types import ModuleType

from etl.tables import (
    catalog,
    certificates,
    cohorts,
    enrollment,
    identity,
    learner_state,
    permissions,
)
from etl.tables.mapping import TableMap

_MODULES = (catalog, certificates, cohorts, enrollment, identity, learner_state, permissions)


def place(table: TableMap, column: str) -> str:
    """Name file and line of the declaration of a legacy column; empty for what has none."""
    module = next((one for one in _MODULES if _declares(one, table)), None)
    if module is None:
        return ""
    lines = inspect.getsource(module).splitlines()
    begin = next((n for n, line in enumerate(lines) if f'"{table.source}"' in line), 0)
    found = [n for n, line in enumerate(lines) if f'Column("{column}"' in line]
    # Maps that a function makes name their table behind their columns.
    number = min(found, key=lambda n: (n < begin, abs(n - begin)), default=begin) + 1
    return f"{module.__name__.replace('.', '/')}.py, line {number}"


def _declares(module: ModuleType, table: TableMap) -> bool:
    maps = (one for one in vars(module).values() if isinstance(one, TableMap))
    return table.source in {one.source for one in maps}
