"""How a hold travels: the names in Redis and the form of an acknowledgement. Pure; no client.

`facade hold` sets HELD + capability to a token, with an expiry; `facade release` deletes it and
sets RELEASED + capability to the same token. Both are announced on CHANNEL. A key that is merely
gone releases nothing: a Redis that lost its memory must not end a hold early, its expiry does.
Workers write into the hash ACKS + capability under their id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CHANNEL: Final = "bridge:hold"
HELD: Final = "bridge:hold:held:"
RELEASED: Final = "bridge:hold:released:"
ACKS: Final = "bridge:hold:acks:"


@dataclass(frozen=True, slots=True)
class HoldAck:
    """What a worker does under a token: it holds (`waiting` so many, and `under_way` are those that
    went before and are not answered yet), or it has released so many.
    """

    token: str
    is_held: bool
    waiting: int
    under_way: int

    def __str__(self) -> str:
        state = "held" if self.is_held else "released"
        return f"{self.token} {state} {self.waiting} {self.under_way}"


def held_ack(token: str, waiting: int, under_way: int) -> HoldAck:
    """Say that writes wait, and how many others are not answered yet."""
    return HoldAck(token, is_held=True, waiting=waiting, under_way=under_way)


def released_ack(token: str, number: int) -> HoldAck:
    """Say that so many writes go on."""
    return HoldAck(token, is_held=False, waiting=number, under_way=0)


def hold_ack(text: str) -> HoldAck | None:
    """Read what a worker wrote; None if it is not an acknowledgement."""
    try:
        token, state, waiting, under_way = text.split(" ")
        return HoldAck(
            token, is_held=state == "held", waiting=int(waiting), under_way=int(under_way)
        )
    except ValueError:
        return None
