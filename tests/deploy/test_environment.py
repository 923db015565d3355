"""The environment that the stack prints is the one that ARCHITECTURE.md promises."""

import re
from pathlib import Path

from deploy.stack.environment import exports, variables
from deploy.stack.ports import PREFERRED
from deploy.stack.settings import CHECKOUT
from deploy.stack.state import with_secrets

URLS = {"postgres": "postgresql://p", "mariadb": "mysql://m", "redis": "redis://r"}


def printed() -> dict[str, str]:
    ports = dict.fromkeys(PREFERRED, 4711)
    return variables(URLS, ports, with_secrets({}), home=Path("/somewhere"))


def promised() -> set[str]:
    """Return the names in the first column of the table under the heading Environment."""
    text = (CHECKOUT / "ARCHITECTURE.md").read_text()
    section = text.partition("### Environment")[2].partition("\n###")[0]
    columns = re.findall(r"^\| (`[^|]*`) \|", section, flags=re.MULTILINE)
    return {name for column in columns for name in re.findall(r"`(\w+)`", column)}


def test_every_promised_variable_is_printed() -> None:
    assert promised() <= printed().keys()


def test_nothing_is_printed_that_is_not_promised_but_djangos_own() -> None:
    assert printed().keys() - promised() == {"DJANGO_SETTINGS_MODULE"}


def test_keys_are_long_enough_and_never_the_same_twice() -> None:
    first, second = printed(), printed()

    assert min(len(first[name]) for name in ("BRIDGE_KEY", "SECRET_KEY")) >= 32
    assert first["BRIDGE_KEY"] != second["BRIDGE_KEY"]


def test_known_secrets_are_kept() -> None:
    known = with_secrets({})

    assert with_secrets(known) == known


def test_lines_for_a_shell_survive_what_a_shell_would_interpret() -> None:
    assert exports({"A": "it's $HOME"}) == "export A='it'\"'\"'s $HOME'\n"
