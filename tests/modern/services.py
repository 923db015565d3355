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
answers = []
for path in sys.argv[1:]:
    answer = Client(headers={"host": "localhost"}).get(path)
    answers.append([answer.status_code, b"".join(answer).decode()])
    answer.close()
print(json.dumps(answers))
"""


def run(script: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code with these variables and of the surroundings only what Python needs."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *words],
        env=surroundings(**environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def surroundings(**environment: str) -> dict[str, str]:
    """Return these variables and what Python itself needs."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return kept | environment
