"""The state file: what comes back is what was kept, and nothing else is taken for one."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.doctor.passes import Count, Tally
from etl.doctor.state import StateFile
from etl.errors import SettingsInvalid

TALLIES = st.dictionaries(
    st.text(),
    st.builds(
        Tally,
        rows=st.integers(0),
        after=st.none() | st.binary(min_size=1),
        done=st.booleans(),
        counts=st.dictionaries(
            st.tuples(st.text(), st.text()),
            st.builds(Count, st.integers(1), st.lists(st.text(), max_size=5).map(tuple)),
            max_size=3,
        ),
    ),
    max_size=3,
)


@given(TALLIES)
def test_what_was_kept_comes_back(tallies: dict[str, Tally]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        state = StateFile(Path(folder) / "state.json", "server/edxapp")

        state.write(tallies)

        assert state.read() == tallies
        assert [path.name for path in Path(folder).iterdir()] == ["state.json"]


def test_no_file_is_a_beginning(tmp_path: Path) -> None:
    assert StateFile(tmp_path / "none.json", "x").read() == {}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 1, "database": "x", "passes": {"a": {}}}', '{"version": 1}'],
)
def test_what_is_no_state_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)

    with pytest.raises(SettingsInvalid, match=r"delete it, or name another file$"):
        StateFile(path, "x").read()


def test_a_folder_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="cannot be used"):
        StateFile(tmp_path, "x").read()
