"""Chance that can be asked for by name: the same seed, label and index always fall the same way.

Seeding a ``random.Random`` for each row would cost more than the row; one hash gives 512 bits, and
each throw takes its share of them.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import gcd
from typing import NamedTuple, TypeVar

__all__ = ["Dice", "Shuffle"]

Face = TypeVar("Face")


class Dice:
    """The throws of one row. About fifteen throws of 32 bits are even; a row needs fewer."""

    __slots__ = ("_bits",)

    def __init__(self, seed: int, label: str, index: int) -> None:
        digest = blake2b(b"%d/%s/%d" % (seed, label.encode(), index)).digest()
        self._bits = int.from_bytes(digest, "big")

    def below(self, limit: int) -> int:
        """Throw a whole number from 0 up to, not including, the limit."""
        self._bits, thrown = divmod(self._bits, limit)
        return thrown

    def one_in(self, odds: int) -> bool:
        """Throw true once in so many times."""
        return self.below(odds) == 0

    def pick(self, faces: Sequence[Face]) -> Face:
        """Throw one of the faces; repeat a face to make it likelier."""
        return faces[self.below(len(faces))]


class Shuffle(NamedTuple):
    """A fixed permutation of the numbers below ``size``: ``k * step + offset``, so no memory."""

    size: int
    step: int
    offset: int

    @classmethod
    def of(cls, dice: Dice, size: int) -> "Shuffle":
        """Throw a permutation; its step is coprime to the size, so no number comes twice."""
        step = 1 + dice.below(size)
        while gcd(step, size) != 1:
            step += 1
        return cls(size, step, dice.below(size))

    def __call__(self, number: int) -> int:
        return (number * self.step + self.offset) % self.size
