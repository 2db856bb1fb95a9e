"""The request to prosecute (TTLT 01/2022, art. 8): the worker drafts, the Chair signs; signed, it
goes to the investigators as a referral with its documents, and the procuracy is told at once."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import Unit, UnitKind
from app.cases.enums import EventKind
from app.cases.models import Case, CaseFile
from app.cases.services.editing import lock
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.reference.library import code_list, form_definition
from app.referrals.enums import (
    RUNNING,
    ProsecutionState,
    ReferralKind,
    ResultSource,
    Urgency,
)
from app.referrals.models import (
    ProsecutionRequest,
    ProsecutionResult,
    Referral,
    ReferralFile,
    ReferralRequest,
)
from app.referrals.models.prosecution import ProsecutionChanged
from app.referrals.queries.prosecution import SECTION, files_to_send, unsigned_of
from app.referrals.rules import rules
from app.referrals.services.answers import complete_referral
from app.referrals.services.requests import alerts_of, send, wanted_for

NUMBER = re.compile(r"(?P<order>[0-9]{1,6})/KN-UBND")
FORM, SERVICE, GROUND = "prosecution", "crime_report", "crime"
# what the result means for the referral that brought the request
OUTCOMES = {"passed_on": "passed_on", "suspended": "partly"}


@dataclass(frozen=True, slots=True)
class DraftText:
    """What the worker writes. `version` is that of the draft the page showed; 0 for none."""

    to_unit_id: uuid.UUID
    facts: str
    suspect: str | None
    procuracy: str
    file_ids: tuple[uuid.UUID, ...]
    version: int = 0


@dataclass(frozen=True, slots=True)
class ResultData:
    """What the investigators decided, under which number, on which day."""

    code: str
    decided_on: date
    number: str
    note: str | None


def save_request(
    session: Session, *, actor: Actor, case: Case, data: DraftText, now: datetime
) -> ProsecutionRequest:
    """Begin a draft, or change the one there is; one that waits for the Chair is a draft again.

    `case` comes with its child. Raises CaseEnded, StaleEdit, InvalidInput.
    """
    lock(session, case)
    case.require_open()
    _check(session, case, data)
    request = unsigned_of(session, case.id)
    if (request.version if request else 0) != data.version:
        raise StaleEdit([], request.version if request else 0)
    if request is None:
        request = ProsecutionRequest(
            key=case.child.key,
            case_id=case.id,
            unit_id=case.unit_id,
            form_version=form_definition(FORM).version,
            drafted_at=now,
        )
        session.add(request)
    request.state, request.drafted_by, request.submitted_at = (
        ProsecutionState.DRAFT,
        actor.id,
        None,
    )
    request.to_unit_id, request.facts, request.suspect = data.to_unit_id, data.facts, data.suspect
    request.procuracy = data.procuracy
    request.file_ids = sorted(str(file_id) for file_id in data.file_ids)
    session.flush()
    _record(session, actor, case, request, "drafted", now)
    return request


def _check(session: Session, case: Case, data: DraftText) -> None:
    known = select(Unit.id).where(
        Unit.id == data.to_unit_id, Unit.kind == UnitKind.POLICE, Unit.is_active
    )
    if session.scalar(known) is None:
        raise InvalidInput("to_unit_id", _l("Chọn một đơn vị công an đang hoạt động."))
    if not {*data.file_ids} <= {file.id for file in files_to_send(session, case, rules())}:
        raise InvalidInput("file_ids", _l("Có tài liệu không còn, hoặc không được gửi công an."))


def submit_request(session: Session, *, actor: Actor, case: Case, now: datetime) -> None:
    """To the Chair. Raises ProsecutionChanged, CaseEnded."""
    request = _locked(session, case)
    request.submit(now=now)
    _record(session, actor, case, request, "submitted", now)
    session.flush()


def return_request(
    session: Session, *, actor: Actor, case: Case, reason: str, version: int, now: datetime
) -> None:
    """The Chair gives it back. Raises ProsecutionChanged, StaleEdit, CaseEnded."""
    request = _locked(session, case, version)
    request.give_back(reason)
    _record(session, actor, case, request, "returned", now)
    session.flush()


def sign_request(
    session: Session, *, actor: Actor, case: Case, number: str, version: int, now: datetime
) -> ProsecutionRequest:
    """The Chair signs exactly what the page showed; it goes out at once.

    `case` comes with its child. Raises ProsecutionChanged, OwnProsecution, StaleEdit,
    InvalidInput("number"), NotReady, CaseEnded.
    """
    request = _locked(session, case, version)
    request.require_signable(by=actor.id)  # before anything changes
    _number(session, request, number, clock.local(now).year)
    referral = _send(session, actor, case, request, now)
    request.sign(by=actor.id, referral_id=referral.id, now=now)
    facts = {"number": number}
    _tell(session, actor, case, request, EventKind.PROSECUTION_SIGNED, facts, None, now)
    _record(session, actor, case, request, "signed", now)
    session.flush()
    return request


def _number(session: Session, request: ProsecutionRequest, number: str, year: int) -> None:
    """Raises InvalidInput: not a number, or taken already this year."""
    found = NUMBER.fullmatch(number)
    if found is None:
        raise InvalidInput("number", _l("Ghi số văn bản như 12/KN-UBND."))
    try:
        with session.begin_nested():
            request.number, request.number_year = number, year
            request.number_order = int(found["order"])
            session.flush()
    except IntegrityError:
        taken = _l("Số này đã dùng cho một văn bản khác trong năm.")
        raise InvalidInput("number", taken) from None


def _send(
    session: Session, actor: Actor, case: Case, request: ProsecutionRequest, now: datetime
) -> Referral:
    """As an emergency referral of its kind, resting on criminal procedure. Raises NotReady."""
    wanted, now_rules = wanted_for(case, now), rules()
    files = [
        file for file in files_to_send(session, case, now_rules) if str(file.id) in request.file_ids
    ]
    asked = ReferralRequest(case_id=case.id, by_id=actor.id, created_at=now, sent_at=now)
    session.add(asked)
    session.flush()
    referral = Referral(
        key=case.child.key,
        request_id=asked.id,
        case_id=case.id,
        kind=ReferralKind.PROSECUTION,
        rules_version=now_rules.version,
        service=SERVICE,
        urgency=Urgency.EMERGENCY,
        from_unit_id=case.unit_id,
        by_id=actor.id,
        to_unit_id=request.to_unit_id,
        to_unit=request.to_unit,
        age=wanted.age,
        sex=wanted.sex,
        commune_code=case.commune_code,
        alerts=alerts_of(case),
        sections=_sections(files),
        reason=request.facts,
        ground=GROUND,
        ground_reason=f"Văn bản kiến nghị khởi tố số {request.number}",
        created_at=now,
        changed_at=now,
    )
    session.add(referral)
    session.flush()
    session.add_all(ReferralFile(referral_id=referral.id, file_id=file.id) for file in files)
    send(session, actor=actor, case=case, drafts=[referral], accepts_warnings=True, now=now)
    return referral


def _sections(files: Sequence[CaseFile]) -> list[str]:
    """What goes to the police by default, and the sections of the documents that go along."""
    default = {section.value for section in rules().packet(UnitKind.POLICE.value).default}
    return sorted(default | {file.section.value for file in files})


def inform_procuracy(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    request: ProsecutionRequest,
    on: date,
    number: str,
    now: datetime,
) -> None:
    """The letter to the procuracy, which the circular asks for at once.

    Raises ProsecutionChanged, InvalidInput("informed_on"), CaseMoved.
    """
    lock(session, case)
    session.refresh(request, ["state", "informed_on", "version"])
    if request.signed_at is not None and on < clock.local(request.signed_at).date():
        raise InvalidInput("informed_on", _l("Ngày này trước khi văn bản được ký."))
    if on > clock.local(now).date():
        raise InvalidInput("informed_on", _l("Ngày này chưa đến."))
    request.inform(on=on, number=number, by=actor.id)
    facts = {"number": number}
    note = request.procuracy
    _tell(session, actor, case, request, EventKind.PROCURACY_INFORMED, facts, note, now)
    _record(session, actor, case, request, "procuracy", now)
    session.flush()


def record_result(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    request: ProsecutionRequest,
    data: ResultData,
    referral: Referral | None = None,
    now: datetime,
) -> ProsecutionResult:
    """What the investigators decided: by their officer (with the `referral` that came to them,
    which is answered by it), or from their letter.

    Raises ProsecutionChanged, InvalidInput, ReferralChanged.
    """
    lock(session, case)
    session.refresh(request, ["state", "signed_at", "version"])
    _check_result(request, data, now)
    source = ResultSource.LETTER if referral is None else ResultSource.OFFICER
    result = ProsecutionResult(
        key=case.child.key,
        request_id=request.id,
        code=data.code,
        decided_on=data.decided_on,
        number=data.number,
        note=data.note,
        source=source,
        by_id=actor.id,
        at=now,
    )
    session.add(result)
    facts = {"code": data.code, "number": data.number}
    _tell(session, actor, case, request, EventKind.PROSECUTION_RESULT, facts, data.note, now)
    _record(session, actor, case, request, "result", now, code=data.code, source=source.value)
    session.flush()
    if referral is not None and referral.state in RUNNING:
        label = code_list("prosecution_results").label(data.code)
        outcome = OUTCOMES.get(data.code, "met")
        said = f"{label}. {data.note or ''}".strip()
        complete_referral(
            session, actor=actor, referral=referral, outcome=outcome, note=said, now=now
        )
    return result


def _check_result(request: ProsecutionRequest, data: ResultData, now: datetime) -> None:
    if request.state is not ProsecutionState.SIGNED or request.signed_at is None:
        raise ProsecutionChanged
    if data.decided_on > clock.local(now).date():
        raise InvalidInput("decided_on", _l("Ngày này chưa đến."))
    if data.decided_on < clock.local(request.signed_at).date():
        raise InvalidInput("decided_on", _l("Ngày này trước khi văn bản được ký."))
    if data.code != "prosecuted" and not data.note:
        raise InvalidInput("note", _l("Ghi lý do, hoặc cơ quan được chuyển đến."))


def _locked(session: Session, case: Case, version: int | None = None) -> ProsecutionRequest:
    """The unsigned request of a case that is locked and open. Raises ProsecutionChanged, and
    StaleEdit for another version than was shown."""
    lock(session, case)
    case.require_open()
    request = unsigned_of(session, case.id)
    if request is None:
        raise ProsecutionChanged
    if version is not None and request.version != version:
        raise StaleEdit([], request.version)
    return request


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    request: ProsecutionRequest,
    kind: EventKind,
    facts: dict[str, Any],
    note: str | None,
    now: datetime,
) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=SECTION,
        happened_at=now,
        now=now,
        facts=facts,
        note=note,
        subject_id=request.id,
    )


def _record(
    session: Session,
    actor: Actor,
    case: Case,
    request: ProsecutionRequest,
    step: str,
    now: datetime,
    **data: Any,
) -> None:
    record(
        session,
        actor,
        AuditAction.PROSECUTION_CHANGED,
        at=now,
        case_id=case.id,
        subject_id=request.id,
        data={"step": step, "number": request.number, **data},
    )
