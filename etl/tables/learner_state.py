"""What learners left in blocks: the largest tables, whose JSON is a jsonb wherever one holds it."""

from etl.tables.mapping import Column, TableMap
from etl.values.convert import DOUBLE, INTEGER, REQUIRED_MOMENT
from etl.values.documents import JSON

BLOCK_STATE = TableMap(
    source="courseware_studentmodule",
    target="learner_state_blockstate",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("module_type", to="block_type"),
        Column("module_id", to="usage_key"),
        Column("course_id", to="course_key"),
        Column("state", kind=JSON),
        Column("grade", to="score", kind=DOUBLE),
        Column("max_grade", to="max_score", kind=DOUBLE),
        Column("done"),
        Column("created", to="created_at", kind=REQUIRED_MOMENT),
        Column("modified", to="modified_at", kind=REQUIRED_MOMENT),
        Column("student_id", to="user_id", kind=INTEGER),
    ),
)


def _history(source: str, target: str, *, optional: bool = False) -> TableMap:
    """The two histories are alike, and each counts its ids from 1."""
    return TableMap(
        source=source,
        target=target,
        key="id",
        optional=optional,
        columns=(
            Column("id", kind=INTEGER),
            Column("student_module_id", to="block_state_id", kind=INTEGER),
            Column("version"),
            Column("created", to="recorded_at", kind=REQUIRED_MOMENT),
            Column("state", kind=JSON),
            Column("grade", to="score", kind=DOUBLE),
            Column("max_grade", to="max_score", kind=DOUBLE),
        ),
    )


EARLIER_HISTORY = _history("courseware_studentmodulehistory", "learner_state_earlierhistory")
HISTORY = _history(
    "coursewarehistoryextended_studentmodulehistoryextended",
    "learner_state_history",
    optional=True,
)
