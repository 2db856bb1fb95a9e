"""How long a commune's list of 10,000 children takes: the dry run, then the import."""

import time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.people import actor_of_user
from app.core import clock, embedded
from app.core.db import db
from app.core.tasks import run_waiting
from app.documents.read_workbook import outline_of
from app.register.models import Decision, SheetChoices
from app.register.services.imports import (
    Upload,
    begin_import,
    choose_columns,
    decide,
    start_import,
)
from app.register.sheets.columns import columns_of, likely_heading, likely_sheet, proposed
from app.register.sheets.vocabulary import vocabulary
from bench.server import BIG, CACHE
from tests.register.workbooks import commune_list

ROWS, GOAL_SECONDS = 10_000, 60


def copy_of_big() -> str:
    """The big province once more, for this scene alone: it adds 10,000 children."""
    urls = embedded.start(CACHE)
    embedded.drop_database(urls, "bench_import")
    return embedded.create_database(urls, "bench_import", f"bench_{BIG.name}").app


def measure(rows: int = ROWS) -> dict[str, float]:
    """Seconds of upload, check and import, in an application whose database may be filled up."""
    with db.sessionmaker() as session:
        worker = _worker(session)
        actor = actor_of_user(session, worker)
        if actor is None:
            raise RuntimeError("no worker of the commune")
        content, known, began = commune_list(rows, wrong=False), vocabulary(), time.monotonic()
        outline = outline_of(content)
        place = likely_sheet(outline, known)
        heading = likely_heading(outline.sheets[place], known)
        columns = columns_of(outline.sheets[place], heading, known)
        chosen = SheetChoices(sheet=place, heading=heading, columns=proposed(columns, known, {}))
        data = Upload(content, outline, "list.xlsx")
        one = begin_import(session, actor=actor, data=data, now=clock.now())
        session.commit()
        seconds = {"upload": time.monotonic() - began}
        choose_columns(
            session, actor=actor, sheet_import=one, choices=chosen, columns=columns,
            now=clock.now(),
        )  # fmt: skip
        seconds["check"] = _work(session)
        decide(session, actor=actor, sheet_import=one, decision=Decision.OTHER, now=clock.now())
        start_import(session, actor=actor, sheet_import=one, now=clock.now())
        seconds["import"] = _work(session)
        session.expire_all()
        seconds["children"] = one.counts.get("imported_children", 0)
    return {name: round(value, 1) for name, value in seconds.items()}


def _worker(session: Session) -> UUID:
    wanted = select(User.id).where(User.username == "worker", User.role == Role.CP_WORKER)
    return session.scalars(wanted).one()


def _work(session: Session) -> float:
    """As the scheduler does it."""
    session.commit()
    began = time.monotonic()
    run_waiting(session, clock.now())
    return time.monotonic() - began
