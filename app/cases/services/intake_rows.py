"""The rows that a report becomes. Ids are made here, so that nothing is read back."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess
from app.cases.enums import CaseState
from app.cases.models import Case, Informant, Report
from app.cases.report_data import ReportData, ReportedChild, ReportedParent
from app.cases.services.destination import Destination
from app.cases.services.event_ages import age_at_event
from app.core import clock
from app.core.crypto import keyring
from app.core.ids import new_id
from app.core.sealed import DataKey
from app.people.models import Carer, Child
from app.reference.names import search_key


def report_row(actor: Actor, data: ReportData, to: Destination | None, now: datetime) -> Report:
    return Report(
        key=DataKey.new(),
        form_version=data.form_version,
        category=data.category,
        channel=data.channel,
        doc_no=data.doc_no,
        received_at=data.received_at,
        typed_at=now,
        taken_by_unit_id=actor.unit_id,
        received_by_id=actor.id,
        event_commune=data.event_commune,
        event_at=data.event_at,
        abuse_forms=list(data.abuse_forms),
        sc_groups=list(data.sc_groups),
        abuse_setting=data.abuse_setting,
        perpetrator_relation=data.perpetrator_relation,
        is_present_danger=data.is_present_danger,
        is_caregiver_suspected=data.is_caregiver_suspected,
        routed_at=now if to else None,
        routed_to_unit_id=to.unit_id if to else None,
        **asdict(data.texts),
    )


def child_row(reported: ReportedChild, data: ReportData, now: datetime) -> Child:
    day = clock.local(data.received_at).date()
    is_estimated = reported.dob is None and reported.estimated_age is not None
    return Child(
        key=DataKey.new(),
        full_name=reported.full_name,
        dob=reported.dob.value.isoformat() if reported.dob else None,
        dob_precision=reported.dob_precision,
        birth_year=reported.birth_year(day),
        estimated_age=reported.estimated_age if is_estimated else None,
        estimated_on=day if is_estimated else None,
        sex=reported.sex,
        national_id=reported.national_id,
        national_id_hash=_lookup(reported.national_id),
        ethnicity=reported.ethnicity,
        residence_commune=reported.residence_commune,
        residence_text=reported.residence_text,
        created_at=now,
    )


def _lookup(national_id: str | None) -> bytes | None:
    return keyring().lookup("national_id", national_id) if national_id else None


def case_row(
    reported: ReportedChild,
    child: Child,
    report: Report,
    to: Destination | None,
    now: datetime,
) -> Case:
    """The child's case; its number is given later."""
    return Case(
        id=new_id(),
        child_id=child.id,
        report_id=report.id,
        unit_id=to.unit_id if to else None,
        owner_id=to.owner_id if to else None,
        commune_code=to.commune_code if to else None,
        category=report.category,
        abuse_forms=list(report.abuse_forms),
        state=CaseState.RECEIVED,
        do_not_contact=report.is_caregiver_suspected,
        age_at_report=reported.age_on(clock.local(report.received_at).date()),
        age_at_event=age_at_event(child, report.event_at),
        opened_at=report.received_at,
        last_event_at=now,
    )


def carer_rows(data: ReportData, child: Child) -> Iterator[Carer]:
    """Father and mother, each with the child's own key. A suspect may be unnamed."""
    for parent in data.parents:
        is_suspected = data.perpetrator_relation == parent.relation
        if not (parent.is_known or is_suspected):
            continue
        year = clock.local(data.received_at).year
        yield Carer(
            key=child.key,
            child_id=child.id,
            relation=parent.relation,
            full_name=parent.full_name,
            birth_year=None if parent.age is None else year - parent.age,
            occupation=parent.occupation,
            is_caregiver=_is_caregiver(parent, data),
            is_suspected=is_suspected,
        )


def _is_caregiver(parent: ReportedParent, data: ReportData) -> bool:
    """The parent who is named as the caregiver, or who is the suspected caregiver."""
    if data.is_caregiver_suspected and data.perpetrator_relation == parent.relation:
        return True
    named = search_key(parent.full_name or "")
    return bool(named) and named in search_key(data.texts.current_caregiver or "")


def informant_rows(data: ReportData, report: Report) -> Iterator[Informant]:
    """The informant, under a data key of its own; none without consent."""
    if data.informant is not None and data.informant.is_known:
        yield Informant(key=DataKey.new(), report_id=report.id, **asdict(data.informant))


def access_rows(
    actor: Actor, case: Case, to: Destination | None, now: datetime
) -> Iterator[CaseAccess]:
    """The commune's unit works the case; another unit that took the report follows its state."""
    if to is not None:
        yield working_access(case, to, now)
    if to is None or to.unit_id != actor.unit_id:
        yield CaseAccess(
            case_id=case.id,
            child_id=case.child_id,
            holder_id=actor.unit_id,
            reason=AccessReason.REPORTED,
            since=now,
        )


def working_access(case: Case, to: Destination, now: datetime) -> CaseAccess:
    return CaseAccess(
        case_id=case.id,
        child_id=case.child_id,
        holder_id=to.unit_id,
        reason=AccessReason.UNIT_WORKS,
        since=now,
    )
