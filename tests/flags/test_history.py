import argparse

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from flags.models import FlagChange
from flags.pages import history
from flags.rollout import Rollout
from flags.snapshot import to_json


@pytest.fixture
def retired(db: None) -> FlagChange:
    """A flip of a capability that this release no longer knows."""
    return FlagChange.objects.create(
        epoch=1,
        capability="forums",
        who="ada",
        why="trial",
        before=to_json(Rollout(capability="forums")),
        after=to_json(Rollout(capability="forums", percent=500, salt="x")),
    )


def test_the_flips_of_a_retired_capability_are_still_printed(
    retired: FlagChange, capsys: pytest.CaptureFixture[str]
) -> None:
    history(argparse.Namespace(capability=None, limit=20))

    line = capsys.readouterr().out.splitlines()[-1]
    assert "forums" in line
    assert "5 % of users" in line


def test_the_flips_of_a_retired_capability_are_still_in_the_admin(
    retired: FlagChange, client: Client
) -> None:
    client.force_login(get_user_model().objects.create_superuser("root"))
    page = client.get(reverse("admin:flags_flagchange_changelist")).content.decode()

    assert "forums" in page
    assert "5 % of users" in page
