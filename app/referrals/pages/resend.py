"""Where the same need may go: the units of the directory with what speaks against each."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import sections_of
from app.cases.pages.links import link
from app.referrals.enums import ReferralKind
from app.referrals.errors import NotSentOn, ReferralChanged
from app.referrals.forms.sender import ResendForm
from app.referrals.models import Referral
from app.referrals.pages.lines import Mark, service_words, state_mark
from app.referrals.pages.quotes import Quote, quotes_for_sender
from app.referrals.policy import words_open_to
from app.referrals.queries.directory import Candidate, Wanted, candidates
from app.referrals.queries.referral import steps_of
from app.referrals.rules import rules_numbered
from app.web.filters import phone, vn_datetime
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Place:
    """One unit. `warnings` may be overruled by the click."""

    unit_id: uuid.UUID
    name: str
    detail: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResendPage:
    url: str
    back_url: str
    number: str
    service: str
    state: Mark
    is_open: bool
    quotes: tuple[Quote, ...]
    places: Sequence[Place]
    must_accept: bool


def require_resendable(referral: Referral) -> None:
    """Raises NotSentOn, ReferralChanged."""
    if referral.kind is ReferralKind.PROSECUTION:
        raise NotSentOn
    if not referral.may_be_sent_on:
        raise ReferralChanged


def resend_page(
    session: Session, actor: Actor, *, referral: Referral, form: ResendForm, now: datetime
) -> ResendPage:
    """Two statements, and the reading on the log."""
    record(
        session,
        actor,
        AuditAction.REFERRAL_READ,
        at=now,
        case_id=referral.case_id,
        subject_id=referral.id,
        sections=sections_of(actor),
        data={"state": referral.state.value, "view": "resend"},
    )
    wanted = Wanted(referral.commune_code, referral.age, referral.sex)
    found = candidates(session, [referral.service], wanted, now=now)[referral.service]
    section = rules_numbered(referral.rules_version).services[referral.service].section
    steps = steps_of(session, referral, with_words=words_open_to(actor, section))
    not_again = {referral.to_unit_id, referral.case.unit_id}
    return ResendPage(
        url=link("referrals.resend", referral_id=referral.id),
        back_url=link("referrals.show", referral_id=referral.id),
        number=referral.number,
        service=service_words(referral.service),
        state=state_mark(referral.state),
        is_open=referral.is_open,
        quotes=quotes_for_sender(referral, steps),
        places=[_place(one) for one in found if one.unit.id not in not_again],
        must_accept=bool(form.form_errors),
    )


def _place(one: Candidate) -> Place:
    offer = one.offer
    said = [_("đang mở cửa") if one.is_open else _("hiện ngoài giờ")]
    if offer.is_emergency:
        said = [_("trực ngày đêm")]
    if offer.places is not None and offer.places_at is not None:
        said.append(
            _("%(n)s chỗ, cập nhật %(when)s", n=offer.places, when=vn_datetime(offer.places_at))
        )
    elif offer.places is not None:
        said.append(_("%(n)s chỗ", n=offer.places))
    if offer.phone:
        said.append(_("trực: %(phone)s", phone=phone(offer.phone)))
    return Place(one.unit.id, one.unit.name, " · ".join(said), tuple(_warnings(one)))


def _warnings(one: Candidate) -> Iterable[str]:
    if one.is_full:
        yield _("Đơn vị này báo đang hết chỗ.")
    if not one.fits:
        yield _("Đơn vị này không nhận trẻ em ở độ tuổi hoặc giới tính này.")
