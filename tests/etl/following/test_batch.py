"""What a batch holds, and how long it waits."""

from etl.checkpoints import Place, moment
from etl.following.batch import MAX_ROWS, MAX_SECONDS, QUIET_SECONDS, Batch
from etl.rows import Change, Position, Transaction

PLACE = Place("1", "log.000001", 100, acked=5)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def transaction(
    *changes: Change, offset: int | None = 200, acked: int | None = None
) -> Transaction:
    position = None if offset is None else Position("log.000001", offset)
    return Transaction(changes, position, 1_700_000_000, acked=acked, gtid="0-1-2")


def insert(key: bytes, value: bytes) -> Change:
    return Change("t", None, key, (key, value))


def test_only_the_last_image_of_a_row_counts() -> None:
    batch = Batch()
    batch.add(transaction(insert(b"1", b"a"), insert(b"2", b"a"), insert(b"3", b"a")))
    batch.add(transaction(Change("t", b"1", b"1", (b"1", b"b")), Change("t", b"2", None, None)))
    batch.add(transaction(Change("t", b"3", b"9", (b"9", b"a"))))

    assert batch.images == {"t": {b"1": (b"1", b"b"), b"2": None, b"3": None, b"9": (b"9", b"a")}}


def test_the_place_moves_with_whole_transactions_and_never_with_a_piece() -> None:
    batch = Batch()
    batch.add(transaction(insert(b"1", b"a"), offset=None))
    assert batch.advanced(PLACE) == PLACE

    batch.add(transaction(offset=300, acked=8))
    batch.add(transaction(offset=400))

    place = batch.advanced(PLACE)
    assert (place.position, place.acked) == (Position("log.000001", 400), 8)
    assert (place.source_at, place.gtid) == (moment(1_700_000_000), "0-1-2")


def test_rows_wait_shortly_and_a_mere_place_waits_longer() -> None:
    clock = Clock()
    rows, quiet = Batch(clock), Batch(clock)
    rows.add(transaction(insert(b"1", b"a")))
    quiet.add(transaction())

    clock.now += 2 * MAX_SECONDS
    assert (rows.is_due(), quiet.is_due()) == (True, False)
    clock.now += 2 * QUIET_SECONDS
    assert quiet.is_due()


def test_an_empty_batch_is_patient_and_never_due() -> None:
    batch = Batch(Clock())

    assert batch.is_empty()
    assert (batch.patience(7.0), batch.is_due(), batch.is_full()) == (7.0, False, False)


def test_a_batch_is_full_at_its_number_of_rows() -> None:
    batch = Batch(Clock())
    batch.add(transaction(*(insert(b"%d" % n, b"a") for n in range(MAX_ROWS))))

    assert batch.is_full()
    assert batch.patience(7.0) <= MAX_SECONDS
