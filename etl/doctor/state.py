"""The state file: what each pass has seen so far and where it goes on, so that a run can be cut.

Holds counts and keys, as every report does, and no values of rows. Written whole and moved into
place: a reader, or a run after a power cut, finds the state after a range and never half of one.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.doctor.passes import Count, Tally
from etl.errors import SettingsInvalid

_VERSION = 1


@dataclass(frozen=True, slots=True)
class StateFile:
    """One file for one database; `identity` keeps a run from going on with another one's."""

    path: Path
    identity: str

    def read(self) -> dict[str, Tally]:
        """Give the tally of each pass; empty if there is no file; raise SettingsInvalid."""
        try:
            document = json.loads(self.path.read_text("utf-8"))
            if document["version"] != _VERSION or document["database"] != self.identity:
                raise SettingsInvalid(
                    f"{self.path} is the state of another database or version: name another file"
                )
            return {name: _tally(stored) for name, stored in document["passes"].items()}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SettingsInvalid(
                f"{self.path} is not a state of the doctor: delete it, or name another file"
            ) from error
        except OSError as error:
            raise _unusable(self.path, error) from error

    def write(self, tallies: Mapping[str, Tally]) -> None:
        """Put the state in place; raise SettingsInvalid where that cannot be."""
        passes = {name: _stored(tally) for name, tally in tallies.items()}
        document = {"version": _VERSION, "database": self.identity, "passes": passes}
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            beside.write_text(json.dumps(document), "utf-8")
            beside.replace(self.path)
        except OSError as error:
            raise _unusable(self.path, error) from error


def _stored(tally: Tally) -> dict[str, object]:
    return {
        "rows": tally.rows,
        "after": tally.after.decode("utf-8", "surrogateescape") if tally.after else None,
        "done": tally.done,
        "counts": [
            [column, problem, count.number, list(count.examples)]
            for (column, problem), count in tally.counts.items()
        ],
    }


def _tally(stored: Mapping[str, Any]) -> Tally:
    after = stored["after"]
    return Tally(
        rows=int(stored["rows"]),
        after=after.encode("utf-8", "surrogateescape") if after is not None else None,
        done=bool(stored["done"]),
        counts={
            (column, problem): Count(int(number), tuple(examples))
            for column, problem, number, examples in stored["counts"]
        },
    )


def _unusable(path: Path, error: OSError) -> SettingsInvalid:
    return SettingsInvalid(f"{path} cannot be used ({error.strerror}): name another --state file")
