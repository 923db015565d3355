"""The loop over passes, on passes that are lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from etl.doctor.examining import Examination
from etl.doctor.passes import Sighting, Tally
from etl.errors import LogUnreadable
from etl.pace import Pace, Progress
from etl.rows import Key, Row
from etl.stopping import Stop


@dataclass
class Listed:
    """A pass over rows in memory: every second one has a problem; it may be refused."""

    name: str
    rows: int
    refused: bool = False
    table: str = "auth_user"
    resumable: bool = True
    asked: list[Key | None] = field(default_factory=list)

    def read(self, after: Key | None, size: int) -> Sequence[Row]:
        self.asked.append(after)
        if self.refused:
            raise LogUnreadable("told: more") from ValueError(1267, "Illegal mix of collations")
        first = int(after) + 1 if after else 0
        return [(b"%d" % number,) for number in range(first, min(first + size, self.rows))]

    def key(self, row: Row) -> Key:
        return row[0] or b""

    def examine(self, rows: Sequence[Row]) -> Iterator[Sighting]:
        return (Sighting("c", "odd", self.key(row)) for row in rows if int(self.key(row)) % 2)

    def conclude(self) -> Iterator[Sighting]:
        yield Sighting("c", "the end", b"0")


def examined(*passes: Listed, tallies: dict[str, Tally] | None = None) -> tuple[Examination, bool]:
    kept: list[int] = []
    examination = Examination(
        passes, {} if tallies is None else tallies, Pace(1.0), lambda t: kept.append(len(t)), size=2
    )
    return examination, examination.run(Stop(), Progress(10, 0), lambda _: None)


def test_every_row_is_examined_once_and_the_end_is_told() -> None:
    one = Listed("one", rows=5)

    examination, complete = examined(one)

    assert complete
    assert one.asked == [None, b"1", b"3"]
    assert {
        finding.found: (finding.count, finding.examples) for finding in examination.findings()
    } == {"odd": (2, ("1", "3")), "the end": (1, ("0",))}


def test_a_table_that_fills_its_last_range_is_asked_once_more() -> None:
    one = Listed("one", rows=4)

    examined(one)

    assert one.asked == [None, b"1", b"3"]


def test_a_pass_goes_on_where_it_was_and_one_that_cannot_begins_anew() -> None:
    one, other = Listed("one", rows=5), Listed("other", rows=5, resumable=False)
    tallies = {name: Tally(rows=4, after=b"3") for name in ("one", "other")}

    examination, _ = examined(one, other, tallies=tallies)

    assert (one.asked, other.asked) == ([b"3"], [None, b"1", b"3"])
    assert [examination.tallies[name].rows for name in ("one", "other")] == [5, 5]


def test_what_the_server_refuses_is_a_finding_and_the_rest_is_examined() -> None:
    examination, complete = examined(Listed("bad", rows=5, refused=True), Listed("good", rows=1))

    refusal, *rest = examination.findings()

    assert complete
    assert (refusal.subject, refusal.found) == ("bad", "cannot be read: Illegal mix of collations")
    assert [finding.found for finding in rest] == ["the end"]


def test_a_request_to_stop_ends_after_the_range_at_hand() -> None:
    stop, one = Stop(), Listed("one", rows=50)
    stop.request()
    examination = Examination([one], {}, Pace(1.0), lambda _: None, size=2)

    assert not examination.run(stop, Progress(10, 0), lambda _: None)
    assert one.asked == [None]
    assert [finding.found for finding in examination.findings()] == ["odd"]
    tally = examination.tallies["one"]
    assert (tally.rows, tally.after, tally.done) == (2, b"1", False)


def test_a_stop_at_the_very_end_is_no_interruption() -> None:
    stop = Stop()
    stop.request()

    assert Examination([Listed("one", rows=1)], {}, Pace(1.0), lambda _: None).run(
        stop, Progress(10, 0), lambda _: None
    )
