"""Settings come from the environment alone, and what is wrong there has a name."""

import ipaddress
from pathlib import Path

import pytest

from facade.errors import SettingInvalid
from facade.line import Crowd
from facade.settings import Address, read_settings

LEAST = {
    "LEGACY_URL": "http://legacy:8000",
    "MODERN_LMS_URL": "http://127.0.0.1:8001/",
    "MODERN_CMS_URL": "http://[::1]:8002",
    "BRIDGE_KEY": "k" * 32,
}


def test_four_variables_are_enough() -> None:
    settings = read_settings(LEAST)
    assert settings.legacy_lms == settings.legacy_cms == Address("legacy", 8000)
    assert (str(settings.modern_lms), str(settings.modern_cms)) == ("127.0.0.1:8001", "[::1]:8002")
    assert (settings.redis_url, settings.snapshot_path) == ("", None)
    assert settings.session_cookie_name == "sessionid"
    assert settings.trusted_proxies == ()


def test_all_others_are_read() -> None:
    settings = read_settings(
        LEAST
        | {
            "LEGACY_CMS_URL": "http://studio",
            "REDIS_URL": "redis://redis:6379/0",
            "SNAPSHOT_PATH": "/var/lib/facade/snapshot.json",
            "LEGACY_SECRET_KEY": "secret",
            "CMS_HOSTS": "Studio.example.org, studio2.example.org",
            "TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1",
            "SESSION_COOKIE_NAME": "edxsession",
            "FACADE_ANSWER_SECONDS": "120",
            "FACADE_DRAIN_SECONDS": "2.5",
            "FACADE_MAX_CONNECTIONS": "50",
            "FACADE_HOLD_SECONDS": "8",
            "FACADE_MAX_EXCHANGES": "64",
            "FACADE_QUEUE_SECONDS": "1.5",
        }
    )
    assert settings.legacy_cms == Address("studio", 80)
    assert settings.snapshot_path == Path("/var/lib/facade/snapshot.json")
    assert settings.cms_hosts == {"studio.example.org", "studio2.example.org"}
    assert settings.trusted_proxies[1] == ipaddress.ip_network("2001:db8::1/128")
    assert settings.session_cookie_name == "edxsession"
    assert (settings.answer_seconds, settings.drain_seconds) == (120.0, 2.5)
    assert settings.crowd == Crowd(exchanges=64, seconds=1.5)
    assert (settings.max_connections, settings.holds.seconds) == (50, 8.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEGACY_URL", ""),
        ("LEGACY_URL", "legacy:8000"),
        ("LEGACY_URL", "https://legacy"),
        ("LEGACY_URL", "http://legacy:port"),
        ("LEGACY_URL", "http://legacy/path"),
        ("MODERN_LMS_URL", ""),
        ("MODERN_CMS_URL", ""),
        ("BRIDGE_KEY", ""),
        ("BRIDGE_KEY", "short"),
        ("REDIS_URL", "http://redis"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("FACADE_ANSWER_SECONDS", "soon"),
        ("FACADE_ANSWER_SECONDS", "-1"),
        ("FACADE_MAX_CONNECTIONS", "0"),
        ("FACADE_MAX_CONNECTIONS", "many"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        read_settings(LEAST | {name: value})
