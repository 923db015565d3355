"""The structures of courses, which legacy packs: unpacked for modern, and packed again."""

import base64
import gzip
import json
from zlib import crc32

from tests.etl.tables.agreement import assert_equal
from tests.etl.world import World


def test_what_modern_did_not_change_of_a_row_is_not_packed_anew(bridged: World) -> None:
    packing = "SELECT MD5(structure_json) FROM course_structures_coursestructure WHERE id = 19"
    before = bridged.legacy_rows(packing)
    bridged.modern.execute(
        """UPDATE catalog_structure SET discussions = '{"topic": "x"}' WHERE id = 19"""
    )

    assert_equal(bridged)

    assert bridged.legacy_rows(packing) == before
    kept = "SELECT discussions_crc = %s FROM catalog_structure WHERE id = 19"
    written = "SELECT discussion_id_map_json FROM course_structures_coursestructure WHERE id = 19"
    ((text,),) = bridged.legacy_rows(written)
    assert json.loads(gzip.decompress(base64.b64decode(str(text)))) == {"topic": "x"}
    assert bridged.value(kept, crc32(str(text).encode())) is True


def test_a_structure_that_nobody_can_unpack_is_kept_and_comes_back(bridged: World) -> None:
    bridged.write(
        "INSERT INTO course_structures_coursestructure"
        " (course_id, created, modified, structure_json, discussion_id_map_json)"
        " VALUES ('DemoU/Cut/2016', '0000-00-00', '2016-01-01', 'H4sIAA7BAmsC', '{}')"
    )

    assert_equal(bridged)
    bridged.modern.execute(
        "UPDATE catalog_structure SET course_key = 'DemoU/Cut/2017'"
        " WHERE course_key = 'DemoU/Cut/2016'"
    )
    assert_equal(bridged)

    query = "SELECT tree, tree_raw, discussions FROM catalog_structure WHERE course_key = %s"
    assert bridged.rows(query, "DemoU/Cut/2017") == [(None, "H4sIAA7BAmsC", {})]
    assert bridged.legacy_rows(
        "SELECT structure_json, discussion_id_map_json FROM course_structures_coursestructure"
        " WHERE course_id = 'DemoU/Cut/2017'"
    ) == [("H4sIAA7BAmsC", "{}")]
