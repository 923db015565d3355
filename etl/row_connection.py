"""A MySQL connection that gives rows as they arrive, block by block, without the driver's objects.

The driver makes an object of each packet and a tuple of each row before anybody asks for them, and
holds all of an answer. Cutting the stream where its lengths say takes less than a third of that.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, Protocol

from pymysql.constants import COMMAND, CR, FLAG
from pymysql.err import OperationalError, raise_mysql_exception
from pymysql.protocol import FieldDescriptorPacket

from etl.encryption import EncryptedIfPossible
from etl.packets import Packets
from etl.row_cutting import AnswerColumn, Cut, cutter, row
from etl.rows import Row

# What the kernel may hand over at once: a block is some hundred rows.
_RECEIVE_BYTES: Final = 1 << 18
_END, _ERROR = b"\xfe", b"\xff"


class _Stream(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class RowConnection(EncryptedIfPossible):
    """A connection that also answers a `SELECT` in blocks."""

    # What the driver has and its type stubs leave out.
    _rfile: _Stream
    _execute_command: Callable[[int, bytes], None]
    _read_packet: Callable[..., Any]

    def blocks(self, statement: str) -> Iterator[list[Row]]:
        """Give the rows of a `SELECT`; one that is left early is read to its end all the same."""
        self._execute_command(COMMAND.COM_QUERY, statement.encode("utf-8", "surrogateescape"))
        count: int = self._read_packet().read_length_encoded_integer()
        columns = tuple(self._answer_column() for _ in range(count))
        self._read_packet()
        blocks = self._rows(cutter(columns))
        try:
            # Not `yield from`, which would end the rows with whoever leaves early.
            while (block := next(blocks, None)) is not None:
                yield block
        finally:
            for _ in blocks:
                pass

    def _answer_column(self) -> AnswerColumn:
        found = self._read_packet(FieldDescriptorPacket)
        return AnswerColumn(found.length, is_nullable=not found.flags & FLAG.NOT_NULL)

    def _rows(self, cut: Cut) -> Iterator[list[Row]]:
        packets = Packets()
        while True:
            data = self._rfile.read1(_RECEIVE_BYTES)
            if not data:
                raise OperationalError(CR.CR_SERVER_LOST, "the connection was closed")
            block: list[Row] = []
            others = packets.cut(data, ahead=partial(cut, block.append))
            last = others[-1] if others else b""
            if last.startswith(_ERROR):
                raise_mysql_exception(last)
            is_end = last.startswith(_END) and len(last) < 9
            yield block + list(map(row, others[:-1] if is_end else others))
            if is_end:
                return
