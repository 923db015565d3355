import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.conf import LazySettings

from deploy.stack import Servers
from flags.capabilities import CAPABILITIES
from flags.cli import main
from flags.models import Flag, FlagChange
from flags.rollout import Rollout, Stage
from flags.store import current
from tests.flags.worker import Worker

NAMES_OF_USERS = {"LOGNAME", "USER", "LNAME", "USERNAME"}
COURSE = "course-v1:edX+DemoX+Demo_Course"


@pytest.fixture
def flags(feed: str, db: None, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in this process: gives its exit code, standard output and standard error."""

    def run(line: str, *more: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main([*line.split(), *more])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def rollout(name: str = "enrollment") -> Rollout:
    return current().rollout(name)


def test_list_shows_every_capability_with_its_stage_and_last_flip(flags: Any) -> None:
    flags("flip catalog --everyone --who op --why", "reads look right")
    code, out, _ = flags("list")

    assert code == 0
    assert set(CAPABILITIES) <= set(out.split())
    line = next(line for line in out.splitlines() if " catalog " in line)
    assert "modern" in line
    assert "everyone" in line
    assert "2 of 30 routes" in line
    assert "op: reads look right" in line
    assert "epoch 1" in out


def test_a_flip_by_users_sets_exactly_them(flags: Any, ada: Any, honor: Any) -> None:
    assert flags("flip enrollment --users ada,honor --why trial")[0] == 0
    assert rollout().users == {ada.pk, honor.pk}

    assert flags("flip enrollment --users honor --why trial")[0] == 0
    assert rollout().users == {honor.pk}


def test_a_flip_sets_everything_that_its_options_say(flags: Any, ada: Any) -> None:
    code, out, _ = flags(
        f"flip enrollment --users ada --groups beta --courses {COURSE} --orgs edX,MIT:x"
        " --percent 2.5 --shadow 1 --reads-only --who op --why trial"
    )

    assert code == 0
    assert "nobody -> 1 user, groups beta" in out
    now = rollout()
    assert (now.users, now.groups) == ({ada.pk}, {"beta"})
    assert (now.courses, now.orgs) == ({COURSE}, {"edX", "MIT:x"})
    assert (now.percent, now.shadow, now.reads_only) == (250, 100, True)


def test_users_are_added_and_removed_without_touching_the_rest(
    flags: Any, ada: Any, honor: Any
) -> None:
    flags("flip enrollment --users ada --percent 5 --why trial")
    flags("flip enrollment --add-users honor --why more")
    assert (rollout().users, rollout().percent) == ({ada.pk, honor.pk}, 500)

    flags("flip enrollment --remove-users ada --why less")
    assert (rollout().users, rollout().percent) == ({honor.pk}, 500)


def test_off_brings_everything_back_to_legacy(flags: Any) -> None:
    flags("flip enrollment --everyone --why on")
    code, out, _ = flags("flip enrollment --off --why back")

    assert code == 0
    assert "everyone -> nobody" in out
    assert rollout().stage is Stage.LEGACY


def test_a_flip_says_how_many_workers_took_it(
    flags: Any, feed: str, settings: LazySettings
) -> None:
    with Worker(feed, settings.BRIDGE_KEY) as worker:
        _, out, _ = flags("flip enrollment --everyone --why on --wait 10")

    assert "epoch 1: 1/1 workers in" in out
    assert worker.snapshot.rollout("enrollment").everyone is True


def test_a_flip_that_nobody_hears_says_so(flags: Any) -> None:
    assert "epoch 1: no facade worker is listening" in flags("flip catalog --everyone --why on")[1]


def test_a_flip_with_redis_down_is_done_and_warns(flags: Any, stopped_redis: str) -> None:
    code, out, err = flags("flip catalog --everyone --why on")

    assert code == 0
    assert "warning: Redis did not take the snapshot" in err
    assert "no facade worker is listening" in out
    assert rollout("catalog").everyone is True


def test_a_flip_warns_of_capabilities_that_must_flip_with_it(flags: Any) -> None:
    _, _, err = flags("flip accounts --everyone --why on")

    assert "warning: flip together: notifications, preferences (modern serves nobody)\n" in err


@pytest.mark.parametrize("options", ["--everyone --reads-only", "--everyone", "--shadow 1"])
def test_a_flip_warns_of_the_routes_that_stay_on_legacy(flags: Any, options: str) -> None:
    code, _, err = flags(f"flip accounts {options} --why on")

    assert code == 0
    assert err.startswith(
        "warning: legacy keeps 15 of 17 routes, and 1 more in part, as modern does not serve them"
        " (see `flags routes accounts`)\n"
    )


def test_a_flip_back_says_nothing_of_what_modern_lacks(flags: Any) -> None:
    flags("flip catalog --everyone --why on")

    assert flags("flip catalog --off --why back")[2] == ""


@pytest.mark.parametrize(
    "options",
    ["--everyone", "--percent 1", "--orgs edX", "--shadow 1", "--everyone --dry-run"],
)
def test_a_capability_of_which_modern_serves_nothing_is_not_flipped(
    flags: Any, options: str
) -> None:
    code, out, err = flags(f"flip wiki {options} --why on")

    assert (code, out) == (2, "")
    assert err == (
        "flags: modern serves no route of wiki yet, so it stays on legacy:"
        " `flags list` shows what is built\n"
    )
    assert (current().epoch, FlagChange.objects.count()) == (0, 0)


def test_what_modern_does_not_serve_can_be_switched_off(flags: Any) -> None:
    Flag.objects.filter(name="wiki").update(everyone=True)

    assert flags("flip wiki --off --why back")[0] == 0
    assert rollout("wiki").everyone is None


def test_a_dry_run_changes_nothing(flags: Any) -> None:
    code, out, _ = flags("flip catalog --everyone --why on --dry-run")

    assert code == 0
    assert "nobody -> everyone" in out
    assert "nothing was changed" in out
    assert (current().epoch, FlagChange.objects.count()) == (0, 0)


def test_the_same_flip_twice_is_one_epoch(flags: Any) -> None:
    flags("flip catalog --everyone --why on")

    assert "nothing to change; epoch 1 stays" in flags("flip catalog --everyone --why on")[1]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("show enrolment", "no capability is called 'enrolment': did you mean enrollment?"),
        ("history zzz", "`flags list` shows all of them"),
        ("routes enrolment", "did you mean enrollment?"),
        ("flip enrolment --everyone --why x", "did you mean enrollment?"),
        ("flip enrollment --why x", "say for whom"),
        ("flip enrollment --everyone", "--why"),
        ("flip enrollment --off --percent 5 --why x", "--off goes without --percent"),
        ("flip enrollment --everyone --users ada --why x", "--everyone goes without --users"),
        ("flip enrollment --add-users ada --percent 5 --why x", "go without --percent"),
        ("flip enrollment --users nobody,neither --why x", "no user is called neither, nobody"),
        ("flip enrollment --groups nobody --why x", "no group is called nobody"),
        ("flip enrollment --courses edX --why x", "edX is no course key"),
        ("flip enrollment --orgs edX/DemoX --why x", "edX/DemoX is no organisation"),
        ("flip enrollment --orgs ed%58 --why x", "ed%58 is no organisation"),
        ("flip enrollment --users , --why x", "the list is empty"),
        ("flip enrollment --percent 101 --why x", "--percent 101 is no percentage"),
        ("flip enrollment --percent -1 --why x", "--percent -1 is no percentage"),
        ("flip enrollment --percent 0.001 --why x", "--percent 0.001 is no percentage"),
        ("flip enrollment --percent five --why x", "--percent five is no percentage"),
        ("flip enrollment --percent nan --why x", "--percent nan is no percentage"),
        ("flip enrollment --shadow 200 --why x", "--shadow 200 is no percentage"),
        ("history --limit 0", "0 is no positive number"),
        ("flop", "invalid choice"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(flags: Any, line: str, message: str) -> None:
    code, out, err = flags(line)

    assert code == 2
    assert message in err
    assert err.count("\n") == 1
    assert out == ""
    assert current().epoch == 0


def test_a_value_that_is_too_long_is_not_taken_for_a_database_that_is_down(flags: Any) -> None:
    code, _, err = flags("flip catalog --everyone --why trial --who", "o" * 151)

    assert code == 2
    assert err.startswith("flags: a value does not fit (value too long for type character varying")
    assert current().epoch == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without a name")
def test_a_command_can_be_run_by_a_user_without_a_name() -> None:
    run = (
        "import os; from flags.cli import main; os.setresuid(54321, -1, -1);"
        "raise SystemExit(main(['routes', 'catalog']))"
    )
    nameless = {key: value for key, value in os.environ.items() if key not in NAMES_OF_USERS}
    command = [sys.executable, "-c", run]
    done = subprocess.run(command, env=nameless, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_an_empty_reason_is_no_reason(flags: Any) -> None:
    code, _, err = flags("flip catalog --everyone --why", " ")

    assert (code, err) == (2, "flags: a flip needs a reason: say why\n")


def test_show_tells_everything_about_a_capability(flags: Any, ada: Any) -> None:
    flags("flip enrollment --users ada --who op --why trial")
    code, out, err = flags("show enrollment")

    assert code == 0
    for told in ("canary, epoch 1", "ada", "everyone > users > groups", "student_courseenrollment"):
        assert told in out
    assert "course-modes-commerce, learner-dashboard, instructor" in out
    assert "/api/enrollment/v1/enrollment/{username},{course_id}" in out
    assert re.search(r"built +9 of 10 routes", out)
    assert "op" in out
    assert "warning: flip together: course-modes-commerce, learner-dashboard" in err


def test_history_is_the_newest_first_and_can_be_limited(flags: Any) -> None:
    for capability in ("catalog", "accounts", "catalog"):
        flags(f"flip {capability} --everyone --who op --why {capability}-on")
        flags(f"flip {capability} --off --who op --why {capability}-off")

    _, out, _ = flags("history")
    reasons = [line.split()[-1] for line in out.splitlines()[2:]]
    assert reasons == [
        f"{name}-{to}" for name in ("catalog", "accounts", "catalog") for to in ("off", "on")
    ]
    assert len(flags("history accounts")[1].splitlines()) == 4
    assert len(flags("history --limit 1")[1].splitlines()) == 3


def test_publish_writes_the_snapshot_and_records_what_sql_changed(
    flags: Any, settings: LazySettings
) -> None:
    assert "epoch 0 published; 0 facade workers listen" in flags("publish")[1]
    assert settings.SNAPSHOT_PATH.exists()


def test_a_flip_that_no_worker_can_learn_of_fails_and_can_be_repeated(
    flags: Any, stopped_redis: str, settings: LazySettings
) -> None:
    good, settings.SNAPSHOT_PATH = settings.SNAPSHOT_PATH, settings.SNAPSHOT_PATH / "no" / "folder"
    code, _, err = flags("flip catalog --everyone --why on")

    assert code == 2
    assert "the flip is recorded, but its snapshot went nowhere" in err
    settings.SNAPSHOT_PATH = good
    assert flags("flip catalog --everyone --why on")[0] == 0
    assert good.exists()


def test_publish_to_nowhere_fails(flags: Any, stopped_redis: str, settings: LazySettings) -> None:
    settings.SNAPSHOT_PATH = settings.SNAPSHOT_PATH / "no" / "folder"
    code, _, err = flags("publish")

    assert code == 2
    assert "the snapshot went nowhere" in err


def python_m_flags(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flags", *words],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path), **environment},
        check=False,
    )


def test_routes_need_neither_settings_nor_database() -> None:
    ran = python_m_flags("routes", "enrollment")

    assert ran.returncode == 0
    assert "/change_enrollment" in ran.stdout
    assert "form course_id" in ran.stdout


def test_missing_settings_are_one_line() -> None:
    ran = python_m_flags("list")

    assert ran.returncode == 2
    assert ran.stderr.startswith("flags: SECRET_KEY is not set")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("settings_module", ["production", "development"])
def test_a_database_that_does_not_answer_is_one_line(
    settings_module: str, servers: Servers
) -> None:
    environment = {
        **servers.environment,
        "DJANGO_SETTINGS_MODULE": f"compat.settings.{settings_module}",
        "ALLOWED_HOSTS": "lms.example.org",
        "DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/modern_edx",
    }
    ran = python_m_flags("flip", "catalog", "--everyone", "--why", "x", **environment)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("flags: the database does not answer")
    assert "check DATABASE_URL" in ran.stderr
    assert "secret" not in ran.stderr
    assert ran.stderr.count("\n") == 1
