"""What tests of the stand-in hold in their hands: a browser, and a look into the tables."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.recorded import Answer, Send

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import DictCursor

PASSWORD = "Legacy-Pass1"
LOGIN = "/user_api/v1/account/login_session/"
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Browser:
    """A client with a cookie jar that repeats the csrftoken, as the pages of legacy do."""

    send: Send
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def request(
        self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {"Host": "lms.test", **self.headers, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if "csrftoken" in self.cookies:
            sent["X-CSRFToken"] = self.cookies["csrftoken"]
        answer = self.send(method, path, sent, body.encode())
        self._learn(answer)
        return answer

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, headers=headers)

    def post_json(self, path: str, value: object) -> Answer:
        return self.request("POST", path, json.dumps(value), {"Content-Type": "application/json"})

    def post_form(self, path: str, **fields: str) -> Answer:
        return self.request("POST", path, urlencode(fields), {"Content-Type": FORM})

    def patch(self, path: str, value: object) -> Answer:
        merge = {"Content-Type": "application/merge-patch+json"}
        return self.request("PATCH", path, json.dumps(value), merge)

    def logged_in(self, username: str, password: str = PASSWORD) -> "Browser":
        self.get("/login")
        answer = self.log_in(username, password)
        assert answer.status == 200, answer.body
        return self

    def log_in(self, username: str, password: str = PASSWORD, **more: str) -> Answer:
        return self.post_form(LOGIN, email=f"{username}@example.com", password=password, **more)

    def _learn(self, answer: Answer) -> None:
        for cookie in answer.cookies():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value


@dataclass(frozen=True, slots=True)
class World:
    """The tables, for preparing a case and for looking at what was written."""

    connection: "Connection[DictCursor]"

    def run(self, statement: str, *values: object) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self.connection.cursor() as cursor:
            cursor.execute(query, values)
            return [dict(row) for row in cursor.fetchall()]

    def value(self, query: str, *values: object) -> Any:
        (row,) = self.rows(query, *values)
        (value,) = row.values()
        return value

    def checksums(self, tables: Iterable[str]) -> dict[str, int]:
        rows = self.rows(f"CHECKSUM TABLE {', '.join(tables)}")
        return {row["Table"].rpartition(".")[2]: row["Checksum"] for row in rows}

    def counts(self, *tables: str) -> dict[str, int]:
        return {table: self.value(f"SELECT COUNT(*) FROM `{table}`") for table in tables}


def body(answer: Answer) -> Any:
    return json.loads(answer.body)
