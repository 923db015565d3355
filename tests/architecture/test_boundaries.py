"""Boundaries between apps that import-linter has no words for."""

import re
from pathlib import Path

import grimp
import pytest

DOORS = {"api", "data", "errors"}
APP = re.compile(r"modern\.(?:lms|cms|shared)\.(?P<app>\w+)(?:\.(?P<module>\w+))?")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("modern", "compat", "facade", "etl", "flags", cache_dir=None)


def is_app(name: str) -> bool:
    match = APP.fullmatch(name)
    return bool(match) and (ROOT / Path(*name.split(".")[:3]) / "models.py").exists()


def test_an_app_is_entered_by_its_api_data_and_errors_only(graph: grimp.ImportGraph) -> None:
    trespassers = [
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if is_app(imported) and importer.split(".")[:3] != imported.split(".")[:3]
        for module in [APP.fullmatch(imported)["module"]]
        if module not in DOORS and not allowed(importer, imported)
    ]
    assert trespassers == []


def allowed(importer: str, imported: str) -> bool:
    """URL configurations mount URLs, and migrations and settings name apps by string."""
    return imported.endswith(".urls") and importer.endswith(".urls")


def test_only_settings_and_entry_points_touch_the_environment() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for room in ("facade", "flags", "etl", "compat", "modern")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text())
    }
    assert {name for name in readers if not READS_ENVIRONMENT.search(name)} == set()


READS_ENVIRONMENT = re.compile(r"settings|environment\.py$|(?:wsgi|asgi|celery|cli|command)\.py$")


@pytest.mark.parametrize("package", ["facade", "flags", "etl", "compat", "modern"])
def test_no_module_has_a_name_that_says_nothing(package: str) -> None:
    vague = {"utils", "util", "helpers", "common", "misc", "manager", "base_utils"}
    assert [p for p in (ROOT / package).rglob("*.py") if p.stem in vague] == []
