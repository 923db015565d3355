"""nginx accepts the configuration, and with it a client cannot claim to be somebody else."""

import http.client
import re
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy.stack import processes
from deploy.stack.ports import free
from deploy.stack.settings import CHECKOUT

HEALTH = "127.0.0.1:8081"

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")


class Facade(BaseHTTPRequestHandler):
    """Answers with the head of the request."""

    def do_GET(self) -> None:
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def facade() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Facade) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@dataclass(frozen=True, slots=True)
class Doors:
    """The ports on which nginx listens."""

    learners: int
    health: int


@pytest.fixture
def nginx(facade: int, tmp_path: Path) -> Iterator[Doors]:
    doors = Doors(learners := free(), free({learners}))
    text = (CHECKOUT / "docker" / "nginx" / "nginx.conf").read_text()
    for before, after in (
        # Debian's may be too old to look a name up again; here an address stands in for it.
        ("server facade:8000 resolve", f"server 127.0.0.1:{facade}"),
        ("listen 8080", f"listen 127.0.0.1:{doors.learners}"),
        (f"listen {HEALTH}", f"listen 127.0.0.1:{doors.health}"),
        (" /tmp/", f" {tmp_path}/"),
        ("worker_processes auto", "worker_processes 1"),
    ):
        assert before in text
        text = text.replace(before, after)
    (tmp_path / "nginx.conf").write_text(text)
    words = ("nginx", "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;")
    process = processes.spawn(words, log=tmp_path / "log", cwd=tmp_path)
    wait_until_it_listens(doors.learners, process, tmp_path / "log")
    yield doors
    processes.stop(process, first=signal.SIGTERM)


def wait_until_it_listens(port: int, process: processes.Process, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert processes.alive(process), processes.tail(log)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(processes.tail(log))


def test_what_a_client_claims_about_its_address_ends_at_nginx(nginx: Doors) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", nginx.learners, timeout=10)
    claims = {"X-Forwarded-For": "10.9.9.9", "Forwarded": "for=10.9.9.9", "Host": "courses.example"}
    connection.request("GET", "/courses?x=1", headers=claims)
    seen = connection.getresponse().read().decode()
    connection.close()

    assert "10.9.9.9" not in seen
    assert "X-Forwarded-For: 127.0.0.1" in seen
    assert "Host: courses.example" in seen


def test_the_container_asks_nginx_itself_whether_it_is_healthy(nginx: Doors) -> None:
    dockerfile = (CHECKOUT / "docker" / "nginx" / "Dockerfile").read_text()
    connection = http.client.HTTPConnection("127.0.0.1", nginx.health, timeout=10)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()

    assert f'"http://{HEALTH}/"' in dockerfile
    assert status == 204


def test_a_facade_that_starts_anew_is_found_at_its_new_address() -> None:
    """By a release that can look names up while it runs, soon, and soon again where that failed."""
    dockerfile = (CHECKOUT / "docker" / "nginx" / "Dockerfile").read_text()
    release = re.search(r"^FROM nginx:(\d+)\.(\d+)-", dockerfile, flags=re.MULTILINE)
    lines = (CHECKOUT / "docker" / "nginx" / "nginx.conf").read_text().split("\n")

    assert release
    assert (int(release[1]), int(release[2])) >= (1, 28)
    assert [line.strip() for line in lines if re.search(r"\b(resolver|resolve|zone)", line)] == [
        "resolver 127.0.0.11 valid=1s ipv6=off;",
        "resolver_timeout 1s;",
        "zone facade 64k;",
        "server facade:8000 resolve;",
    ]
