"""What is measured: signed-in people who list, search, open, report and sign in, as raw HTTP
requests."""

import html
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

PASSWORD = "vong-tay-demo"  # noqa: S105  # the synthetic accounts' one
FRAGMENTS = ("minh anh", "nguyen thi", "bao", "tran van", "phuong", "khánh linh", "duc", "thi hoa")


@dataclass
class Person:
    """A signed-in browser: its cookies and its CSRF token."""

    port: int
    username: str
    cookie: str = ""
    csrf: str = ""

    def sign_in(self) -> "Person":
        self.csrf = self._token(self._send("GET", "/auth/sign-in"))
        fields = {"csrf_token": self.csrf, "username": self.username, "password": PASSWORD}
        status, _ = self._send("POST", "/auth/sign-in", fields)
        if status != 303:
            raise RuntimeError(f"{self.username} cannot sign in: {status}")
        self.csrf = self._token(self._send("GET", "/cases/intake/new"))
        return self

    def case_addresses(self) -> list[str]:
        """The addresses of the cases on the first pages of the person's list."""
        _, page = self._send("GET", "/cases/?limit=100")
        return sorted(set(re.findall(r'href="(/cases/[0-9a-f-]{36})"', page)))

    def get(self, path: str) -> bytes:
        return self._raw("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> bytes:
        return self._raw("POST", path, urlencode({"csrf_token": self.csrf, **fields}))

    def _send(
        self, method: str, path: str, fields: dict[str, str] | None = None
    ) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": self.cookie}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(fields) if fields else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for header in answer.headers.get_all("Set-Cookie") or []:
            self._keep(header.split(";")[0])
        connection.close()
        return answer.status, text

    def _keep(self, pair: str) -> None:
        held = dict(part.split("=", 1) for part in self.cookie.split("; ") if part)
        name, value = pair.split("=", 1)
        held[name] = value
        self.cookie = "; ".join(f"{key}={value}" for key, value in held.items())

    def _token(self, answer: tuple[int, str]) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer[1])
        if found is None:
            raise RuntimeError(f"no CSRF token on the page ({answer[0]})")
        return html.unescape(found[1])

    def _raw(self, method: str, path: str, body: str = "") -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Cookie: {self.cookie}",
            "Accept: text/html",
        ]
        if body:
            lines += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body.encode())}",
            ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


# Every list of children or cases that a worker has, filtered ones too.
LISTS = {
    "case list": "/cases/",
    "my cases": "/cases/?who=mine",
    "cases at high risk": "/cases/?risk=HIGH",
    "ended cases": "/cases/?show=ended",
    "silent cases": "/cases/?silence=30",
    "clocks": "/cases/clocks",
    "my reports": "/cases/intake/mine",
    "register": "/register/",
    "register by group": "/register/?group=DISABILITY&age=6-10",
    "home": "/",
}


def opening(path: str) -> Callable[[list[Person]], list[bytes]]:
    """Everybody opens this one page."""
    return lambda people: [person.get(path) for person in people]


def list_requests(people: list[Person]) -> list[bytes]:
    return [person.get("/cases/") for person in people]


def search_requests(people: list[Person]) -> list[bytes]:
    return [person.post("/people/search", {"q": q}) for q in FRAGMENTS for person in people]


def case_requests(people: list[Person]) -> list[bytes]:
    return [person.get(path) for person in people for path in person.case_addresses()[:40]]


def report_requests(people: list[Person], count: int) -> list[bytes]:
    """New reports, each with a key of its own and a child of its own."""
    return [
        people[i % len(people)].post(
            "/cases/intake/new",
            {
                "idempotency_key": str(uuid.uuid4()),
                "category": "abused",
                "channel": "phone",
                "child_name": f"Phạm Thị Đo {i % 977}",
                "est_age": str(3 + i % 12),
                "sex": "female",
                "event_commune": "11953",
                "event_place": "tại nhà",
                "abuse_forms": "VIOLENCE",
                "child_condition": "Trẻ có vết bầm, đang ở nhà hàng xóm.",
                "mother_name": f"Lê Thị Thử {i}",
                "confirm_new": "y",
            },
        )
        for i in range(count)
    ]


def sign_in_requests(people: list[Person]) -> list[bytes]:
    """Each signs in again: an anonymous browser with its own CSRF cookie."""
    made = []
    for person in people:
        fresh = Person(person.port, person.username)
        fresh.csrf = fresh._token(fresh._send("GET", "/auth/sign-in"))
        made.append(
            fresh.post("/auth/sign-in", {"username": person.username, "password": PASSWORD})
        )
    return made


def workers(count: int) -> list[str]:
    """Accounts of the communes that are not the first two."""
    codes = [line.split(",")[0] for line in _communes() if line[0].isdigit()]
    return [f"canbo-{code}" for code in codes if code not in ("11953", "11977")][:count]


def _communes() -> list[str]:
    path = Path(__file__).parent.parent / "app" / "reference" / "data" / "communes.csv"
    return path.read_text(encoding="utf-8").splitlines()
