"""Which cases a person may know about, and what the object rules add to the role table."""

import uuid

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, raiseload

from app.auth.actor import Actor
from app.auth.grants import CaseAccess, denied_children, denied_reports, granted, sees_whole_area
from app.auth.models import Unit, User
from app.auth.permissions import WORKS, Permission, rule, sections_of
from app.cases.models import Case, CaseTransfer, Export, Report, SavedView
from app.cases.models.exports import ExportState


def visible_to(actor: Actor) -> Select[Case]:
    """The cases whose content this actor may open; lists, searches and look-ups start here."""
    if not sections_of(actor):
        return select(Case).where(Case.id.is_(None))
    if sees_whole_area(actor):
        cases = select(Case).where(Case.child_id.not_in(denied_children(actor)))
        if actor.commune_code is None:
            return cases
        return cases.where(Case.commune_code == actor.commune_code)
    return select(Case).where(Case.id.in_(granted(actor, CaseAccess.case_id)))


def visible_ids(actor: Actor) -> Select[uuid.UUID]:
    """The ids of `visible_to`; a worker's without a look at each case."""
    if sections_of(actor) and not sees_whole_area(actor):
        return granted(actor, CaseAccess.case_id)
    return visible_to(actor).with_only_columns(Case.id)


def case_file(actor: Actor) -> Select[Case]:
    """A visible case with what its head shows: child, unit, owner; one statement."""
    return visible_to(actor).options(
        joinedload(Case.child, innerjoin=True),
        joinedload(Case.unit),
        joinedload(Case.owner).load_only(User.name).options(raiseload(User.key)),
    )


def reports_of(actor: Actor) -> Select[Report]:
    """The reports whose state this actor may follow: those of the unit, for a supervisor all; none
    of a child from whom the actor is kept out."""
    reports = select(Report).where(Report.id.not_in(denied_reports(actor)))
    if sees_whole_area(actor) and actor.commune_code is None:
        return reports
    if sees_whole_area(actor):
        return reports.where(Report.event_commune == actor.commune_code)
    return reports.where(Report.taken_by_unit_id == actor.unit_id)


def views_of(actor: Actor) -> Select[SavedView]:
    """The views of the list that this person keeps; nobody else's."""
    return select(SavedView).where(SavedView.user_id == actor.id)


def own_exports(actor: Actor) -> Select[Export]:
    """The exports that this person asked for as what they still are: unit and role."""
    return select(Export).where(
        Export.by_id == actor.id, Export.unit_id == actor.unit_id, Export.role == actor.role
    )


def exports_to_decide(actor: Actor) -> Select[Export]:
    """What others of the unit, or of a supervisor's area, asked for: as far as all that is in it
    is open to the actor. One's own is not among it."""
    asked = select(Export).where(
        Export.by_id != actor.id,
        Export.decided_by.is_not(None) | (Export.state == ExportState.ASKED),
        Export.sections.contained_by(sorted(sections_of(actor))),
    )
    if not sees_whole_area(actor):
        return asked.where(Export.unit_id == actor.unit_id)
    if actor.commune_code is None:
        return asked
    units = select(Unit.id).where(Unit.commune_code == actor.commune_code)
    return asked.where(Export.unit_id.in_(units))


@rule(Permission.CASE_EXPORT)
def can_use_export(actor: Actor, export: Export) -> bool:
    return export.by_id == actor.id


@rule(Permission.EXPORT_DECIDE)
def can_decide_export(actor: Actor, export: Export) -> bool:
    return export.by_id != actor.id


@rule(Permission.CASE_LIST)
def can_use_view(actor: Actor, view: SavedView) -> bool:
    return view.user_id == actor.id


@rule(Permission.REPORT_STATE)
def can_follow(actor: Actor, report: Report) -> bool:
    return sees_whole_area(actor) or report.taken_by_unit_id == actor.unit_id


@rule(Permission.REPORT_ROUTE)
def can_route(actor: Actor, report: Report) -> bool:
    return sees_whole_area(actor) or report.taken_by_unit_id == actor.unit_id


def _works_it(actor: Actor, case: Case) -> bool:
    return case.unit_id is not None and case.unit_id == actor.unit_id


WORKS.append(lambda actor, subject: isinstance(subject, Case) and _works_it(actor, subject))


@rule(Permission.CASE_READ)
def can_read(actor: Actor, case: Case) -> bool:
    return bool(sections_of(actor))


for _permission in (
    Permission.CASE_VERIFY,
    Permission.CASE_ASSESS,
    Permission.CASE_ASSIGN,
    Permission.MEASURE_RECORD,
    Permission.MEETING_RECORD,
    Permission.PLAN_EDIT,
    Permission.PLAN_DECIDE,
    Permission.CARE_RECORD,
    Permission.CARE_DECIDE,
    Permission.SHELTER_READ,
    Permission.SERVICE_RECORD,
    Permission.VISIT_RECORD,
    Permission.REVIEW_RECORD,
    Permission.CLOSE_DECIDE,
    Permission.CASE_REOPEN,
    Permission.FILE_ADD,
    Permission.EXTENSION_ASK,
    Permission.INFORMANT_READ,
):
    rule(_permission)(_works_it)


@rule(Permission.OVERRIDE_DECIDE)
def can_decide_override(actor: Actor, case: Case) -> bool:
    return _works_it(actor, case) or sees_whole_area(actor)


@rule(Permission.EXTENSION_DECIDE)
def can_decide_extension(actor: Actor, case: Case) -> bool:
    return _works_it(actor, case) or sees_whole_area(actor)


@rule(Permission.DOCUMENT_PRINT)
def can_print(actor: Actor, case: Case) -> bool:
    """Who opened the file in an emergency reads it on the screen, and takes nothing away."""
    return _works_it(actor, case) or sees_whole_area(actor)


@rule(Permission.CASE_TRANSFER)
def can_transfer(actor: Actor, subject: Case | CaseTransfer) -> bool:
    """A case of one's own unit, or an offer that waits for one's unit."""
    if isinstance(subject, CaseTransfer):
        return subject.to_unit_id == actor.unit_id
    return _works_it(actor, subject)


@rule(Permission.FILE_READ)
def can_read_files(actor: Actor, case: Case) -> bool:
    return bool(sections_of(actor))


@rule(Permission.DOSSIER_MAKE)
def can_make_dossier(actor: Actor, case: Case) -> bool:
    return _works_it(actor, case) or sees_whole_area(actor)


@rule(Permission.DENIAL_MANAGE)
def can_manage_denials(actor: Actor, case: Case) -> bool:
    return _works_it(actor, case) or sees_whole_area(actor)


@rule(Permission.HOLD_MANAGE)
def can_hold(actor: Actor, case: Case) -> bool:
    return sees_whole_area(actor)


for _permission in (Permission.ERASURE_ASK, Permission.ERASURE_DECIDE):
    rule(_permission)(can_manage_denials)


@rule(Permission.AUDIT_READ)
def can_audit(actor: Actor, case: Case) -> bool:
    return sees_whole_area(actor)
