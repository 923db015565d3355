import pytest

from flags import reference


@pytest.mark.parametrize("name", ["capabilities.md", "routes.md"])
def test_the_reference_pages_are_current(name: str) -> None:
    written = (reference.FOLDER / name).read_text()

    assert written == reference.pages()[name], "run `python -m flags.reference`"
