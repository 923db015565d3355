"""What a sample is, and the people, courses and moments that samples speak of."""

from collections.abc import Mapping
from dataclasses import dataclass

ADA = 7
VER101 = "course-v1:LabU+VER101+2016_T3"
CAT03 = "course-v1:LabU+CAT03+2016"
THEN = "2016-09-05 07:12:44.000001"
HERE = THEN + "+00"


@dataclass(frozen=True, slots=True)
class Sample:
    """A row as modern writes it and as legacy spells it, its id aside, and a change of the row."""

    modern: Mapping[str, object]
    legacy: Mapping[str, object]
    change: Mapping[str, object]
    changed: Mapping[str, object]
