"""What the wall behind the filters costs: whole requests of pages, with it and without, by turns.
Without it is the application as the role that owns the tables, which the database restricts in
nothing: a rule that lets everything through is planned and begun all the same.

    python -m bench.row_security

Goal: lists and case pages at most 1.15 times as long.
"""

import statistics
import sys
import time

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from app.auth.models import User
from app.cases.models import Case
from app.core.db import db
from bench.server import CACHE, Dataset, addresses
from config import Settings

PROVINCE = Dataset("wall", 20_000, 10_000, 104)
TURNS, GOAL = 60, 1.15
PAGES = {
    "worker": ("/", "/cases/", "/cases/{case}", "/cases/{case}/timeline", "/register/",
               "/referrals/sent", "/referrals/inbox", "/reminders/"),
    "chair": ("/", "/cases/", "/cases/{case}"),
    "supervisor": ("/", "/cases/", "/cases/{case}", "/register/", "/reports/clocks"),
    "police": ("/", "/referrals/inbox"),
    "intake": ("/", "/cases/intake/mine"),
}  # fmt: skip


def signed_in(app: Flask, name: str, password: str) -> FlaskClient:
    client = app.test_client()
    client.post("/auth/sign-in", data={"username": name, "password": password})
    return client


def seconds(client: FlaskClient, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    took = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return took


def ratio(walled: FlaskClient, open_one: FlaskClient, path: str) -> tuple[float, float]:
    """Milliseconds with the wall (median), and how many times as long as without."""
    times: dict[FlaskClient, list[float]] = {walled: [], open_one: []}
    for turn in range(TURNS + 8):
        for client in (walled, open_one) if turn % 2 else (open_one, walled):
            took = seconds(client, path)
            if turn >= 8:
                times[client].append(took)
    with_it, without = (statistics.median(times[one]) for one in (walled, open_one))
    return 1000 * with_it, with_it / without


def case_of(unit_of: str) -> object:
    unit = select(User.unit_id).where(User.username == unit_of).scalar_subquery()
    cases = select(Case.id).where(Case.unit_id == unit).order_by(Case.last_event_at.desc())
    return db.session.scalar(cases.limit(1))


def measure(walled: Flask, open_one: Flask) -> dict[str, float]:
    """By person and page, how many times as long a request takes with the wall as without."""
    apps = walled, open_one
    password = walled.extensions["settings"].demo_password.get_secret_value()
    for app in apps:
        app.config["WTF_CSRF_ENABLED"] = False
    with walled.app_context():
        case = case_of("worker")
    found = {}
    for name, paths in PAGES.items():
        clients = [signed_in(app, name, password) for app in apps]
        for path in paths:
            took, found[f"{name} {path}"] = ratio(*clients, path.format(case=case))
            print(f"{name:11} {path:26} {took:7.1f} ms  {found[f'{name} {path}']:5.2f}", flush=True)
    return found


def missed(found: dict[str, float]) -> list[str]:
    return [
        f"{page}: {times:.2f} times as long with row-level security"
        for page, times in found.items()
        if times > GOAL
    ]


def main() -> int:
    urls = addresses(PROVINCE)
    over = missed(measure(*(_application(url) for url in (urls.app, urls.owner))))
    print("The goal is met." if not over else "MISSED: " + "; ".join(over))
    return bool(over)


def _application(url: str) -> Flask:
    return create_app(Settings(database_url=url, instance_dir=CACHE, demo=True, testing=True))


if __name__ == "__main__":
    sys.exit(main())
