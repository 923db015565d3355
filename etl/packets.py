"""MySQL's framing: a stream of bytes cut into packets; what they hold is for the caller to know."""

from collections.abc import Callable
from typing import Final

_LONGEST: Final = 0xFFFFFF


class Packets:
    """Keeps what has arrived of a packet until the rest does."""

    def __init__(self) -> None:
        self._pending = b""
        self._parts: list[bytes] = []

    def cut(self, data: bytes, ahead: Callable[[bytes], int] | None = None) -> list[bytes]:
        """Give the packets that are complete now; one of 16 MB and more comes in parts.

        `ahead` may take packets from the front first, and says where it ended.
        """
        buffer, parts = self._pending + data, self._parts
        at, size, packets = 0, len(buffer), []
        if ahead is not None and not parts:
            at = ahead(buffer)
        while at + 4 <= size:
            # Not int.from_bytes: this is done for each row there is.
            length = buffer[at] | buffer[at + 1] << 8 | buffer[at + 2] << 16
            end = at + 4 + length
            if end > size:
                break
            packet = buffer[at + 4 : end]
            at = end
            if length == _LONGEST or parts:
                parts.append(packet)
                if length == _LONGEST:
                    continue
                packet = b"".join(parts)
                parts.clear()
            packets.append(packet)
        self._pending = buffer[at:]
        return packets
