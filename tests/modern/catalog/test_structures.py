import pytest

from modern.lms.catalog import api
from modern.lms.catalog.data import Block
from modern.lms.catalog.errors import StructureMissing
from modern.lms.catalog.models import Structure
from tests.modern.factories import DEMO, LONG_AGO

pytestmark = pytest.mark.django_db
COURSE, CHAPTER = "i4x://DemoU/CS101/course/2016", "i4x://DemoU/CS101/chapter/one"
TREE = {
    "root": COURSE,
    "blocks": {
        COURSE: {"block_type": "course", "display_name": "Demo", "children": [CHAPTER]},
        CHAPTER: {
            "block_type": "chapter",
            "display_name": None,
            "graded": True,
            "format": "Homework",
            "children": [],
        },
    },
}


def published(**columns: object) -> None:
    Structure.objects.create(course_key=DEMO, created=LONG_AGO, modified=LONG_AGO, **columns)


def test_a_course_is_a_tree_of_blocks_below_one_root() -> None:
    published(tree=TREE)

    found = api.structure(DEMO)

    assert (found.course_key, found.root) == (DEMO, COURSE)
    assert found.blocks == {
        COURSE: Block(
            usage_key=COURSE,
            type="course",
            display_name="Demo",
            graded=False,
            format=None,
            children=(CHAPTER,),
        ),
        CHAPTER: Block(
            usage_key=CHAPTER,
            type="chapter",
            display_name=None,
            graded=True,
            format="Homework",
            children=(),
        ),
    }


@pytest.mark.parametrize("columns", [{}, {"tree_raw": "H4sI?"}, {"tree": {}}])
def test_a_tree_that_nobody_can_read_is_missing(columns: dict[str, object]) -> None:
    published(**columns)

    with pytest.raises(StructureMissing, match="publish it"):
        api.structure(DEMO)
    with pytest.raises(StructureMissing):
        api.structure("DemoU/None/Such")


def test_discussions_are_found_by_their_topics() -> None:
    published(discussions={"topic": CHAPTER})

    assert api.discussions(DEMO) == {"topic": CHAPTER}
    assert api.discussions("DemoU/None/Such") == {}
