"""A file that the worker of the second commune opened in an emergency and that waits for its
review; readings that stand out, and the questions of the week."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import append_pending, record
from app.auth.actor import Actor
from app.auth.models import User
from app.auth.people import actor_of_user
from app.cases.models import Case
from app.core import clock
from app.oversight.models import ReadingFinding
from app.oversight.policy import finding_file
from app.oversight.queries.readings import start_of
from app.oversight.rules import rules
from app.oversight.services.days import derive_readings
from app.oversight.services.glass import GlassData, break_glass
from app.oversight.services.questions import ask_about, ask_of_week
from app.oversight.standing_out import OFF_HOURS

REASON = (
    "Công an xã đưa em đến lúc 22 giờ, em hoảng sợ, chưa liên lạc được với người phụ trách ở phường"
    " Phố Hiến; cần biết ai được đón em."
)
READ = 3  # pages of the file that was opened


def tell_oversight(session: Session, until: datetime) -> None:
    """As the people would have; nothing in a province without the demo accounts' cases."""
    worker, other = _actor(session, "worker"), _actor(session, "worker2")
    files = _open_files(session, worker) if worker else []
    if worker is None or other is None or not files:
        return
    midnight = start_of(clock.local(until).date())
    _break(session, other, files[0], midnight - timedelta(hours=1, minutes=55))
    for days in range(4, 11):
        for case in files:
            _read(session, worker, case.id, midnight - timedelta(days=days, hours=14))
    session.flush()
    append_pending(session)  # the days are drawn from the log
    settled = midnight + timedelta(minutes=rules().unusual.settle_minutes)
    derive_readings(session, max(until, settled))  # yesterday too, also just after midnight
    ask_of_week(session, until)
    _ask_about_the_night(session, other, until)


def _actor(session: Session, username: str) -> Actor | None:
    user_id = session.scalar(select(User.id).where(User.username == username))
    return actor_of_user(session, user_id) if user_id else None


def _open_files(session: Session, worker: Actor) -> Sequence[Case]:
    of_unit = select(Case).where(Case.unit_id == worker.unit_id, Case.is_ended.is_(False))
    return session.scalars(of_unit.order_by(Case.opened_at, Case.number).limit(3)).all()


def _break(session: Session, actor: Actor, case: Case, at: datetime) -> None:
    data = GlassData(case.number, None, None, "brought_in", REASON)
    break_glass(session, actor=actor, data=data, now=at)
    for minute in range(READ):
        _read(session, actor, case.id, at + timedelta(minutes=minute))


def _ask_about_the_night(session: Session, reader: Actor, until: datetime) -> None:
    """As a supervisor would ask who opened the file."""
    supervisor = _actor(session, "supervisor")
    if supervisor is None:
        return
    night = finding_file(supervisor).where(
        ReadingFinding.kind == OFF_HOURS, ReadingFinding.user_id == reader.id
    )
    finding = session.scalars(night.limit(1)).unique().first()
    if finding is not None:
        ask_about(session, actor=supervisor, finding=finding, now=until - timedelta(hours=2))


def _read(session: Session, actor: Actor, case_id: UUID, at: datetime) -> None:
    record(session, actor, AuditAction.CASE_READ, at=at, case_id=case_id)
