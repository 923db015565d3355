"""How far a run is, in words: rows done, rate, time left. Pure; the time is given."""

from dataclasses import dataclass

__all__ = ["Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a table is: ``rows`` were written, ``done`` of ``total`` indexes are behind us."""

    table: str
    done: int
    total: int
    rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """Rows written per second so far; 0 before any time passed."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float:
        """How long the rest of the table takes if it goes on like this."""
        return self.seconds * (self.total - self.done) / self.done if self.done else 0.0

    def __str__(self) -> str:
        return (
            f"{self.table}: {self.done / self.total:4.0%}, {self.rows:,} rows, "
            f"{self.rows_per_second:,.0f} rows/s, {self.seconds_left:.0f} s left"
        )
