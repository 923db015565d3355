"""How sure a mismatch rate is: Wilson's score interval, which is sound for few samples and for none
that differ.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

_Z: Final = 1.959963984540054
"""The quantile of the normal distribution for 95 % between the bounds."""


class Rate(NamedTuple):
    """A share from 0 to 1 with its bounds at 95 % confidence."""

    share: float
    low: float
    high: float


def wilson(different: int, compared: int) -> Rate:
    """Give the share of `different` in `compared`; of nothing nothing is known: 0 to 1."""
    if not compared:
        return Rate(0.0, 0.0, 1.0)
    share = different / compared
    square = _Z * _Z
    scale = 1 + square / compared
    middle = share + square / (2 * compared)
    spread = _Z * math.sqrt(share * (1 - share) / compared + square / (4 * compared * compared))
    low = 0.0 if not different else (middle - spread) / scale
    high = 1.0 if different == compared else (middle + spread) / scale
    return Rate(share, low, high)
