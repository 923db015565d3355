"""What a merge patch may change of an account, and the rows it writes."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.tables import Tables, User, user_where

READ_ONLY = (
    "username",
    "date_joined",
    "is_active",
    "profile_image",
    "requires_parental_consent",
    "accomplishments_shared",
)
COLUMNS = (
    "gender",
    "goals",
    "year_of_birth",
    "level_of_education",
    "country",
    "mailing_address",
    "bio",
)
GENDERS = ("m", "f", "o", "", None)
LEVELS = ("p", "m", "b", "a", "hs", "jhs", "el", "none", "other", "", None)
BIO_LENGTH = 3000

Errors = dict[str, dict[str, str]]
Problem = str | None


def problems(tables: Tables, user: User, patch: Mapping[str, Any]) -> Errors:
    """Return what is wrong with a patch, by field; read-only fields come before all others."""
    fixed = {
        name: {
            "developer_message": "This field is not editable via this API",
            "user_message": f"The '{name}' field cannot be edited.",
        }
        for name in READ_ONLY
        if name in patch
    }
    return fixed or _invalid_values(patch) | _email_problem(tables, user, patch)


def apply(call: Call, user: User, patch: Mapping[str, Any]) -> None:
    """Write a valid patch; the e-mail stays as it is until its new owner confirms it."""
    columns = {name: patch[name] for name in COLUMNS if name in patch}
    if columns:
        names = ", ".join(f"{name} = %s" for name in columns)
        call.tables.run(
            f"UPDATE auth_userprofile SET {names} WHERE user_id = %s", *columns.values(), user.id
        )
    if "name" in patch:
        _rename(call, user, patch["name"])
    if "language_proficiencies" in patch:
        _speak(call.tables, user, [each["code"] for each in patch["language_proficiencies"]])
    if "account_privacy" in patch:
        _set_privacy(call.tables, user, patch["account_privacy"])


def _invalid_values(patch: Mapping[str, Any]) -> Errors:
    return {
        name: {
            "developer_message": f"Value '{patch[name]}' is not valid for field '{name}': {found}",
            "user_message": "This value is invalid.",
        }
        for name, check in CHECKS.items()
        if name in patch and (found := check(patch[name]))
    }


def _choice(*allowed: str | None) -> Callable[[Any], Problem]:
    # The platform shows Python 2's list of one unicode text.
    return lambda value: None if value in allowed else f"[u'\"{value}\" is not a valid choice.']"


def _year(value: Any) -> Problem:
    return None if value is None or isinstance(value, int) else "[u'A valid integer is required.']"


def _short_enough(value: Any) -> Problem:
    if isinstance(value, str) and len(value) > BIO_LENGTH:
        return f"[u'Ensure this field has no more than {BIO_LENGTH} characters.']"
    return None


def _long_enough(value: Any) -> Problem:
    if isinstance(value, str) and len(value) >= 2:
        return None
    return "[u'The name field must be at least 2 characters long.']"


def _proficiencies(value: Any) -> Problem:
    codes = [each.get("code") for each in value] if isinstance(value, list) else [None]
    unique = len(codes) == len(set(codes))
    return None if unique and None not in codes else "[u'The language_proficiencies are invalid.']"


CHECKS: Mapping[str, Callable[[Any], Problem]] = {
    "gender": _choice(*GENDERS),
    "level_of_education": _choice(*LEVELS),
    "account_privacy": _choice("all_users", "private"),
    "year_of_birth": _year,
    "bio": _short_enough,
    "name": _long_enough,
    "language_proficiencies": _proficiencies,
}


def _email_problem(tables: Tables, user: User, patch: Mapping[str, Any]) -> Errors:
    if "email" not in patch:
        return {}
    email, words = patch["email"], None
    if not isinstance(email, str) or "@" not in email:
        words = "Valid e-mail address required."
    elif email == user.email:
        words = "Old email is the same as the new email."
    elif user_where(tables, "email", email):
        words = "An account with this e-mail already exists."
    if words is None:
        return {}
    developer = f"Error thrown from validate_new_email: '{words}'"
    return {"email": {"developer_message": developer, "user_message": words}}


def _rename(call: Call, user: User, name: str) -> None:
    profile = call.tables.row(
        "SELECT id, name, meta FROM auth_userprofile WHERE user_id = %s", user.id
    )
    if profile is None:
        return
    meta = json.loads(profile["meta"] or "{}")
    reason = f"Name change requested through account API by {user.username}"
    meta.setdefault("old_names", []).append(
        [profile["name"], reason, f"{call.now.isoformat()}+00:00"]
    )
    # Two statements, as legacy saves the profile twice.
    statement = "UPDATE auth_userprofile SET {} = %s WHERE id = %s"
    call.tables.run(statement.format("name"), name, profile["id"])
    call.tables.run(statement.format("meta"), json.dumps(meta), profile["id"])


def _speak(tables: Tables, user: User, codes: list[str]) -> None:
    profile = tables.row("SELECT id FROM auth_userprofile WHERE user_id = %s", user.id)
    if profile is None:
        return
    of_profile = "FROM student_languageproficiency WHERE user_profile_id = %s"
    known = {row["code"] for row in tables.rows(f"SELECT code {of_profile}", profile["id"])}
    for code in known - set(codes):
        tables.run(f"DELETE {of_profile} AND code = %s", profile["id"], code)
    for code in codes:
        if code not in known:
            tables.run(
                "INSERT INTO student_languageproficiency (code, user_profile_id) VALUES (%s, %s)",
                code,
                profile["id"],
            )


def _set_privacy(tables: Tables, user: User, value: str) -> None:
    tables.run(
        "INSERT INTO user_api_userpreference (user_id, `key`, value)"
        " VALUES (%s, 'account_privacy', %s) ON DUPLICATE KEY UPDATE value = VALUES(value)",
        user.id,
        value,
    )
