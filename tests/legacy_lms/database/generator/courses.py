"""Rows of courses: overviews, modes, and who has a role in them. Pure."""

from collections.abc import Iterator
from functools import lru_cache

from tests.legacy_lms.database.generator.clock import SPAN_SECONDS, at
from tests.legacy_lms.database.generator.plan import Record, World

__all__ = ["ORGS", "course_key", "modes", "overview", "roles", "starts", "usage_key"]

# Only generated courses belong to these, so their presence tells that rows were generated.
ORGS = ("AcmeU", "BorealisX", "CivitasU", "DeltaTech", "EquinoxU", "FjordX")

_SUBJECTS = (("CS", "Programming"), ("HIST", "History"), ("BIO", "Biology"), ("MATH", "Analysis"))
_LEVELS = ("Introduction to", "Topics in", "The Joy of", "Advanced")
_WEEK_SECONDS = 7 * 86_400
_ROLES = ("instructor", "staff", "staff", "beta_testers")


def starts(world: World, index: int) -> int:
    """Give when a course starts, in seconds after the beginning."""
    weeks = SPAN_SECONDS // _WEEK_SECONDS
    return world.dice("starts", index).below(weeks) * _WEEK_SECONDS


@lru_cache(maxsize=65_536)  # asked for by every row of a learner
def course_key(world: World, index: int) -> str:
    """Give a course's key: one in five is spelt the old way, ``Org/Number/Run``."""
    dice = world.dice("course", index)
    org, (code, _) = dice.pick(ORGS), dice.pick(_SUBJECTS)
    year = at(starts(world, index))[:4]
    if dice.one_in(5):
        return f"{org}/{code}{index + 100}/{year}_Fall"
    return f"course-v1:{org}+{code}{index + 100}+{year}_T{1 + dice.below(3)}"


def usage_key(course: str, kind: str, block: str) -> str:
    """Give the key of a block; in old courses it does not say the run."""
    if course.startswith("course-v1:"):
        return f"block-v1:{course.removeprefix('course-v1:')}+type@{kind}+block@{block}"
    org, number, _run = course.split("/")
    return f"i4x://{org}/{number}/{kind}/{block}"


def overview(world: World, index: int) -> Record:
    """Make the ``course_overviews_courseoverview`` row of a course."""
    dice = world.dice("overview", index)
    key, begin = course_key(world, index), starts(world, index)
    org, number, run = key.removeprefix("course-v1:").replace("+", "/").split("/")
    _, (_, subject) = world.dice("course", index).pick(ORGS), dice.pick(_SUBJECTS)
    name = f"{dice.pick(_LEVELS)} {subject}"
    changed = at(begin, dice.below(1_000_000))
    ends = at(begin + (6 + dice.below(12)) * _WEEK_SECONDS) if dice.below(4) else None
    image = f"/asset-v1:{org}+{number}+{run}+type@asset+block@images_course_image.jpg"
    return (
        *(changed, changed, 4, key, usage_key(key, "course", "course"), name, number, org),
        *(at(begin), ends, None, image, None, None, "end", 0, dice.below(2), 0, "", ""),
        *("0.50", None, dice.below(2), int(dice.one_in(40)), "[]", None, None, None, 0, None),
        *(at(begin - _WEEK_SECONDS), "both", None, "4 hours a week", f"{name}, for everyone."),
        *(org, int(dice.one_in(4))),
    )


def modes(world: World, index: int) -> Iterator[Record]:
    """Make the ``course_modes_coursemode`` rows of a course: audit or honor, and often verified."""
    dice = world.dice("modes", index)
    key, row_id = course_key(world, index), world.row_id("course_modes_coursemode", 2 * index)
    slug = "audit" if dice.below(3) else "honor"
    yield (row_id, key, slug, slug.title(), 0, "usd", None, None, "", None, None, 0, None)
    if dice.below(3):
        price = dice.pick((25, 49, 49, 99))
        until = at(starts(world, index) + 8 * _WEEK_SECONDS) if dice.one_in(2) else None
        offer = (price, "usd", until, None, f"{price},{price * 2}", None, f"SKU{index:05X}")
        yield (row_id + 2, key, "verified", "Verified Certificate", *offer, int(bool(until)), None)


def roles(world: World, index: int) -> Iterator[Record]:
    """Make the ``student_courseaccessrole`` rows of a course, each of another user."""
    key, dice = course_key(world, index), world.dice("roles", index)
    org = key.removeprefix("course-v1:").replace("+", "/").partition("/")[0]
    first = dice.below(world.plan.users)
    for step, role in enumerate(_ROLES[: world.plan.users]):
        row_id = world.row_id("student_courseaccessrole", len(_ROLES) * index + step)
        user = (first + step) % world.plan.users
        yield (row_id, org, key, role, world.row_id("auth_user", user))
