from dataclasses import dataclass, field

from modern.shared.environment import ServiceEnvironment, text, variable, whole_number
from modern.shared.reference import named, page


@dataclass(frozen=True)
class Sample:
    """What a sample needs. More is not printed."""

    name: str = field(metadata=variable("NAME", text, "its name"))
    size: int = field(default=0, metadata=variable("SIZE", whole_number, "its size"))
    tags: tuple[str, ...] = field(default=(), metadata=variable("TAGS", text, "its tags"))
    internal: int = 3


def test_the_page_has_a_table_of_what_is_declared() -> None:
    assert page([Sample]).endswith(
        "## What a sample needs\n\n"
        "| variable | default | meaning |\n|---|---|---|\n"
        "| `NAME` | required | its name |\n"
        "| `SIZE` | `0` | its size |\n"
        "| `TAGS` | none | its tags |\n"
    )


def test_declarations_are_found_by_name() -> None:
    assert named("modern.shared.environment:ServiceEnvironment") is ServiceEnvironment
