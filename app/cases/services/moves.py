"""Handing cases over: to another unit (offer, answer), out of the province."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, joinedload

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess
from app.auth.permissions import Section
from app.cases.closing import MOVED
from app.cases.enums import EventKind
from app.cases.models import Case, CaseTransfer
from app.cases.models.moves import TransferAnswered, TransferPending, TransferState
from app.cases.services.destination import NOBODY_THERE, destination_of, province_units
from app.cases.services.editing import lock
from app.cases.services.owner import name_of_worker, require_not_kept_out
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import InvalidInput
from app.deadlines.services import move as move_clocks
from app.deadlines.services import void_all

OWN_PROVINCE = "33"  # Hưng Yên, of the list `provinces`


@dataclass(frozen=True, slots=True)
class Target:
    """Where a case is to go: a commune, a unit of the province, or a body of another province."""

    commune_code: str | None = None
    unit_id: uuid.UUID | None = None
    province: str | None = None
    body: str | None = None

    @property
    def is_outside(self) -> bool:
        return self.commune_code is None and self.unit_id is None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The paper by which a body outside the province confirms that it took over."""

    number: str
    day: date
    answer: str


def offer_transfer(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    to: Target,
    reason: str,
    note: str,
    now: datetime,
) -> CaseTransfer:
    """Offer the case to a commune or a unit of the province, or note that a body of another
    province is asked to take it.

    The unit that offers answers for the case until the other has accepted. `case` comes with its
    child. Raises CaseEnded, NotRoutedYet, TransferPending, InvalidInput.
    """
    lock(session, case)
    case.require_open()
    open_offer = select(CaseTransfer.id).where(
        CaseTransfer.case_id == case.id, CaseTransfer.state == TransferState.OFFERED
    )
    if session.scalar(open_offer) is not None:
        raise TransferPending
    transfer = CaseTransfer(
        key=case.child.key,
        case_id=case.id,
        from_unit_id=case.unit_id,
        to_unit_id=_unit_of(session, case, to),
        to_body=to.body if to.is_outside else None,
        to_province=to.province if to.is_outside else None,
        reason=reason,
        note=note,
        offered_by=actor.id,
        offered_at=now,
    )
    session.add(transfer)
    facts = {
        "commune": to.commune_code,
        "unit": to.unit_id and str(to.unit_id),
        "province": transfer.to_province,
        "outside": to.is_outside,
    }
    _tell(session, actor, case, transfer, EventKind.TRANSFER_OFFERED, reason, now, **facts)
    data = {"commune": to.commune_code, "unit_id": to.unit_id, "province": to.is_outside}
    _record(session, actor, case, transfer.id, AuditAction.TRANSFER_OFFERED, now, **data)
    session.flush()
    return transfer


def _unit_of(session: Session, case: Case, to: Target) -> uuid.UUID | None:
    if to.is_outside:
        if to.province is None or to.province == OWN_PROVINCE:
            raise InvalidInput("province", _l("Chọn tỉnh, thành phố khác."))
        return None
    if to.unit_id is not None:
        return _province_unit(session, case, to.unit_id)
    found = destination_of(session, to.commune_code)
    if found is None:
        raise InvalidInput(
            "commune",
            NOBODY_THERE,
        )
    if found.unit_id == case.unit_id:
        raise InvalidInput("commune", _l("Hồ sơ đang ở xã, phường này rồi."))
    return found.unit_id


def _province_unit(session: Session, case: Case, unit_id: uuid.UUID) -> uuid.UUID:
    """One that has somebody to answer for the case, and that does not have it already."""
    if unit_id not in {known for known, _name in province_units(session)}:
        raise InvalidInput("unit", _l("Đơn vị này không có người làm công tác bảo vệ trẻ em nào."))
    if unit_id == case.unit_id:
        raise InvalidInput("unit", _l("Hồ sơ đang ở đơn vị này rồi."))
    return unit_id


def withdraw_transfer(
    session: Session, *, actor: Actor, case: Case, transfer_id: uuid.UUID, now: datetime
) -> CaseTransfer | None:
    """The unit that offered takes the offer back. None where the case has no such offer.

    Raises TransferAnswered.
    """
    lock(session, case)
    transfer = _of_case(session, case, transfer_id)
    if transfer is None:
        return None
    transfer.end(TransferState.WITHDRAWN, by=actor.id, answer=None, now=now)
    _answered(session, actor, case, transfer, None, now)
    return transfer


def accept_transfer(
    session: Session,
    *,
    actor: Actor,
    transfer: CaseTransfer,
    owner_id: uuid.UUID,
    answer: str | None,
    now: datetime,
) -> Case:
    """The unit that was asked takes the case over, with somebody responsible at once.

    Access of the former unit ends with it; the clocks go along. Raises TransferAnswered, CaseEnded,
    InvalidInput("owner_id"), KeptOut.
    """
    case = _locked_case(session, transfer)
    if transfer.to_unit_id is None or transfer.to_unit_id != actor.unit_id:
        raise TransferAnswered
    if name_of_worker(session, actor.unit_id, owner_id) is None:
        raise InvalidInput("owner_id", _l("Chọn một người đang làm việc của đơn vị."))
    require_not_kept_out(session, case, owner_id)
    transfer.end(TransferState.ACCEPTED, by=actor.id, answer=answer, now=now)
    _answered(session, actor, case, transfer, answer, now)
    # a unit of the province has no commune of its own: the case keeps the one it is about
    commune = actor.commune_code or case.commune_code
    case.move(actor.unit_id, owner_id, commune)
    _move_access(session, case, now)
    move_clocks(session, subject_id=case.id, unit_id=actor.unit_id, commune_code=commune)
    session.flush()
    for follow in MOVED:
        follow(session, case)
    return case


