"""What becomes of a plan's activities (Decree 56/2017, art. 29), and that none is left open.

Recording it is no edit of the plan: the approval stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.auth.actor import Actor
from app.cases.closing import OBSTACLES, Obstacle
from app.cases.enums import CaseState, EventKind
from app.cases.models import Case, Plan, PlanActivity
from app.cases.models.plans import (
    UNANSWERED,
    ActivityState,
    PlanEnded,
    PlanNotRunning,
    PlanState,
)
from app.cases.plan_words import ACTIVITY_STATES
from app.cases.queries.plans import last_change_of, was_approved
from app.cases.services.editing import lock
from app.cases.services.locking import is_current
from app.cases.services.plan_log import PlanLog
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit


@dataclass(frozen=True, slots=True)
class ActivityUpdate:
    """What became of an activity. `on`: the day it was done; `result`: what came of it, or why it
    was not done."""

    state: ActivityState
    on: date | None = None
    result: str | None = None


def update_activity(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    activity: PlanActivity,
    data: ActivityUpdate,
    expected_version: int,
    now: datetime,
) -> PlanActivity:
    """Record the state of an activity of the current plan, once that plan was ever approved.

    Raises StaleEdit, InvalidInput, PlanNotRunning, PlanEnded, CaseEnded, NotRoutedYet.
    """
    lock(session, case)
    case.require_open()
    is_unchanged = is_current(session, activity, expected_version)
    plan = session.scalars(select(Plan).where(Plan.id == activity.plan_id)).unique().one()
    _require_running(session, case, plan)
    if not is_unchanged:
        raise StaleEdit(_as_saved(session, case, activity), activity.version)
    _check(case, data, now)
    before = (activity.state, activity.done_on, activity.result)
    activity.become(data.state, on=data.on, result=data.result)
    after = (activity.state, activity.done_on, activity.result)
    if after == before:
        return activity
    if plan.state is PlanState.APPROVED:
        case.advance(CaseState.IN_PROGRESS)
    fields = [n for n, o, a in zip(_FIELDS, before, after, strict=True) if o != a]
    _tell(session, actor, case, activity, fields, now)
    session.flush()
    return activity


_FIELDS = ("state", "done_on", "result")


def _require_running(session: Session, case: Case, plan: Plan) -> None:
    if plan.cycle != case.cycle or plan.state is PlanState.ENDED:
        raise PlanEnded
    if plan.state is not PlanState.APPROVED and not was_approved(session, plan.id):
        raise PlanNotRunning


def _check(case: Case, data: ActivityUpdate, now: datetime) -> None:
    if data.state is ActivityState.NOT_DONE and not data.result:
        raise InvalidInput("result", _l("Ghi vì sao không làm."))
    if data.state is not ActivityState.DONE:
        return
    if data.on is None:
        raise InvalidInput("done_on", _l("Ghi ngày làm xong."))
    if data.on > clock.local(now).date():
        raise InvalidInput("done_on", _l("Ngày này chưa đến."))
    if data.on < clock.local(case.opened_at).date():
        raise InvalidInput("done_on", _l("Ngày này trước khi nhận tin báo."))


def _as_saved(session: Session, case: Case, activity: PlanActivity) -> list[tuple[str, str, str]]:
    """The rows of a StaleEdit: what is saved of this activity now."""
    who = last_change_of(session, case.id, activity.id)
    day = f"{activity.done_on:%d/%m/%Y}" if activity.done_on else ""
    rows = [
        (str(_l("Tình trạng")), str(ACTIVITY_STATES[activity.state]), who),
        (str(_l("Ngày làm xong")), day, who),
        (str(_l("Kết quả hoặc lý do")), activity.result or "", who),
    ]
    return [row for row in rows if row[1]]


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    activity: PlanActivity,
    fields: list[str],
    now: datetime,
) -> None:
    log = PlanLog(session, actor, case, activity.id, now)
    happened = _moment_of(activity.done_on, case, now)
    log.tell(
        EventKind.ACTIVITY_CHANGED, activity.told(), note=activity.result, happened_at=happened
    )
    log.log(AuditAction.ACTIVITY_CHANGED, {"fields": fields, "state": activity.state})


def _moment_of(day: date | None, case: Case, now: datetime) -> datetime:
    """When it happened: at noon of an earlier day, of which no hour is known."""
    if day is None or day >= clock.local(now).date():
        return now
    noon = datetime.combine(day, time(12), tzinfo=clock.LOCAL).astimezone(now.tzinfo)
    return max(noon, case.opened_at)


def plan_and_activities(session: Session, case: Case) -> Iterable[Obstacle]:
    """Closing asks: was the plan of this cycle approved, and not edited since; is each of its
    activities done or answered for? One statement."""
    unanswered = func.count(PlanActivity.id).filter(PlanActivity.state.in_(sorted(UNANSWERED)))
    asked = (
        select(Plan.state, unanswered.label("unanswered"))
        .outerjoin(PlanActivity, PlanActivity.plan_id == Plan.id)
        .where(Plan.case_id == case.id, Plan.cycle == case.cycle)
        .group_by(Plan.id)
    )
    row = session.execute(asked).one_or_none()
    if row is None or row.state not in (PlanState.APPROVED, PlanState.ENDED):
        yield Obstacle(_l("Kế hoạch của chu kỳ này chưa được phê duyệt."), "plans.show")
    if row is not None and row.unanswered:
        text = _l("Còn %(n)s hoạt động của kế hoạch chưa xong và chưa ghi lý do.", n=row.unanswered)
        yield Obstacle(text, "plans.show")


OBSTACLES.append(plan_and_activities)
