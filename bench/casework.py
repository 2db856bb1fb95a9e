"""A long case: 500 entries on its timeline, and its dossier as one PDF.

`python -m bench.casework CASE` makes the dossier in a process of its own and prints what it took.
"""

import json
import resource
import subprocess
import sys
import uuid
from itertools import cycle, islice

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.auth.models import User
from app.auth.people import actor_of_user
from app.cases.models import Case, CaseEvent, Export
from app.cases.services.exports import ExportData, ask_export
from app.core import clock
from app.core.db import db
from app.core.ids import new_id
from app.core.tasks import Task, run_waiting
from app.documents.binding import leaves_of
from app.documents.models import Copy, StoredFile
from app.documents.vault import read_file
from bench.server import ROOT, environment
from wsgi import app as application

EVENTS = 500


def long_case(app: Flask) -> uuid.UUID:
    """The case with most entries that `worker` works on, brought to 500 by repeating its own."""
    with app.app_context(), db.sessionmaker.begin() as session:
        worker = select(User.unit_id).where(User.username == "worker").scalar_subquery()
        found = (
            select(CaseEvent.case_id, func.count())
            .join(Case, Case.id == CaseEvent.case_id)
            .where(Case.unit_id == worker, Case.is_ended.is_(False))
            .group_by(CaseEvent.case_id)
            .order_by(func.count().desc(), CaseEvent.case_id)
            .limit(1)
        )
        case_id, events = session.execute(found).one()
        _repeat(session, case_id, EVENTS - events)
        return case_id


def _repeat(session: Session, case_id: uuid.UUID, missing: int) -> None:
    whose = select(CaseEvent).where(CaseEvent.case_id == case_id)
    own = session.scalars(whose.options(joinedload(CaseEvent.key))).unique().all()
    for one in islice(cycle(own), max(0, missing)):
        kept = ("kind", "section", "lane", "happened_at", "typed_at", "by_id", "unit_id", "facts")
        values = {name: getattr(one, name) for name in kept}
        note, subject = one.note, one.subject_id
        session.add(
            CaseEvent(
                key=one.key, id=new_id(), case_id=case_id, note=note, subject_id=subject, **values
            )
        )


def dossier_of(database_url: str, case_id: uuid.UUID) -> dict[str, float]:
    """Pages, seconds and megabytes (of the process and of its largest child together)."""
    made = subprocess.run(
        [sys.executable, "-m", "bench.casework", str(case_id)],
        cwd=ROOT,
        env=environment(database_url, 0),
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(made.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _make(app: Flask, case_id: uuid.UUID) -> dict[str, float]:
    with app.app_context():
        export_id = _order(case_id)
        with db.sessionmaker() as session:
            run_waiting(session, clock.now())
            export = session.get_one(Export, export_id)
            task = session.get_one(Task, export.task_id)
            if task.outcome is None or task.started_at is None or task.ended_at is None:
                raise RuntimeError(f"the dossier was not made: {task.error}")
            seconds = (task.ended_at - task.started_at).total_seconds()
            stored = session.get_one(StoredFile, export.file_id)
            (made,) = leaves_of([("dossier", read_file(session, stored, Copy.ORIGINAL))])
            pages = made.pages
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {"pages": pages, "seconds": seconds, "mb": sum(u.ru_maxrss for u in usage) / 1024}


def _order(case_id: uuid.UUID) -> uuid.UUID:
    with db.sessionmaker.begin() as session:
        user = session.scalars(select(User.id).where(User.username == "worker")).one()
        actor = actor_of_user(session, user)
        if actor is None:
            raise RuntimeError("worker has no account")
        data = ExportData("dossier", f"case={case_id}&closed=no", "Đo tốc độ của bản đầy đủ")
        return ask_export(session, actor=actor, data=data, now=clock.now()).id


if __name__ == "__main__":
    print(json.dumps(_make(application, uuid.UUID(sys.argv[1]))))
