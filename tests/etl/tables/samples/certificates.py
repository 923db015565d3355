"""Certificates and their exceptions."""

from tests.etl.tables.samples.sample import ADA, HERE, THEN, VER101, Sample

SAMPLES = {
    "certificates_generatedcertificate": Sample(
        {
            "user_id": 1,
            "course_key": VER101,
            "status": "generating",
            "mode": "honor",
            "grade": "",
            "name": "Ada",
            "distinction": False,
            "verify_uuid": "0" * 32,
            "download_uuid": "",
            "download_url": "",
            "request_key": "f" * 32,
            "error_reason": "",
            "created_at": HERE,
            "modified_at": HERE,
        },
        {
            "user_id": 1,
            "course_id": VER101,
            "status": "generating",
            "mode": "honor",
            "grade": "",
            "name": "Ada",
            "distinction": 0,
            "verify_uuid": "0" * 32,
            "download_uuid": "",
            "download_url": "",
            "key": "f" * 32,
            "error_reason": "",
            "created_date": THEN,
            "modified_date": THEN,
        },
        {"status": "downloadable", "grade": "0.93"},
        {"status": "downloadable", "grade": "0.93"},
    ),
    "certificates_certificatewhitelist": Sample(
        {
            "user_id": ADA,
            "course_key": VER101,
            "active": True,
            "notes": None,
            "created_at": HERE,
        },
        {"user_id": ADA, "course_id": VER101, "whitelist": 1, "notes": None, "created": THEN},
        {"active": False, "notes": ""},
        {"whitelist": 0, "notes": ""},
    ),
    "certificates_certificateinvalidation": Sample(
        {
            "certificate_id": 1,
            "invalidated_by_id": ADA,
            "active": True,
            "notes": "x",
            "created_at": HERE,
            "modified_at": HERE,
        },
        {
            "generated_certificate_id": 1,
            "invalidated_by_id": ADA,
            "active": 1,
            "notes": "x",
            "created": THEN,
            "modified": THEN,
        },
        {"active": False},
        {"active": 0},
    ),
}
