"""What `dev` prints when everything is ready: where things are, and a tour of five minutes.

A test runs the tour as it is printed.
"""

from collections.abc import Mapping
from pathlib import Path
from string import Template

__all__ = ["banner", "tour"]

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
Ctrl-C here ends everything.
""")
_TOUR = Template("""
  # The environment of the stack, two courses, and words for what follows.
  eval "$$($stack env)"; PATH="$$PWD/.venv/bin:$$PATH"
  API=$facade/api/enrollment/v1/enrollment; LOGIN=$facade/user_api/v1/account/login_session/
  DEMO=course-v1:edX+DemoX+Demo_2016; NEW=course-v1:LabU+CAT03+2016; JARS=$home
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
    local = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    return _BANNER.substitute(
        facade=local["facade"],
        studio=f"http://studio.localhost:{ports['facade']}",
        admin=local["facade_admin"],
        legacy=local["legacy_lms"],
        modern=local["modern_lms"],
        modern_studio=local["modern_cms"],
        logs=home / "log",
        tour=tour(local["facade"], home=home, stack=stack),
    )


def tour(facade: str, *, home: Path, stack: str) -> str:
    """Return the tour as lines for bash; the cookies of its learners are kept in `home`."""
    return _TOUR.substitute(facade=facade, home=home, stack=stack)
