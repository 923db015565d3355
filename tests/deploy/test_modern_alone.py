"""The copy without the bridge holds what modern needs and nothing of the bridge."""

from pathlib import Path

from deploy.modern_alone import copy_modern


def test_the_copy_has_no_room_of_the_bridge(tmp_path: Path) -> None:
    copy_modern(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".stack",
        "deploy",
        "manage.py",
        "modern",
        "pyproject.toml",
        "tests",
    ]
    assert sorted(path.name for path in (tmp_path / "tests").iterdir()) == [
        "__init__.py",
        "conftest.py",
        "modern",
        "servers.py",
    ]
