"""Passing on a report whose commune was not known at first."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session, joinedload

from app.auth.actor import Actor
from app.auth.models import Unit, User
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent, Report
from app.cases.services.destination import NOBODY_THERE, Destination, destination_of
from app.cases.services.editing import lock_all
from app.cases.services.intake import tell_routing
from app.cases.services.intake_rows import working_access
from app.core import clock
from app.core.errors import DomainError, InvalidInput
from app.deadlines import services as deadlines


class ReportAlreadyRouted(DomainError):
    """Someone was faster; the message says who, where to and when."""

    message = _l("Tin báo này đã được chuyển đi rồi.")

    def __init__(self, name: str | None, unit: str | None, at: datetime | None) -> None:
        super().__init__()
        if name and unit and at:
            self.message = _l(
                "Tin báo này đã được %(name)s chuyển đến %(unit)s lúc %(when)s.",
                name=name,
                unit=unit,
                when=clock.local(at).strftime("%H:%M %d/%m/%Y"),
            )


def route_report(
    session: Session, *, actor: Actor, report: Report, commune_code: str, now: datetime
) -> Destination:
    """Send an unrouted report to the commune of the event, once.

    Raises ReportAlreadyRouted for the second of two, InvalidInput where no unit serves the commune.
    """
    to = destination_of(session, commune_code)
    if to is None:
        raise InvalidInput(
            "event_commune",
            NOBODY_THERE,
        )
    cases = lock_all(session, _cases_of(report))
    routed = session.execute(
        update(Report)
        .where(Report.id == report.id, Report.routed_at.is_(None))
        .values(
            routed_at=now,
            routed_to_unit_id=to.unit_id,
            event_commune=commune_code,
            version=Report.version + 1,
        )
        .returning(Report.id)
        .execution_options(synchronize_session=False)
    ).first()
    if routed is None:
        raise _already(session, report)
    session.expire(report)
    for case in cases:
        _hand_over(session, actor, case, to, now)
    session.flush()
    return to


def _cases_of(report: Report) -> Select[Case]:
    of_report = select(Case).where(Case.report_id == report.id)
    return of_report.options(joinedload(Case.child, innerjoin=True))


def _hand_over(session: Session, actor: Actor, case: Case, to: Destination, now: datetime) -> None:
    case.unit_id, case.owner_id, case.commune_code = to.unit_id, to.owner_id, to.commune_code
    session.add(working_access(case, to, now))
    deadlines.move(session, subject_id=case.id, unit_id=to.unit_id, commune_code=to.commune_code)
    deadlines.meet(session, subject_id=case.id, rule_key="T_ROUTE", happened_at=now, now=now)
    tell_routing(session, actor, case, case.child.key, to, now)


def _already(session: Session, report: Report) -> ReportAlreadyRouted:
    """Who was faster, from the timeline."""
    who = (
        select(User.name, Unit.name.label("unit"), CaseEvent.happened_at)
        .select_from(CaseEvent)
        .join(Case, Case.id == CaseEvent.case_id)
        .join(Report, Report.id == Case.report_id)
        .join(User, User.id == CaseEvent.by_id)
        .join(Unit, Unit.id == Report.routed_to_unit_id)
        .where(Report.id == report.id, CaseEvent.kind == EventKind.ROUTED)
    )
    row = session.execute(who.limit(1)).first()
    return ReportAlreadyRouted(*row) if row else ReportAlreadyRouted(None, None, None)
