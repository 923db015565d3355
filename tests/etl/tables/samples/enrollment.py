"""Invitations, and changes by hand."""

from tests.etl.tables.samples.sample import ADA, HERE, THEN, VER101, Sample

SAMPLES = {
    "student_courseenrollmentallowed": Sample(
        {
            "email": "eve@example.com",
            "course_key": VER101,
            "enrolls_at_once": False,
            "invited_at": HERE,
        },
        {"email": "eve@example.com", "course_id": VER101, "auto_enroll": 0, "created": THEN},
        {"enrolls_at_once": True, "invited_at": None},
        {"auto_enroll": 1, "created": None},
    ),
    "student_manualenrollmentaudit": Sample(
        {
            "enrollment_id": None,
            "email": "eve@example.com",
            "transition": "from not enrolled to allowed to enroll",
            "reason": None,
            "recorded_at": HERE,
            "actor_id": ADA,
        },
        {
            "enrollment_id": None,
            "enrolled_email": "eve@example.com",
            "state_transition": "from not enrolled to allowed to enroll",
            "reason": None,
            "time_stamp": THEN,
            "enrolled_by_id": ADA,
        },
        {"reason": "asked\tfor\nit", "actor_id": None},
        {"reason": "asked\tfor\nit", "enrolled_by_id": None},
    ),
}
