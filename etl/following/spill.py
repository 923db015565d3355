"""A transaction of legacy that is too large to be held waits in a file until its end is read.

The file has no name, so it is gone with the process, and the transaction is read again from its
beginning. Nothing of it is in PostgreSQL before all of it is.
"""

import marshal
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO

from etl.errors import NoRoom
from etl.following.batch import Images, fold
from etl.rows import Change, Key, Row


class Spill:
    """The changes of one open transaction, on disk, in the pieces they came in."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this call
        self._pieces = 0

    def close(self) -> None:
        """Give the room on disk back."""
        self._file.close()

    def add(self, changes: Sequence[Change]) -> None:
        """Put the next piece away; raise NoRoom when the disk is full."""
        plain = [(one.table, one.old_key, one.new_key, one.row) for one in changes]
        try:
            marshal.dump(plain, self._file)
            self._file.flush()
        except OSError as error:
            raise NoRoom(
                f"a large transaction of legacy does not fit into {tempfile.gettempdir()} "
                f"({error.strerror}): nothing of it was applied; make room there or set TMPDIR, "
                "then run `etl follow` again"
            ) from error
        self._pieces += 1

    def pieces(self) -> Iterator[Images]:
        """Give the last image of each row of a piece, piece by piece, in the order of the log."""
        for plain in self._read():
            images: Images = {}
            fold(images, (Change(*fields) for fields in plain))
            yield images

    def keys(self) -> Iterator[tuple[str, Key]]:
        """Give the table and the key of each row, as often as it was changed."""
        for plain in self._read():
            for table, *both, _ in plain:
                yield from ((table, key) for key in both if key is not None)

    def _read(self) -> Iterator[list[tuple[str, Key | None, Key | None, Row | None]]]:
        self._file.seek(0)
        for _ in range(self._pieces):
            yield marshal.load(self._file)  # noqa: S302 - nobody else can open this file
