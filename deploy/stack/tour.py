"""What is printed when everything is ready: where things are, and a tour of five minutes.

`dev` prints it for this machine's processes, the service `ready` for those of docker-compose.yml. A
test runs the tour as `dev` prints it; the two differ in their first lines alone.
"""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from deploy.stack.ports import PREFERRED

__all__ = ["banner", "banner_of_containers", "tour"]

_BANNER = Template("""
ready

  learners   $facade   the facade, the one door
  Studio     $studio
  admin      $admin/-/health   and /-/metrics
  legacy     $legacy   directly
  modern     $modern   directly; Studio $modern_studio
  logs       $logs

A tour of five minutes, for a second terminal in this folder (bash):
$tour
$end ends everything.
""")
_PROCESSES = Template("""
  # The environment of the stack and its commands.
  eval "$$($stack env)"; PATH="$$PWD/.venv/bin:$$PATH"; JARS=$home
""")
# A pasted tour is the standard input of all its commands: none of them may read it.
_CONTAINERS = Template("""
  # The commands in their containers, and what else the tour needs to know.
  flags() { docker compose exec -T lms python -m flags "$$@" </dev/null; }
  etl() { docker compose exec -T etl-follow python -m etl "$$@" </dev/null; }
  LEGACY_URL=$legacy; MODERN_LMS_URL=$modern; JARS=$$(mktemp -d)
  EDX_API_KEY=$$(docker compose exec -T lms printenv EDX_API_KEY </dev/null)
""")
_TOUR = Template("""
  # Two courses, and words for what follows.
  API=$facade/api/enrollment/v1/enrollment; LOGIN=$facade/user_api/v1/account/login_session/
  DEMO=course-v1:edX+DemoX+Demo_2016; NEW=course-v1:LabU+CAT03+2016
  as() { curl -s -b $$JARS/$$1.jar -c $$JARS/$$1.jar -e $facade/ \\
    -H "X-CSRFToken: $$(awk '/csrftoken/ {print $$7}' $$JARS/$$1.jar)" "$${@:2}"; }
  receipt() { as "$$@" -o /dev/null -D - | grep -i x-bridge-decision; }
  enrol() { receipt $$1 $$API -H 'Content-Type: application/json' \\
    -d "{\\"course_details\\": {\\"course_id\\": \\"$$NEW\\"}}"; }

  # 1. ada and honor log in: legacy answers, its cookies pass through.
  for who in ada honor; do
    curl -s -o /dev/null -c $$JARS/$$who.jar $$LOGIN
    as $$who -w "$$who logs in: %{http_code}\\n" \\
      -d email=$$who@example.com -d password=Legacy-Pass1 $$LOGIN
  done

  # 2. ada's enrolments come from legacy; every answer carries a receipt.
  receipt ada $$API

  # 3. From now on modern answers ada. Nobody else notices; her JSON is the same.
  as ada $$API/ada,$$DEMO > $$JARS/legacy.json
  flags flip enrollment --users ada --why tour
  receipt ada $$API; receipt honor $$API
  as ada $$API/ada,$$DEMO | cmp - $$JARS/legacy.json && echo "the same JSON"

  # 4. ada enrols through modern. A second later the row is in legacy's MySQL, and its API shows it.
  enrol ada
  sleep 1; as ada $$LEGACY_URL/api/enrollment/v1/enrollment/ada,$$NEW; echo

  # 5. honor enrols through legacy. A second later modern shows it.
  enrol honor
  sleep 1; curl -s -H "X-Edx-Api-Key: $$EDX_API_KEY" \\
    $$MODERN_LMS_URL/api/enrollment/v1/enrollment/honor,$$NEW; echo

  # 6. Back to legacy, and nothing is lost.
  flags flip enrollment --off --why tour
  receipt ada $$API/ada,$$NEW; as ada $$API/ada,$$NEW; echo

  # 7. Both databases hold the same rows.
  etl verify
""")


def banner(ports: Mapping[str, int], *, home: Path, stack: str) -> str:
    """Return the text for a terminal; `stack` is how the stack's command line is called."""
    steps = tour(_local(ports["facade"]), home=home, stack=stack)
    return _banner(ports, logs=str(home / "log"), steps=steps, end="Ctrl-C here")


def banner_of_containers() -> str:
    """Return the same text for the stack of docker-compose.yml, which takes no other ports."""
    ports = {name: port for name, port in PREFERRED.items() if port}
    first = _CONTAINERS.substitute(
        legacy=_local(ports["legacy_lms"]), modern=_local(ports["modern_lms"])
    )
    steps = first + _TOUR.substitute(facade=_local(ports["facade"]))
    return _banner(ports, logs="docker compose logs", steps=steps, end="`docker compose down`")


def tour(facade: str, *, home: Path, stack: str) -> str:
    """Return the tour as lines for bash; the cookies of its learners are kept in `home`."""
    return _PROCESSES.substitute(home=home, stack=stack) + _TOUR.substitute(facade=facade)


def _banner(ports: Mapping[str, int], *, logs: str, steps: str, end: str) -> str:
    return _BANNER.substitute(
        facade=_local(ports["facade"]),
        studio=f"http://studio.localhost:{ports['facade']}",
        admin=_local(ports["facade_admin"]),
        legacy=_local(ports["legacy_lms"]),
        modern=_local(ports["modern_lms"]),
        modern_studio=_local(ports["modern_cms"]),
        logs=logs,
        tour=steps,
        end=end,
    )


def _local(port: int) -> str:
    return f"http://127.0.0.1:{port}"
