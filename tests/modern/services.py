"""Services in processes of their own, with exactly the environment that a test gives them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEVER = "postgresql://nobody@127.0.0.1:1/nothing"
KEPT = ("PATH", "HOME", "COVERAGE_")
ASK = """
import json, sys, django
from django.test import Client
django.setup()
answers = [Client(headers={"host": "localhost"}).get(path) for path in sys.argv[1:]]
print(json.dumps([[answer.status_code, answer.content.decode()] for answer in answers]))
"""


def run(script: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code with these variables and of the surroundings only what Python needs."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *words],
        env=kept | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
