"""The account as data frames: for CSV files with plain names and numbers, for people with words."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from etl.back.conflicts import Count
from etl.report.account import Account, Aside
from etl.status import QualityStatus, TableStatus

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TITLES = {
    "set_aside": "Rows set aside",
    "conflicts": "Conflicts",
    "quality": "Values that a rule changed",
    "tables": "Tables",
}
_HEADINGS = {
    "source": "Table",
    "column": "Column",
    "copied": "Rows copied",
    "done": "Snapshot",
    "set_aside": "Set aside",
    "state": "State",
    "verified_at": "Verified",
    "different": "Rows that differ",
    "reason": "Reason",
    "rule": "Rule",
    "policy": "What stood",
    "count": "How many",
    "sample_key": "For example",
    "since": "Since",
}


def frames(account: Account) -> Mapping[str, pd.DataFrame]:
    """Give each part as a frame, by the names in TITLES."""
    return {
        "set_aside": _frame(Aside, account.set_aside),
        "conflicts": _frame(Count, account.conflicts),
        "quality": _frame(QualityStatus, account.status.quality),
        "tables": _frame(TableStatus, account.status.tables),
    }


def for_people(frame: pd.DataFrame) -> pd.DataFrame:
    """Give headings and cells in words, the tables to look at on top, no column of nothing."""
    if "detail" in frame:
        frame = _worst_first(frame)
    words = pd.DataFrame(
        [[_cell(name, value) for name, value in row.items()] for row in frame.to_dict("records")],
        columns=[_HEADINGS[name] for name in frame.columns],
    )
    return words.loc[:, (words != "").any()]


def write(parts: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write a CSV file for each part, also for an empty one; raise OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in parts.items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def _frame(kind: "type[DataclassInstance]", rows: Iterable["DataclassInstance"]) -> pd.DataFrame:
    names = [field.name for field in fields(kind)]
    return pd.DataFrame([asdict(row) for row in rows], columns=names)


def _worst_first(tables: pd.DataFrame) -> pd.DataFrame:
    """Put tables with a state that needs somebody on top, then those with rows that differ or are
    set aside.
    """
    calm = tables["detail"] == ""
    joined = tables.assign(
        state=(tables["state"] + ": " + tables["detail"]).mask(calm, ""), calm=calm
    )
    order = ["calm", "different", "set_aside", "done", "source"]
    ordered = joined.sort_values(order, ascending=[True, False, False, True, True])
    return ordered.drop(columns=["detail", "calm"])


def _cell(name: object, value: object) -> str:
    if value is None or value is pd.NaT or (name == "different" and not value):
        return ""
    if name == "done":
        return "finished" if value else "so far"
    if isinstance(value, pd.Timestamp):
        return f"{value.tz_convert('UTC'):%Y-%m-%d %H:%M} UTC"
    return f"{value:,}" if isinstance(value, int) else str(value)
