"""Every table of a legacy database, each in exactly one class, and the maps of those that cross."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from etl.catalogue import SourceColumn
from etl.errors import SettingsInvalid
from etl.mirrors import CannotMirror, mirror
from etl.tables import ALL, TableMap
from etl.tables.classes import Class, declared


@dataclass(frozen=True, slots=True)
class Listed:
    """One table: `reason` says where it goes or why it stays; `extra` that no list knows it."""

    name: str
    kind: Class
    reason: str
    extra: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a legacy database holds now; `maps` has the mapped tables first, in their order."""

    listed: tuple[Listed, ...]
    maps: Mapping[str, TableMap]
    columns: Mapping[str, Sequence[SourceColumn]]

    @property
    def mapped(self) -> tuple[TableMap, ...]:
        """The maps of the tables that modern has models for."""
        return tuple(table for table in self.maps.values() if not table.schema)

    @property
    def mirrors(self) -> tuple[TableMap, ...]:
        """The maps of the mirrored tables."""
        return tuple(table for table in self.maps.values() if table.schema)

    def chosen(self, names: Sequence[str] | None) -> tuple[TableMap, ...]:
        """Give the maps of the named tables, of all if none is named; raise SettingsInvalid."""
        wanted = names or tuple(self.maps)
        for name in wanted:
            if name not in self.maps:
                raise SettingsInvalid(self._why_not(name))
        return tuple(table for name, table in self.maps.items() if name in wanted)

    def _why_not(self, name: str) -> str:
        reason = next((table.reason for table in self.listed if table.name == name), None)
        near = " or ".join(get_close_matches(name, self.maps, n=3))
        unknown = f"legacy has no table {name}{near and f', but {near}'}"
        what = f"{name} is excluded ({reason})" if reason else unknown
        return f"{what}: `etl tables` lists all that can be chosen"


def take(columns: Mapping[str, Sequence[SourceColumn]]) -> Inventory:
    """Put every table in its class, given the columns that each has; pure.

    Mapped tables belong to it whether legacy has them or not, but for optional ones: that one is
    missing is for the checks before a command to say.
    """
    maps = {table.source: table for table in ALL if table.source in columns or not table.optional}
    listed = []
    for name, found in columns.items():
        entry = _listed(name)
        if entry.kind is Class.MIRRORED:
            try:
                maps[name] = mirror(name, found)
            except CannotMirror as problem:
                entry = Listed(name, Class.EXCLUDED, str(problem), entry.extra)
        listed.append(entry)
    return Inventory(tuple(listed), maps, columns)


def _listed(name: str) -> Listed:
    found = declared(name)
    return Listed(name, found.kind, found.reason, found.extra)
