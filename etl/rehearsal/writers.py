"""Single writes of both sides, drawn at random; each gives the legacy name of the table it was to.

Legacy's are written as legacy's code does, modern's as modern's: by their own tables, and without
a word to the bridge.
"""

import random

from psycopg.types.json import Jsonb

from etl.mysql import Source
from etl.postgres import Connection
from etl.rehearsal.rows import Rows

ENROLMENT, PREFERENCE = "student_courseenrollment", "user_api_userpreference"
STATE = "courseware_studentmodule"
_MODES = ("audit", "honor", "verified")

LEGACY_INSERT = "INSERT INTO user_api_userpreference (user_id, `key`, value) VALUES (%s, %s, %s)"
MODERN_INSERT = "INSERT INTO identity_preference (user_id, key, value) VALUES (%s, %s, %s)"


def in_legacy(source: Source, rows: Rows, draw: random.Random, number: int) -> str:
    """Save a learner's state, add or delete a preference, or change an enrolment."""
    match draw.randrange(10):
        case 0 | 1 | 2:
            source.fetch(
                "UPDATE courseware_studentmodule SET state = %s, grade = %s,"
                " modified = UTC_TIMESTAMP(6) WHERE id = %s",
                f'{{"position": {number}, "attempts": {draw.randrange(9)}}}',
                draw.randrange(5),
                rows.states.pick(0, draw),
            )
            return STATE
        case 3:
            source.fetch(LEGACY_INSERT, rows.learner, f"rehearsal.legacy.{number}", "on")
            return PREFERENCE
        case 4:
            found = source.fetch(
                "SELECT MIN(id) FROM user_api_userpreference WHERE `key` LIKE 'rehearsal.legacy.%%'"
            )
            source.fetch("DELETE FROM user_api_userpreference WHERE id = %s", found[0][0])
            return PREFERENCE
        case _:
            source.fetch(
                "UPDATE student_courseenrollment SET mode = %s, is_active = %s WHERE id = %s",
                draw.choice(_MODES),
                draw.randrange(2),
                rows.enrolments.pick(0, draw),
            )
            return ENROLMENT


def in_modern(connection: Connection, rows: Rows, draw: random.Random, number: int) -> str:
    """Save a learner's state or a first one, add or delete a preference, or change an enrolment."""
    state = Jsonb(
        {"position": number, "attempts": draw.randrange(9), "answer": "größer als \u2207"}
    )
    match draw.randrange(10):
        case 0 | 1:
            chosen = rows.states.pick(1, draw)
            connection.execute(_SAVE, {"state": state, "score": draw.randrange(5), "id": chosen})
            return STATE
        case 2:
            connection.execute(_SAVE_FIRST, (rows.learner, f"rehearsal/modern/{number}", state))
            return STATE
        case 3:
            key = f"rehearsal.modern.{number}"
            connection.execute(MODERN_INSERT, (rows.learner, key, "on"))
            return PREFERENCE
        case 4:
            connection.execute(
                "DELETE FROM identity_preference WHERE id = (SELECT min(id) FROM"
                " identity_preference WHERE key LIKE 'rehearsal.modern.%%')"
            )
            return PREFERENCE
        case _:
            connection.execute(
                "UPDATE enrollment_enrollment SET mode = %s, active = %s WHERE id = %s",
                (draw.choice(_MODES), bool(draw.randrange(2)), rows.enrolments.pick(1, draw)),
            )
            return ENROLMENT


# A save of a problem is remembered in the history, in the same transaction.
_SAVE = """
    WITH saved AS (
        UPDATE learner_state_blockstate
        SET state = %(state)s, state_raw = NULL, state_crc = NULL, score = %(score)s,
            modified_at = clock_timestamp()
        WHERE id = %(id)s
        RETURNING *
    )
    INSERT INTO learner_state_earlierhistory (block_state_id, recorded_at, state, score, max_score)
    SELECT id, modified_at, state, score, max_score FROM saved WHERE block_type = 'problem'
"""
_SAVE_FIRST = """
    INSERT INTO learner_state_blockstate
        (user_id, course_key, usage_key, block_type, done, state, created_at, modified_at)
    VALUES (%s, 'Rehearsal/R1/Modern', %s, 'html', 'na', %s, clock_timestamp(), clock_timestamp())
"""
