"""MySQL's framing: a stream of bytes cut into packets; what they hold is for the caller to know."""

from typing import Final

_LONGEST: Final = 0xFFFFFF


class Packets:
    """Keeps what has arrived of a packet until the rest does."""

    def __init__(self) -> None:
        self._pending = b""
        self._parts: list[bytes] = []

    def cut(self, data: bytes) -> list[bytes]:
        """Give the packets that are complete now; one of 16 MB and more comes in parts."""
        buffer, at, packets = self._pending + data, 0, []
        while at + 4 <= len(buffer):
            length = int.from_bytes(buffer[at : at + 3], "little")
            end = at + 4 + length
            if end > len(buffer):
                break
            self._parts.append(buffer[at + 4 : end])
            at = end
            if length != _LONGEST:
                packets.append(b"".join(self._parts))
                self._parts.clear()
        self._pending = buffer[at:]
        return packets
