"""Learner state as a large old course site has it, made by the legacy server itself, deterministic.

The state of a row has 266 bytes on average, of 15 to 1,000; in each 5,000 rows are twelve states
that are no plain JSON, and one row in 50,021 was made on no day. A million rows take about 25 s.
"""

from tests.etl.world import World

TABLE = "courseware_studentmodule"
# A statement this long leaves a log and an undo that any server takes.
_AT_ONCE = 250_000

_UGLY = (
    r"""'{"position": NaN}'""",
    r"""'{"a": "nul\\u0000x"}'""",
    r"""'{"trunc": "abc'""",
    "''",
    r"""'{"s": "\\ud83d alone"}'""",
    r"""'{"snow": "☃ raw"}'""",
    r"""'{"tab": "a\\tb", "bs": "c:\\\\dir\\\\n"}'""",
    r"""'{"nl":\n "two lines"}'""",
    r"""'{"dup":1,"dup":2}'""",
    "NULL",
    r"""'raw\0nul'""",
    r"""'{"big": 1e400}'""",
)
_ANSWER = """CONCAT('"i4x-', LEFT(h, 12), '_{n}_1": "choice_', r >> {n} & 3, '"')"""
_RESULT = """CONCAT('"i4x-', LEFT(h, 12), '_{n}_1": {{"hint": "", "hintmode": null,'
    ' "correctness": "',
    IF(r >> {n} & 1, 'correct', 'incorrect'), '", "npoints": null, "msg": "", "queuestate": null,'
    ' "answervariable": null}}')"""
_FILL = """
INSERT INTO courseware_studentmodule (id, module_type, module_id, student_id, course_id, state,
    grade, max_grade, done, created, modified)
SELECT id, kind, CONCAT('block-v1:', course, '+type@', kind, '+block@', h), r % 500000 + 1,
    CONCAT('course-v1:', course),
    CASE {ugly} ELSE CASE kind
        WHEN 'sequential' THEN CONCAT('{{"position": ', r & 7, '}}')
        WHEN 'course' THEN CONCAT('{{"position": ', r & 15, '}}')
        WHEN 'video' THEN CONCAT('{{"saved_video_position": "00:', LPAD(r >> 4 & 31, 2, 0), ':',
            LPAD(r >> 9 & 31, 2, 0), '", "transcript_language": "en", "youtube_is_available": true,'
            ' "speed": ', IF(r & 1, '1.25', '1.0'), '}}')
        ELSE CONCAT('{{"seed": ', r & 1023, ', "attempts": ', r & 3, ', "done": true,'
            ' "student_answers": {{', CONCAT_WS(', ', {answers}), '}}, "correct_map": {{',
            CONCAT_WS(', ', {results}), '}}, "last_submission_time": "2015-03-',
            LPAD((r & 15) + 1, 2, 0), 'T10:', LPAD(r >> 5 & 31, 2, 0),
            ':11Z", "input_state": {{}}}}')
        END END,
    IF(kind = 'problem', parts * (r % 1000) / 1000, NULL), IF(kind = 'problem', parts, NULL), 'na',
    IF(id % 50021 = 0, '0000-00-00', '2013-01-01' + INTERVAL r % 300000000 SECOND),
    '2013-01-01' + INTERVAL r % 310000000 * 1000001 MICROSECOND
FROM (
    SELECT seq AS id, MD5(seq) AS h, CRC32(seq * 7) AS r,
        CONCAT('Org', seq % 17, '+CS', LPAD(CRC32(seq) % 300, 3, 0), '+2015_T', seq % 3 + 1)
            AS course,
        CASE WHEN CRC32(seq * 3) % 100 < 37 THEN 'sequential' WHEN CRC32(seq * 3) % 100 < 48
            THEN 'video' WHEN CRC32(seq * 3) % 100 < 51 THEN 'course' ELSE 'problem' END AS kind,
        1 + FLOOR(POW(CRC32(seq * 5) % 1000 / 1000, 2) * 4) AS parts
    FROM seq_{first}_to_{last}) AS made
"""


def fill(world: World, rows: int) -> None:
    """Put rows into legacy's table; a copy reads by its key, so no other index is kept."""
    world.write(f"TRUNCATE {TABLE}")
    for name in {row[2] for row in world.legacy_rows(f"SHOW INDEX FROM {TABLE}")} - {"PRIMARY"}:
        world.write(f"ALTER TABLE {TABLE} DROP INDEX `{name}`")
    for first in range(1, rows + 1, _AT_ONCE):
        world.write(statement(first, min(first + _AT_ONCE - 1, rows)))
    world.legacy_rows(f"ANALYZE TABLE {TABLE}")


def statement(first: int, last: int) -> str:
    """Give the statement that makes the rows with ids from one to another."""
    ugly = " ".join(f"WHEN id % 5000 = {n} THEN {value}" for n, value in enumerate(_UGLY))
    return _FILL.format(
        ugly=ugly,
        answers=_repeated(_ANSWER),
        results=_repeated(_RESULT),
        first=first,
        last=last,
    )


def _repeated(part: str) -> str:
    """Write a part for each of up to four; CONCAT_WS leaves NULL out."""
    return ", ".join(f"IF(parts > {n}, {part.format(n=n + 2)}, NULL)" for n in range(4))
