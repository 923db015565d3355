"""Reads Prometheus' text format, as far as the facade's own admin port writes it. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from facade.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_SAMPLE: Final = re.compile(r"([a-z_]+)\{([^}]*)\} (\S+)")
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')


class Sample(NamedTuple):
    """One line: the value that a metric has under labels."""

    labels: Mapping[str, str]
    value: float


class Scrape:
    """All samples of one moment, by the metric's name."""

    def __init__(self, text: str) -> None:
        self._samples: dict[str, dict[str, Sample]] = defaultdict(dict)
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, key, sample = _read(line)
                self._samples[name][key] = sample

    def samples(self, name: str) -> Iterable[Sample]:
        """Return the samples of a metric."""
        return self._samples[name].values() if name in self._samples else ()

    def since(self, before: Scrape, name: str) -> Iterable[Sample]:
        """Yield by how much each counter grew; one of a worker that was restarted began anew."""
        earlier = before._samples.get(name, {})
        for key, sample in self._samples.get(name, {}).items():
            was = earlier[key].value if key in earlier else 0.0
            yield Sample(sample.labels, sample.value - (was if was <= sample.value else 0.0))


def total(samples: Iterable[Sample], **labels: str) -> float:
    """Add up the samples that have these labels."""
    return sum(
        sample.value
        for sample in samples
        if all(sample.labels.get(name) == value for name, value in labels.items())
    )


def grouped(samples: Iterable[Sample], by: Callable[[Sample], str]) -> dict[str, list[Sample]]:
    """Part samples by a key, in the order they came."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(by(sample), []).append(sample)
    return groups


def _read(line: str) -> tuple[str, str, Sample]:
    found = _SAMPLE.fullmatch(line)
    if found is None:
        raise Unreachable("what answers is not the facade's admin port: look at --admin")
    name, labels, value = found.groups()
    return name, labels, Sample(dict(_LABEL.findall(labels)), float(value))
