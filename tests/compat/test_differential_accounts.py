"""The same account on both sides, read by its owner, by a stranger and by staff."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from deploy.stack.reach import connect_mysql
from modern.shared.identity.models import LanguageProficiency, Preference, Profile
from tests.compat import world
from tests.compat.calls import Caller
from tests.legacy_lms.in_process import sender
from tests.legacy_lms.service.application import Application
from tests.legacy_lms.service.settings import from_environment
from tests.recorded import Send

OWNER, OWNER_ID = "alan", 9
READERS = (OWNER, "grace", "staff")
ACCOUNTS = "/api/user/v1/accounts"
PATHS = tuple(
    f"{ACCOUNTS}{rest}"
    for rest in (f"/{OWNER}", "/ALAN", f"/{OWNER}?view=shared", "?username=alan,honor,nobody", "")
)

YEAR = timezone.now().year
TEXTS = st.sampled_from([None, "", "x", "né"])
PROFILES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["", "Alan Türing"]),
        "gender": st.sampled_from([None, "", "f"]),
        "level_of_education": st.sampled_from([None, "", "p"]),
        "mailing_address": TEXTS,
        "country": st.sampled_from([None, "", "GB"]),
        "goals": TEXTS,
        "bio": TEXTS,
        "year_of_birth": st.sampled_from([None, 1912, YEAR - 14, YEAR - 13, YEAR]),
        "image_uploaded_at": st.sampled_from([None, datetime(2016, 9, 5, 7, 12, 44, tzinfo=UTC)]),
    }
)
LANGUAGES = st.lists(st.sampled_from(["en", "fr", "de"]), unique=True, max_size=2)
PRIVACY = st.sampled_from([None, "private", "all_users"])


class Legacy:
    """The stand-in, its tables, and a token of each reader."""

    def __init__(self, url: str, send: Send) -> None:
        self._url, self._send = url, send
        self._tokens = {name: self._token(name) for name in READERS}

    def put(self, profile: dict[str, Any], languages: list[str], privacy: str | None) -> None:
        uploaded = profile["image_uploaded_at"]
        moment = uploaded and uploaded.replace(tzinfo=None)
        row = profile | {"profile_image_uploaded_at": moment}
        del row["image_uploaded_at"]
        names = ", ".join(f"`{name}` = %s" for name in row)
        with closing(connect_mysql(self._url)) as connection, connection.cursor() as cursor:
            where = f"user_id = {OWNER_ID}"
            cursor.execute(
                f"UPDATE auth_userprofile SET {names} WHERE {where}", tuple(row.values())
            )
            cursor.execute(f"SELECT id FROM auth_userprofile WHERE {where}")
            ((profile_id,),) = cursor.fetchall()
            cursor.execute(
                "DELETE FROM student_languageproficiency WHERE user_profile_id = %s", (profile_id,)
            )
            cursor.execute(
                f"DELETE FROM user_api_userpreference WHERE `key` = 'account_privacy' AND {where}"
            )
            for code in languages:
                cursor.execute(
                    "INSERT INTO student_languageproficiency (code, user_profile_id)"
                    " VALUES (%s, %s)",
                    (code, profile_id),
                )
            if privacy is not None:
                cursor.execute(
                    "INSERT INTO user_api_userpreference (user_id, `key`, value)"
                    " VALUES (%s, 'account_privacy', %s)",
                    (OWNER_ID, privacy),
                )
            connection.commit()

    def read(self, reader: str, path: str) -> tuple[int, Any]:
        headers = {"Host": "testserver", "Authorization": f"Bearer {self._tokens[reader]}"}
        answer = self._send("GET", path, headers, b"")
        return answer.status, json.loads(answer.body or b"null")

    def _token(self, username: str) -> str:
        form = f"client_id=lab-public-client&grant_type=password&username={username}"
        headers = {"Host": "testserver", "Content-Type": "application/x-www-form-urlencoded"}
        answer = self._send(
            "POST", "/oauth2/access_token", headers, f"{form}&password=Legacy-Pass1".encode()
        )
        return str(json.loads(answer.body)["access_token"])


@pytest.fixture
def stand_in(legacy: str) -> Iterator[Legacy]:
    settings = replace(from_environment(), database_url=legacy, public_url="http://testserver")
    with closing(Application(settings)) as application:
        yield Legacy(legacy, sender(application))


@pytest.fixture
def modern(db: None) -> None:
    world.install()


@hypothesis_settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(profile=PROFILES, languages=LANGUAGES, privacy=PRIVACY)
def test_an_account_reads_the_same_on_both_sides(
    stand_in: Legacy,
    modern: None,
    profile: dict[str, Any],
    languages: list[str],
    privacy: str | None,
) -> None:
    stand_in.put(profile, languages, privacy)
    _put_modern(profile, languages, privacy)

    for reader in READERS:
        there = {path: stand_in.read(reader, path) for path in PATHS}
        here = {path: _read_modern(reader, path) for path in PATHS}
        assert here == there


def _put_modern(profile: dict[str, Any], languages: list[str], privacy: str | None) -> None:
    Profile.objects.filter(user=OWNER_ID).update(**profile)
    row = Profile.objects.get(user=OWNER_ID)
    LanguageProficiency.objects.filter(profile=row).delete()
    Preference.objects.filter(user=OWNER_ID, key="account_privacy").delete()
    for code in languages:
        LanguageProficiency.objects.create(profile=row, code=code)
    if privacy is not None:
        Preference.objects.create(user_id=OWNER_ID, key="account_privacy", value=privacy)


def _read_modern(reader: str, path: str) -> tuple[int, Any]:
    answer = Caller(reader, "bearer").get(path)
    return answer.status_code, json.loads(answer.content or b"null")
