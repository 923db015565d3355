"""What `dev` prints when everything is ready: where things are, and a tour of five minutes."""

from collections.abc import Mapping
from pathlib import Path

__all__ = ["banner", "tour"]

_COURSE = "course-v1:edX+DemoX+Demo_Course"


def banner(ports: Mapping[str, int], *, logs: Path) -> str:
    """Return the text for a terminal."""
    local = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    return f"""
ready

  facade   {local["facade"]}   the door of every learner
  Studio   http://studio.localhost:{ports["facade"]}
  admin    {local["facade_admin"]}/-/health   and /-/metrics
  legacy   {local["legacy_lms"]}   directly
  modern   {local["modern_lms"]}   directly; its Studio {local["modern_cms"]}
  logs     {logs}

The tour, for a second terminal in this folder:
{tour(local["facade"])}
Ctrl-C ends everything.
"""


def tour(facade: str) -> str:
    """Return the tour."""
    return f"""
  {facade} {_COURSE}
"""
