"""The history of what learners did."""

from tests.etl.tables.samples.sample import HERE, THEN, Sample

SAMPLES = {
    "courseware_studentmodulehistory": Sample(
        {
            "block_state_id": 3,
            "version": None,
            "recorded_at": HERE,
            "state": '{"seed": 1}',
            "score": None,
            "max_score": 0.1,
        },
        {
            "student_module_id": 3,
            "version": None,
            "created": THEN,
            "state": '{"seed": 1}',
            "grade": None,
            "max_grade": 0.1,
        },
        {"score": 1e-7},
        {"grade": 1e-7},
    ),
}
