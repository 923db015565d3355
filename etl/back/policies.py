"""Whose write stands when both sides changed the same columns of a row, for each table; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from etl.errors import SettingsInvalid
from etl.tables import BY_SOURCE


class Policy(StrEnum):
    """The side whose write stands."""

    LEGACY = "legacy"
    MODERN = "modern"


@dataclass(frozen=True, slots=True)
class Policies:
    """One policy for all legacy tables, and those of the tables that have one of their own.

    A table whose capability was flipped takes modern's, while the others still take legacy's.
    """

    default: Policy = Policy.LEGACY
    tables: Mapping[str, Policy] = field(default_factory=dict)

    @classmethod
    def parse(cls, default: str, exceptions: Iterable[str]) -> Self:
        """Read `TABLE=POLICY` for each table with a policy of its own; raise SettingsInvalid."""
        tables: dict[str, Policy] = {}
        for words in exceptions:
            table, policy = _parse(words)
            if tables.setdefault(table, policy) is not policy:
                raise SettingsInvalid(f"{table} has two policies: name it once")
        return cls(Policy(default), tables)

    def of(self, table: str) -> Policy:
        """Give the policy of a legacy table."""
        return self.tables.get(table, self.default)

    def __str__(self) -> str:
        exceptions = [f"{policy} stands in {table}" for table, policy in self.tables.items()]
        return ", ".join([f"{self.default} stands", *exceptions])


def require_mapped(table: str) -> None:
    """Raise SettingsInvalid for a table that write-back never writes."""
    if table not in BY_SOURCE:
        raise SettingsInvalid(
            f"there is no table map for {table}: choose from {', '.join(BY_SOURCE)}"
        )


def _parse(words: str) -> tuple[str, Policy]:
    table, _, policy = words.partition("=")
    require_mapped(table)
    if policy not in tuple(Policy):
        raise SettingsInvalid(
            f"{words} names no policy: write {table}={Policy.LEGACY} or {table}={Policy.MODERN}"
        )
    return table, Policy(policy)
