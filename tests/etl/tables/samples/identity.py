"""People: activations, pseudonyms, tags."""

from tests.etl.tables.samples.sample import ADA, VER101, Sample

SAMPLES = {
    "auth_registration": Sample(
        {"user_id": 1, "key": "0" * 32},
        {"user_id": 1, "activation_key": "0" * 32},
        {"key": "f" * 32},
        {"activation_key": "f" * 32},
    ),
    "student_anonymoususerid": Sample(
        {"user_id": ADA, "course_key": "", "value": "0" * 32},
        {"user_id": ADA, "course_id": "", "anonymous_user_id": "0" * 32},
        {"course_key": VER101},
        {"course_id": VER101},
    ),
    "user_api_usercoursetag": Sample(
        {"user_id": ADA, "course_key": VER101, "key": "k", "value": "2"},
        {"user_id": ADA, "course_id": VER101, "key": "k", "value": "2"},
        {"value": ""},
        {"value": ""},
    ),
}
