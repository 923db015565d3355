"""Rows of learners: ``auth_user``, ``auth_userprofile``, ``auth_registration``. Pure."""

import json
from base64 import b64encode
from functools import cache
from hashlib import blake2b, pbkdf2_hmac

from tests.legacy_lms.database.generator.clock import SPAN_SECONDS, at
from tests.legacy_lms.database.generator.plan import Record, World

__all__ = ["PASSWORD", "joined", "profile", "registration", "user", "username"]

PASSWORD = "Legacy-Pass1"
_ROUNDS = 20_000

_FIRST = (
    *("Anna", "José", "Chloé", "Ahmed", "Priya", "John", "Zoë", "Fatima", "Maria", "Kwame"),
    *("Олег", "李雷", "Yuki", "Siobhán", "Jürgen", "Łukasz", "Nguyễn", "Ayşe", "Tomás", "Grace"),
)
_LAST = (
    *("García", "Müller", "Okafor", "Smith", "Иванова", "王", "Tanaka", "O'Brien", "Şahin"),
    *("Nowak", "Silva", "Haddad", "Kumar", "Dubois", "Jensen", "Rossi", "Kowalczyk", "Mensah"),
)
_HANDLES = (
    *("anna", "jose", "Chloe", "ahmed", "priya", "john", "zoe", "fatima", "maria", "kwame"),
    *("oleg", "lilei", "yuki", "siobhan", "Juergen", "lukasz", "nguyen", "ayse", "tomas", "grace"),
)
_COUNTRIES = ("US", "IN", "BR", "GB", "FR", "DE", "MX", "CN", "NG", "EG", "PL", None, None)
_LEVELS = ("p", "m", "m", "b", "b", "b", "a", "hs", "jhs", "el", "none", "other", None, None)
_GENDERS = ("m", "m", "f", "f", "o", None, None, "")
_BIOS = (None, None, None, "", "I learn in the evenings.", "Физик, учусь программировать.")


@cache
def _password_hash(seed: int) -> str:
    """Hash the one password with one salt: 20,000 rounds for each row would take hours."""
    salt = blake2b(b"%d" % seed, digest_size=6).hexdigest()
    digest = pbkdf2_hmac("sha256", PASSWORD.encode(), salt.encode(), _ROUNDS)
    return f"pbkdf2_sha256${_ROUNDS}${salt}${b64encode(digest).decode()}"


def joined(world: World, index: int) -> int:
    """Give when a learner signed up, in seconds after the beginning; ids follow the time."""
    return SPAN_SECONDS * index // (world.plan.users + 1)


def username(world: World, index: int) -> str:
    """Give a learner's username, at most 30 characters, unique also where case is ignored."""
    dice = world.dice("username", index)
    return f"{dice.pick(_HANDLES)}{dice.pick(('_', '-', '', '.'))}{index}"


def user(world: World, index: int) -> Record:
    """Make the ``auth_user`` row of a learner."""
    dice = world.dice("auth_user", index)
    name, since = username(world, index), joined(world, index)
    last_login = at(since + dice.below(SPAN_SECONDS - since), dice.below(1_000_000))
    return (
        world.row_id("auth_user", index),
        _password_hash(world.plan.seed),
        None if dice.one_in(5) else last_login,
        0,
        name,
        "",
        "",
        f"{name.lower()}@example.com",
        int(dice.one_in(500)),
        int(not dice.one_in(10)),
        at(since, dice.below(1_000_000)),
    )


def profile(world: World, index: int) -> Record:
    """Make the ``auth_userprofile`` row of a learner."""
    dice = world.dice("auth_userprofile", index)
    born = None if dice.one_in(4) else 1950 + dice.below(52)
    return (
        world.row_id("auth_userprofile", index),
        f"{dice.pick(_FIRST)} {dice.pick(_LAST)}",
        _meta(world, index),
        "course.xml",
        "",
        "",
        born,
        dice.pick(_GENDERS),
        dice.pick(_LEVELS),
        None if dice.below(4) else f"{1 + dice.below(200)} Main Street\n{dice.pick(_LAST)}ville",
        None,
        dice.pick(_COUNTRIES),
        None if dice.below(3) else "To learn something new",
        int(not dice.one_in(1_000)),
        dice.pick(_BIOS),
        at(joined(world, index) + dice.below(86_400)) if dice.one_in(8) else None,
        world.row_id("auth_user", index),
    )


def registration(world: World, index: int) -> Record:
    """Make the ``auth_registration`` row of a learner; it stays after the activation."""
    key = f"{world.dice('auth_registration', index).below(2**128):032x}"
    return (
        world.row_id("auth_registration", index),
        key,
        world.row_id("auth_user", index),
    )


def _meta(world: World, index: int) -> str:
    """Write the JSON of a profile: empty before the first login, names a learner had before."""
    dice = world.dice("meta", index)
    if dice.one_in(5):
        return ""
    meta: dict[str, object] = {"session_id": f"{dice.below(2**128):032x}"}
    if dice.one_in(20):
        when = at(joined(world, index) + dice.below(86_400)).replace(" ", "T")
        old = f"{dice.pick(_FIRST)} {dice.pick(_LAST)}"
        meta["old_names"] = [[old, "", f"{when}+00:00"]]
    return json.dumps(meta)
