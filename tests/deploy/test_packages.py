"""Finding programs, installing missing ones, and saying so when that is impossible."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.stack import packages
from deploy.stack.errors import ProgramMissing


def test_a_missing_program_that_may_not_be_installed_is_named_with_its_package() -> None:
    with pytest.raises(ProgramMissing) as raised:
        packages.provide(["mariadbd"], find={}.get, install=list)

    assert str(raised.value) == (
        "mariadbd is not installed: run `apt-get install mariadb-server` as root, then try again"
    )


def test_only_missing_programs_are_installed_and_then_found() -> None:
    there = {"redis-server": Path("/usr/bin/redis-server")}
    asked: list[str] = []

    def install(programs: Sequence[str]) -> None:
        asked.extend(programs)
        there.update({program: Path("/fresh") / program for program in programs})

    found = packages.provide(["redis-server", "mariadbd"], find=there.get, install=install)

    assert asked == ["mariadbd"]
    assert found["mariadbd"] == Path("/fresh/mariadbd")


def test_programs_of_this_machine_are_found_off_the_path_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert {program for program in packages.PACKAGES if not packages.find(program)} == set()
