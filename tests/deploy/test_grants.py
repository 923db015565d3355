"""What a production gives the bridge's MySQL user is enough for the ETL, and not more than that."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pymysql
import pytest

from deploy.stack import up
from deploy.stack.layout import Layout
from deploy.stack.mariadb import PRODUCTION_GRANTS
from deploy.stack.reach import connect_mysql
from deploy.stack.settings import CHECKOUT
from deploy.stack.state import load
from tests.deploy.conftest import NOTHING_GIVEN, TERMINAL


@pytest.fixture(scope="module")
def production(shared_root: Path) -> Mapping[str, str]:
    """Fill a legacy database and modern's tables, and return the environment of a careful ETL."""
    servers = up(shared_root, NOTHING_GIVEN)
    environment = {**TERMINAL, **servers.environment}
    run(environment, "-m", "tests.legacy_lms.database", "load")
    run(environment, "manage.py", "migrate", "--no-input", "--verbosity=0")
    return {**environment, "LEGACY_DATABASE_URL": url_of_a_careful_user(shared_root, environment)}


def url_of_a_careful_user(root: Path, environment: Mapping[str, str]) -> str:
    """Make a user that has what PRODUCTION_GRANTS gives, and return its URL."""
    ours = environment["LEGACY_DATABASE_URL"]
    secrets = load(Layout(root).state).secrets
    administrator = ours.replace(f"bridge:{secrets['bridge']}", f"root:{secrets['mariadb_admin']}")
    with connect_mysql(administrator) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE USER 'bridge'@'%' IDENTIFIED BY 'careful'")
        for grant in PRODUCTION_GRANTS:
            cursor.execute(grant)
        # The development's user of the same name comes from a closer address and would win.
        cursor.execute("DROP USER 'bridge'@'127.0.0.1'")
    return ours.replace(secrets["bridge"], "careful")


def run(environment: Mapping[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_etl_installs_copies_and_compares_with_these_grants(
    production: Mapping[str, str],
) -> None:
    run(production, "-m", "etl", "install")
    run(production, "-m", "etl", "backfill")

    assert "both sides are equal" in run(production, "-m", "etl", "verify")


def test_the_grants_do_not_let_the_bridge_drop_what_is_legacys(
    production: Mapping[str, str],
) -> None:
    url = production["LEGACY_DATABASE_URL"]
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        with pytest.raises(pymysql.err.OperationalError, match="DROP command denied"):
            cursor.execute("DROP TABLE auth_user")
        with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
            cursor.execute("CREATE DATABASE edxapp_other")