def decline_transfer(
    session: Session, *, actor: Actor, transfer: CaseTransfer, answer: str, now: datetime
) -> None:
    """The case stays where it is. Raises TransferAnswered."""
    case = _locked_case(session, transfer)
    if transfer.to_unit_id is None or transfer.to_unit_id != actor.unit_id:
        raise TransferAnswered
    transfer.end(TransferState.DECLINED, by=actor.id, answer=answer, now=now)
    _answered(session, actor, case, transfer, answer, now)


def confirm_outside(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    transfer_id: uuid.UUID,
    receipt: Receipt,
    now: datetime,
) -> CaseTransfer | None:
    """A body outside the province has confirmed in writing that it took over: it ends here.

    None where the case has no such offer. Raises TransferAnswered, CaseEnded,
    InvalidInput("receipt_on").
    """
    lock(session, case)
    transfer = _of_case(session, case, transfer_id)
    if transfer is None or transfer.to_unit_id is not None:
        return None
    _check_receipt(transfer, receipt, now)
    transfer.receipt_number, transfer.receipt_on = receipt.number, receipt.day
    transfer.end(TransferState.ACCEPTED, by=actor.id, answer=receipt.answer, now=now)
    _answered(session, actor, case, transfer, receipt.answer, now)
    case.leave_province(now=now)
    void_all(session, subject_id=case.id, now=now)
    session.flush()
    return transfer


def _check_receipt(transfer: CaseTransfer, receipt: Receipt, now: datetime) -> None:
    if receipt.day > clock.local(now).date():
        raise InvalidInput("receipt_on", _l("Ngày này chưa đến."))
    offered_on = clock.local(transfer.offered_at).date()
    if receipt.day < offered_on:
        day = f"{offered_on:%d/%m/%Y}"
        words = _l("Ngày văn bản phải từ %(day)s (ngày đề nghị) trở đi.", day=day)
        raise InvalidInput("receipt_on", words)


def _of_case(session: Session, case: Case, transfer_id: uuid.UUID) -> CaseTransfer | None:
    return session.scalars(
        select(CaseTransfer)
        .where(CaseTransfer.id == transfer_id, CaseTransfer.case_id == case.id)
        .with_for_update(of=CaseTransfer)
    ).one_or_none()


def _locked_case(session: Session, transfer: CaseTransfer) -> Case:
    """The case of an offer, locked before the offer is looked at again."""
    case = session.scalars(
        select(Case)
        .where(Case.id == transfer.case_id)
        .options(joinedload(Case.child, innerjoin=True))
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    ).one()
    session.refresh(transfer, ["state", "version"])
    case.require_open()
    return case


def _move_access(session: Session, case: Case, now: datetime) -> None:
    """Who saw the case because they worked it sees it no more; who works it now does."""
    session.execute(
        update(CaseAccess)
        .where(
            CaseAccess.case_id == case.id,
            CaseAccess.reason.in_((AccessReason.UNIT_WORKS, AccessReason.ASSIGNED)),
            or_(CaseAccess.until.is_(None), CaseAccess.until > now),
        )
        .values(until=now)
    )
    for holder, reason in (
        (case.unit_id, AccessReason.UNIT_WORKS),
        (case.owner_id, AccessReason.ASSIGNED),
    ):
        session.add(
            CaseAccess(
                case_id=case.id,
                child_id=case.child_id,
                holder_id=holder,
                reason=reason,
                since=now,
            )
        )


def _answered(
    session: Session,
    actor: Actor,
    case: Case,
    transfer: CaseTransfer,
    answer: str | None,
    now: datetime,
) -> None:
    decision, kind = transfer.state.value, EventKind.TRANSFER_ANSWERED
    _tell(session, actor, case, transfer, kind, answer, now, decision=decision)
    _record(
        session, actor, case, transfer.id, AuditAction.TRANSFER_ANSWERED, now, decision=decision
    )
    session.flush()


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    transfer: CaseTransfer | None,
    kind: EventKind,
    note: str | None,
    now: datetime,
    **facts: Any,
) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=Section.EVENT,
        happened_at=now,
        now=now,
        facts=facts,
        note=note,
        subject_id=transfer.id if transfer else None,
    )


def _record(
    session: Session,
    actor: Actor,
    case: Case,
    subject_id: uuid.UUID,
    action: AuditAction,
    now: datetime,
    **data: Any,
) -> None:
    record(session, actor, action, at=now, case_id=case.id, subject_id=subject_id, data=data)
