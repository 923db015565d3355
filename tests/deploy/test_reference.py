"""`make docs`: no command is missing from its page."""

import re

import pytest

from deploy import reference
from deploy.stack.settings import CHECKOUT

PAGE = (CHECKOUT / "docs" / "reference" / "commands.md").read_text()


@pytest.fixture(scope="module")
def made() -> str:
    return reference.commands_page()


def test_the_page_has_every_command_of_every_program(made: str) -> None:
    headings = re.findall(r"^##.*$", made, flags=re.MULTILINE)

    assert re.findall(r"^##.*$", PAGE, flags=re.MULTILINE) == headings
    assert {"### facade run", "### flags flip", "### etl follow"} <= {*headings}


def test_the_page_has_every_option_of_every_command(made: str) -> None:
    option = re.compile(r"^  (--[a-z-]+)", re.MULTILINE)

    assert option.findall(PAGE) == option.findall(made)


def test_make_help_lists_every_job_of_the_readme() -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    listed = set(re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE))

    assert listed >= {
        *("help", "setup", "dev", "stack", "stop", "test", "check", "bench", "build", "deploy"),
        "docs",
    }
