"""After closing: the check on the child, and the reopening as a further episode."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import kept_out_of
from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.closing import REOPENED
from app.cases.enums import EventKind
from app.cases.models import Case, Report
from app.cases.numbers import next_numbers
from app.cases.services.destination import Destination
from app.cases.services.editing import lock
from app.cases.services.event_ages import age_at_event
from app.cases.services.intake import tell_receipt
from app.cases.services.intake_rows import working_access
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import DomainError, InvalidInput
from app.core.ids import new_id
from app.core.sealed import DataKey
from app.deadlines.services import start_clocks
from app.people.ages import age_at
from app.reference.library import form_definition

CHANNEL = "reopened"  # of the list `channels`
CLOCKS = ("T_EMERG", "T_PLAN", "T_APPROVE")


class AlreadyReopened(DomainError):
    message: LazyString | str

    def __init__(self, number: str) -> None:
        super().__init__()
        self.message = _l("Hồ sơ này đã được mở lại thành %(number)s.", number=number)


@dataclass(frozen=True, slots=True)
class CheckData:
    """How the child was found. `next_on`: when to look again, if at all."""

    is_safe: bool
    words: str
    happened_at: datetime
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReopeningData:
    """Why, and when that became known: the clocks of the law start then. `event_at`: when something
    new happened; without it the further episode is about what the closed one was about."""

    reason: str
    received_at: datetime
    is_present_danger: bool = False
    event_at: datetime | None = None


def record_check(
    session: Session, *, actor: Actor, case: Case, data: CheckData, now: datetime
) -> None:
    """Record the check after closing. `case` comes with its child.

    Raises NotClosed, AlreadyReopened (look at the new episode), InvalidInput.
    """
    lock(session, case)
    case.require_closed()
    _require_last_episode(session, case)
    _check_moment(case, "happened_at", data.happened_at, now)
    if data.next_on is not None and data.next_on <= clock.local(now).date():
        raise InvalidInput("next_on", _l("Ngày kiểm tra tiếp theo phải sau hôm nay."))
    case.check_on = data.next_on
    facts: dict[str, Any] = {"is_safe": data.is_safe}
    if data.next_on:
        facts["next_on"] = data.next_on.isoformat()
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.CHECKED_AFTER,
        section=Section.ASSESSMENT,
        happened_at=data.happened_at,
        now=now,
        facts=facts,
        note=data.words,
    )
    kept = {"kind": "after_closing", "safety": "safe" if data.is_safe else "unsafe"}
    record(session, actor, AuditAction.FOLLOW_UP_RECORDED, at=now, case_id=case.id, data=kept)
    session.flush()


def reopen(
    session: Session, *, actor: Actor, case: Case, data: ReopeningData, now: datetime
) -> Case:
    """A further episode for the child of a closed case, with a report of its own; the old one stays
    closed, and its check is moot. `case` comes with its child and unit.

    Raises NotClosed, AlreadyReopened for the second of two, InvalidInput.
    """
    lock(session, case)
    case.require_closed()
    _require_last_episode(session, case)
    _check_moment(case, "received_at", data.received_at, now)
    if data.event_at is not None and data.event_at > data.received_at:
        raise InvalidInput("event_at", _l("Vụ việc không thể xảy ra sau lúc nhận tin."))
    report = _report(session, actor, case, data, now)
    session.add(report)
    session.flush()
    episode = _episode(session, actor, case, report, now)
    case.check_on = None  # whoever works the further episode looks at the child
    session.add_all([episode, working_access(episode, _where(case), now)])
    session.flush()
    start_clocks(
        session,
        subject_id=episode.id,
        subject_label=episode.number,
        rule_keys=CLOCKS,
        started_at=episode.opened_at,
        unit_id=episode.unit_id,
        commune_code=episode.commune_code,
        now=now,
    )
    tell_receipt(session, actor, report, episode, case.child, 1, now)
    _tell_reopening(session, actor, case, episode, data, now)
    session.flush()
    for take_over in REOPENED:
        take_over(session, case, episode)
    return episode


def _require_last_episode(session: Session, case: Case) -> None:
    number = session.scalar(select(Case.number).where(Case.previous_id == case.id).limit(1))
    if number is not None:
        raise AlreadyReopened(number)


def _check_moment(case: Case, field: str, moment: datetime, now: datetime) -> None:
    if moment > now:
        raise InvalidInput(field, _l("Thời điểm này chưa đến."))
    if case.ended_at and moment < case.ended_at.replace(second=0, microsecond=0):
        raise InvalidInput(field, _l("Thời điểm này trước khi đóng hồ sơ."))


_KEPT = (
    *(Report.category, Report.account_section, Report.abuse_forms, Report.sc_groups),
    Report.abuse_setting,
    *(Report.perpetrator_relation, Report.is_caregiver_suspected),
)


def _report(
    session: Session, actor: Actor, case: Case, data: ReopeningData, now: datetime
) -> Report:
    """Mẫu số 01 of the reopening: what was known by codes goes over, the words are new."""
    known = session.execute(select(*_KEPT).where(Report.id == case.report_id)).one()
    return Report(
        key=DataKey.new(),
        form_version=form_definition("form01").version,
        channel=CHANNEL,
        received_at=data.received_at,
        typed_at=now,
        taken_by_unit_id=actor.unit_id,
        received_by_id=actor.id,
        event_commune=case.commune_code,
        event_at=data.event_at,
        is_present_danger=data.is_present_danger,
        child_condition=data.reason,
        routed_at=now,
        routed_to_unit_id=case.unit_id,
        **known._mapping,
    )


def _episode(session: Session, actor: Actor, case: Case, report: Report, now: datetime) -> Case:
    day = clock.local(report.received_at).date()
    age = age_at(case.child, day)
    return Case(
        id=new_id(),
        number=next_numbers(day.year, 1)[0],
        child_id=case.child_id,
        child=case.child,
        report_id=report.id,
        unit_id=case.unit_id,
        owner_id=_owner(session, actor, case),
        commune_code=case.commune_code,
        category=case.category,
        abuse_forms=list(case.abuse_forms),
        do_not_contact=case.do_not_contact,
        age_at_report=age.years if age else None,
        age_at_event=age_at_event(case.child, report.event_at),
        opened_at=report.received_at,
        last_event_at=now,
        previous_id=case.id,
    )


def _owner(session: Session, actor: Actor, case: Case) -> Any:
    """The worker who reopens; otherwise who had the case, if still a worker of the unit and not
    kept out of it since."""
    if actor.role is Role.CP_WORKER:
        return actor.id
    return session.scalar(
        select(User.id).where(
            User.id == case.owner_id,
            User.unit_id == case.unit_id,
            User.role == Role.CP_WORKER,
            User.is_active,
            User.id.not_in(kept_out_of(case.child_id)),
        )
    )


def _where(case: Case) -> Destination:
    """The unit that worked the case works the further episode."""
    if case.unit is None or case.commune_code is None:
        raise ValueError("a closed case was worked by the unit of a commune")
    return Destination(case.commune_code, case.unit.id, case.unit.name, case.owner_id)


def _tell_reopening(
    session: Session, actor: Actor, old: Case, new: Case, data: ReopeningData, now: datetime
) -> None:
    """On both timelines, each with the number of the other; why only on that of the new episode,
    whose report tells it."""
    for case, other, facts in (
        (old, new, {"next": new.number}),
        (new, old, {"previous": old.number}),
    ):
        add_event(
            session,
            case=case,
            key=old.child.key,
            actor=actor,
            kind=EventKind.REOPENED,
            section=Section.EVENT,
            happened_at=data.received_at,
            now=now,
            facts=facts,
            note=data.reason if case is new else None,
            subject_id=other.id,
            tells_account=case is new,
        )
    record(
        session,
        actor,
        AuditAction.CASE_REOPENED,
        at=now,
        case_id=new.id,
        subject_id=new.id,
        data={"previous": old.id},
    )
