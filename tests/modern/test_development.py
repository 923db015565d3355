import json

from tests.modern.services import ASK, NEVER, run

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "modern.lms.settings.development",
    "DATABASE_URL": NEVER,
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DATABASE_POOL_SIZE": "0",
}


def test_a_developer_needs_the_servers_only_and_gets_the_admins_styles() -> None:
    done = run(ASK, "/api/v2/identity/actor", "/static/admin/css/base.css", **SETTINGS)

    (actor, _), (styles, css) = json.loads(done.stdout or done.stderr)
    assert (actor, styles) == (401, 200)
    assert "body" in css
