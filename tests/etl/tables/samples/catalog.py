"""Organizations, and the structures of courses."""

from psycopg.types.json import Jsonb

from etl.values.packed_documents import from_packed_json
from tests.etl.tables.samples.sample import CAT03, HERE, THEN, Sample

# The id that modern gives to a row which others here refer to.
ORGANIZATION = 1_002
TREE = {"root": "r", "blocks": {"r": {"block_type": "course"}}}

SAMPLES = {
    "organizations_organization": Sample(
        {
            "id": ORGANIZATION,
            "created": HERE,
            "modified": HERE,
            "name": "Demo University",
            "short_name": "DemoU",
            "description": "",
            "logo_path": None,
            "active": True,
        },
        {
            "created": THEN,
            "modified": THEN,
            "name": "Demo University",
            "short_name": "DemoU",
            "description": "",
            "logo": None,
            "active": 1,
        },
        {"logo_path": "logos/d.png", "active": False},
        {"logo": "logos/d.png", "active": 0},
    ),
    "organizations_organizationcourse": Sample(
        {
            "created": HERE,
            "modified": HERE,
            "course_key": CAT03,
            "organization_id": ORGANIZATION,
            "active": True,
        },
        {
            "created": THEN,
            "modified": THEN,
            "course_id": CAT03,
            "organization_id": ORGANIZATION,
            "active": 1,
        },
        {"active": False},
        {"active": 0},
    ),
    "course_structures_coursestructure": Sample(
        {
            "created": HERE,
            "modified": HERE,
            "course_key": "DemoU/New/2016",
            "tree": Jsonb(TREE),
            "discussions": None,
        },
        {
            "created": THEN,
            "modified": THEN,
            "course_id": "DemoU/New/2016",
            "structure_json": str(from_packed_json(TREE, None, None)),
            "discussion_id_map_json": None,
        },
        {"discussions": Jsonb({"topic": "r"})},
        {"discussion_id_map_json": str(from_packed_json({"topic": "r"}, None, None))},
    ),
}
