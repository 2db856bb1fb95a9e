"""Who drafts, sends, receives and reads reports: a commune's own people and the Department of
Health, that holds the files themselves. Nobody else."""

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission, rule
from app.indicators.models import PeriodicReport
from app.indicators.report_rules import ReportLevel

P = Permission


def receives(actor: Actor) -> bool:
    return has_permission(actor, P.PERIODIC_DECIDE)


def is_own(actor: Actor, report: PeriodicReport) -> bool:
    return report.unit_id == actor.unit_id


def reports_of(actor: Actor) -> Select[PeriodicReport]:
    """The own unit's; for who receives them those of the communes of the area too."""
    wanted, report = select(PeriodicReport), PeriodicReport
    if not receives(actor):
        return wanted.where(report.unit_id == actor.unit_id)
    of_area = report.level == ReportLevel.COMMUNE
    if actor.commune_code is not None:
        of_area &= report.commune_code == actor.commune_code
    return wanted.where(or_(of_area, report.unit_id == actor.unit_id))


def report_file(actor: Actor) -> Select[PeriodicReport]:
    """One of them with its unit."""
    return reports_of(actor).options(joinedload(PeriodicReport.unit, innerjoin=True))


@rule(P.PERIODIC_READ)
def can_read(actor: Actor, report: PeriodicReport) -> bool:
    return is_own(actor, report) or receives(actor)


@rule(P.PERIODIC_DRAFT)
def can_draft(actor: Actor, report: PeriodicReport) -> bool:
    return is_own(actor, report)


@rule(P.PERIODIC_SUBMIT)
def can_submit(actor: Actor, report: PeriodicReport) -> bool:
    return is_own(actor, report)


@rule(P.PERIODIC_DECIDE)
def can_decide(actor: Actor, report: PeriodicReport) -> bool:
    """Of a commune: to receive or to return it. Of the province: to note what was answered above,
    where nobody has an account."""
    return report.level is ReportLevel.COMMUNE or is_own(actor, report)
