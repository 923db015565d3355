import stat
import threading
from pathlib import Path

import pytest

from flags.snapshot_file import read_snapshot, write_snapshot


def test_a_written_document_is_read_back_and_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    write_snapshot(path, b"one")

    assert read_snapshot(path) == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_before_the_first_write_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert read_snapshot(tmp_path / "snapshot.json") is None


def test_a_reader_never_sees_half_a_document(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    documents = [bytes([letter]) * 200_000 for letter in b"ab"]
    write_snapshot(path, documents[0])
    writer = threading.Thread(
        target=lambda: [write_snapshot(path, documents[turn % 2]) for turn in range(60)]
    )
    writer.start()
    seen = set()
    while writer.is_alive():
        seen.add(read_snapshot(path))
    writer.join()

    assert seen <= set(documents)


def test_a_write_that_fails_keeps_the_old_document_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    path.mkdir()  # no file can replace it

    with pytest.raises(OSError, match="snapshot"):
        write_snapshot(path, b"two")

    assert list(tmp_path.iterdir()) == [path]
