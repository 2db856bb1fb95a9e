"""The register of agreements: a new one, a newer version, the end."""

from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.queries import last_change
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.referrals.models import Agreement


@dataclass(frozen=True, slots=True)
class AgreementData:
    """As the columns of Agreement: kinds of units, sections of a file."""

    title: str
    number: str
    parties: tuple[str, ...]
    sections: tuple[str, ...]
    signed_on: date
    expires_on: date | None = None


def record_agreement(
    session: Session, *, actor: Actor, data: AgreementData, now: datetime
) -> Agreement:
    """Raises InvalidInput."""
    _check(data, clock.local(now).date())
    made = Agreement(
        title=data.title,
        number=data.number,
        parties=sorted(data.parties),
        sections=sorted(data.sections),
        signed_on=data.signed_on,
        expires_on=data.expires_on,
        by_id=actor.id,
        recorded_at=now,
    )
    session.add(made)
    session.flush()
    _record(session, actor, made, "recorded", now)
    return made


def renew_agreement(
    session: Session,
    *,
    actor: Actor,
    agreement: Agreement,
    data: AgreementData,
    expected_version: int,
    now: datetime,
) -> Agreement:
    """A newer version takes its place from now on; the old row stays as it was.

    Raises InvalidInput, StaleEdit where another was faster.
    """
    session.refresh(agreement, with_for_update=True)
    if agreement.version != expected_version or agreement.ended_at is not None:
        who = last_change(session, agreement.id)
        state = _("Đã chấm dứt hoặc đã có bản mới") if agreement.ended_at else agreement.title
        raise StaleEdit([(agreement.number, state, who)], agreement.version)
    made = record_agreement(session, actor=actor, data=data, now=now)
    agreement.end(now=now)
    session.flush()
    _record(session, actor, agreement, "replaced", now)
    return made


def end_agreement(session: Session, *, actor: Actor, agreement: Agreement, now: datetime) -> None:
    """Raises AgreementEnded."""
    session.refresh(agreement, with_for_update=True)
    agreement.end(now=now)
    session.flush()
    _record(session, actor, agreement, "ended", now)


def _check(data: AgreementData, today: date) -> None:
    if len({*data.parties}) < 2:
        raise InvalidInput("parties", _l("Chọn ít nhất hai loại cơ quan."))
    if not data.sections:
        raise InvalidInput("sections", _l("Chọn ít nhất một phần được chia sẻ."))
    if data.signed_on > today:
        raise InvalidInput("signed_on", _l("Ngày này chưa đến."))
    if data.expires_on is not None and data.expires_on < data.signed_on:
        raise InvalidInput("expires_on", _l("Ngày hết hiệu lực phải sau ngày ký."))


def _record(session: Session, actor: Actor, agreement: Agreement, step: str, now: datetime) -> None:
    record(
        session,
        actor,
        AuditAction.AGREEMENT_CHANGED,
        at=now,
        subject_id=agreement.id,
        data={"step": step, "parties": agreement.parties},
    )
