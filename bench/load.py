"""`python -m bench.load --users 50 --minutes 10`: people at work, each with pauses to think.

The real server over a province; everybody is signed in and reads lists, files, searches, reports,
measures and referrals, each opening written to the log as ever. Prints p50, p95 and p99 of what was
read and of what was written, beside the goals; ends with 1 where one is missed.
"""

import argparse
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from os import getloadavg
from urllib.parse import urlencode
from uuid import uuid4

from bs4 import BeautifulSoup

from app.core import embedded
from bench.scenes import FRAGMENTS, LISTS, Person, workers
from bench.server import BIG, CACHE, SMALL, Dataset, environment, gunicorn, prepare
from tests.browser import filled_in

MIDDLE = Dataset("middle", 10_000, 5_000, 104)
DATASETS = {one.name: one for one in (BIG, MIDDLE, SMALL)}
A_LIST = (
    10  # files of a list that one person goes on to: a program would be made to wait (oversight)
)
THINK = 5.0  # seconds from an answer to the next request, on average
GOALS = {"read p95": 0.250, "read p99": 0.500, "write p99": 0.800}
# Of ten people seven work cases; the others are who they wait for.
OTHERS = ("chair", "intake", "hospital", "supervisor", "police", "hospital_lead")
REPORT = {
    "category": "abused", "channel": "phone", "sex": "female", "event_commune": "11953",
    "event_place": "tại nhà", "abuse_forms": "VIOLENCE", "confirm_new": "y",
    "child_condition": "Trẻ có vết bầm, đang ở nhà hàng xóm.",
}  # fmt: skip
MEASURE = {"kind": "safe_shelter", "description": "Về nhà bà ngoại", "performed_by": "Công an xã"}


@dataclass
class Seen:
    """Seconds of all answers, and what was wrong; shared by all users."""

    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    told: int = 0  # somebody else was first (409)

    def figures(self) -> dict[str, float]:
        return {
            f"{kind} p{part}": percentile(values, part)
            for kind, values in (("read", self.reads), ("write", self.writes))
            for part in (50, 95, 99)
        }

    def missed(self) -> list[str]:
        found = self.figures()
        slow = [f"{name} {found[name]:.3f} s" for name, goal in GOALS.items() if found[name] > goal]
        return slow + [f"{count} times {words}" for words, count in self.wrong.items()]


