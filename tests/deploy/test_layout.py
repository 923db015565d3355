"""Where the data live when the checkout is open to the servers' user, and when it is not."""

import os
from pathlib import Path

import pytest

from deploy.stack.accounts import Account, can_reach, serving
from deploy.stack.errors import StateDamaged
from deploy.stack.layout import Layout

NOBODY = Account(name="nobody", uid=65534, gid=65534)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run servers as others")


@as_root
def test_data_stay_in_the_checkout_when_the_account_can_walk_there(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o011)
    layout = Layout(tmp_path)
    layout.make()

    assert layout.data(NOBODY) == layout.home / "data"


@as_root
def test_data_go_to_a_folder_of_their_own_when_the_checkout_is_closed(root: Path) -> None:
    root.chmod(0o700)
    layout = Layout(root)
    layout.make()

    data = layout.data(NOBODY)

    assert not data.is_relative_to(root)
    assert can_reach(NOBODY, data)
    assert (layout.home / "data").is_symlink()
    assert layout.data(NOBODY) == data


@as_root
def test_a_folder_that_somebody_else_prepared_there_is_refused(root: Path) -> None:
    root.chmod(0o700)
    layout = Layout(root)
    layout.make()
    data = layout.data(NOBODY)
    (layout.home / "data").unlink()
    os.chown(data, NOBODY.uid, NOBODY.gid)

    with pytest.raises(StateDamaged, match="belongs to somebody else"):
        layout.data(NOBODY)

    data.rmdir()


@as_root
def test_root_serves_as_the_packages_user_or_else_as_nobody() -> None:
    servers = serving(["no-such-user", "daemon"])
    nobody = serving(["no-such-user"])

    assert servers is not None
    assert nobody is not None
    assert (servers.name, nobody.name) == ("daemon", "nobody")