def percentile(values: list[float], part: int) -> float:
    """Of no values 0."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)] if ordered else 0.0


@dataclass
class Worker:
    """One person in one browser."""

    person: Person
    seen: Seen
    dice: random.Random
    cases: list[str] = field(default_factory=list)

    def work(self, until: float) -> None:
        while True:
            pause = self.dice.expovariate(1 / THINK)
            if time.monotonic() + pause > until:
                return
            time.sleep(pause)
            try:
                self.dice.choice(self.acts())()
            except (OSError, HTTPException) as error:
                self.seen.wrong[type(error).__name__] += 1

    def acts(self) -> list[Callable[[], object]]:
        """Each as often as it is listed."""
        if self.person.username in ("hospital", "hospital_lead", "police"):
            return [self.inbox, self.inbox, self.accept, self.home, self.report]
        if self.person.username == "intake":
            return [self.report, self.report, self.search, self.home]
        reading = [self.case, self.case, self.case, self.lists, self.lists, self.search, self.home]
        if self.person.username == "supervisor":
            return reading
        if self.person.username == "chair":
            return [*reading, self.measure]
        return [*reading, self.measure, self.report]

    def home(self) -> None:
        self.read("/")

    def lists(self) -> None:
        page = self.read(self.dice.choice([p for p in LISTS.values() if p.startswith("/cases/?")]))
        found = sorted(set(re.findall(r'href="(/cases/[0-9a-f-]{36})"', page)))
        self.cases = found[:A_LIST] or self.cases

    def case(self) -> None:
        self.read(self.dice.choice(self.cases) if self.cases else "/cases/")

    def search(self) -> None:
        fields = {"q": self.dice.choice(FRAGMENTS), "csrf_token": self.person.csrf}
        self.ask("POST", "/people/search", fields, self.seen.reads)

    def inbox(self) -> None:
        page = self.read("/referrals/inbox")
        found = re.findall(r'href="(/referrals/[0-9a-f-]{36})"', page)
        if found:
            self.read(self.dice.choice(found))

    def report(self) -> None:
        child = {"child_name": f"Phạm Thị Đo {self.dice.randrange(977)}"}
        child["est_age"] = str(self.dice.randint(3, 15))
        self.fill_in("/cases/intake/new", {**REPORT, **child})

    def measure(self) -> None:
        if self.cases:
            self.fill_in(f"{self.dice.choice(self.cases)}/measures/new", MEASURE)

    def accept(self) -> None:
        found = re.findall(r'href="(/referrals/[0-9a-f-]{36})"', self.read("/referrals/inbox"))
        if found:
            self.fill_in(self.dice.choice(found), {}, form="#accept-form")

    def fill_in(
        self, path: str, typed: dict[str, str], form: str = "main form[method=post]"
    ) -> None:
        """As a person does: the page is read, and what it holds is sent with what was typed."""
        page = BeautifulSoup(self.read(path), "lxml")
        found = page.select_one(form)
        if found is None:
            return  # it was answered before, or is not this person's to answer
        time.sleep(self.dice.expovariate(1 / THINK))
        fields = {**filled_in(found), "idempotency_key": str(uuid4()), **typed}
        self.ask("POST", str(found.get("action") or path), fields, self.seen.writes)

    def read(self, path: str) -> str:
        return self.ask("GET", path, {}, self.seen.reads)

    def ask(self, method: str, path: str, fields: dict[str, object], times: list[float]) -> str:
        body = urlencode(fields, doseq=True) if fields else None
        headers = {"Cookie": self.person.cookie, "Accept": "text/html"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        with closing(HTTPConnection("127.0.0.1", self.person.port, timeout=30)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        times.append(time.perf_counter() - began)
        self.note(answer.status, f"{method} {re.sub(r'[0-9a-f-]{36}', '…', path)}")
        return text

    def note(self, status: int, what: str) -> None:
        if status == 409:
            self.seen.told += 1
        elif status not in (200, 303):
            self.seen.wrong[f"{status} {what}"] += 1


def run(dataset: Dataset, users: int, seconds: float, seed: int = 1) -> Seen:
    seen = Seen()
    with gunicorn("wsgi:app", environment(prepare(dataset), 0)) as server:
        people = [Person(server.port, name).sign_in() for name in names(dataset, users)]
        busy = [Worker(one, seen, random.Random(seed + n)) for n, one in enumerate(people)]
        for one in busy:  # who opens cases knows some of them
            one.cases = one.person.case_addresses()
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=one.work, args=(until,)) for one in busy]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return seen


def names(dataset: Dataset, users: int) -> list[str]:
    """Their accounts; some are signed in on several machines."""
    working = cycle(["worker", *(["worker2", *workers(60)] if dataset.communes > 1 else [])])
    others = cycle(OTHERS)
    return [next(others if number % 10 >= 7 else working) for number in range(users)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--data", choices=sorted(DATASETS), default=BIG.name)
    given = parser.parse_args()
    seen = run(DATASETS[given.data], given.users, given.minutes * 60)
    embedded.leave(CACHE)
    print(f"{given.users} users, {given.minutes:g} minutes, {given.data}:", end=" ")
    print(f"{len(seen.reads):,} reads, {len(seen.writes):,} writes, {seen.told} told of another")
    for name, value in seen.figures().items():
        goal = f" (goal {1000 * GOALS[name]:.0f})" if name in GOALS else ""
        print(f"{name:<10} {1000 * value:>7.1f} ms{goal}")
    print("load of the machine: " + " ".join(f"{one:.1f}" for one in getloadavg()))
    missed = seen.missed()
    print("All goals met." if not missed else "MISSED: " + "; ".join(missed))
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
