"""What must be true of a referral before it leaves: receiver, packet, ground, the child's word."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.permissions import COMPARTMENTS, Section
from app.cases.labels import SECTIONS
from app.cases.models import Case
from app.core.errors import DomainError
from app.reference.library import code_list
from app.referrals.enums import OPEN, ReferralKind
from app.referrals.models import Consent, Referral, ServiceOffer
from app.referrals.rules import OUTSIDE, ReferralRules

CONSENT = "consent"
SHORTEST_REASON = 10
REASON_OF_CLOSED = 30
OWN_WORD = frozenset({"child", "both"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend at a field of one draft. A warning may be sent all the same."""

    referral_id: uuid.UUID
    field: str
    text: LazyString | str
    is_warning: bool = False


class NotReady(DomainError):
    """Some drafts cannot be sent as they are; nothing was sent."""

    status = 422
    message = _l("Chưa gửi được: có phiếu cần sửa.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Known:
    """What the checks look at, read once for all drafts."""

    case: Case
    rules: ReferralRules
    offers: dict[tuple[uuid.UUID, str], ServiceOffer]
    open_pairs: frozenset[tuple[uuid.UUID | None, str]]
    today: date


def problems_of(referral: Referral, known: Known) -> Iterable[Problem]:
    """Everything that stands in the way of one draft, in the order of the page."""
    for field, text, is_warning in (
        *_receiver(referral, known),
        *_packet(referral, known),
        *_ground(referral, known),
        *_compartments(referral, known),
    ):
        yield Problem(referral.id, field, text, is_warning)


def known_of(
    session: Session, case: Case, drafts: Sequence[Referral], rules: ReferralRules, today: date
) -> Known:
    """Two statements."""
    units = {draft.to_unit_id for draft in drafts if draft.to_unit_id}
    offers = session.scalars(
        select(ServiceOffer).where(ServiceOffer.unit_id.in_(units), ServiceOffer.is_active)
    )
    running = session.execute(
        select(Referral.to_unit_id, Referral.service).where(
            Referral.case_id == case.id,
            Referral.state.in_(OPEN),
            Referral.id.not_in([draft.previous_id for draft in drafts if draft.previous_id]),
        )
    )
    return Known(
        case=case,
        rules=rules,
        offers={(offer.unit_id, offer.service): offer for offer in offers},
        open_pairs=frozenset((unit_id, service) for unit_id, service in running),
        today=today,
    )


Found = Iterable[tuple[str, LazyString | str, bool]]


def _receiver(referral: Referral, known: Known) -> Found:
    unit = referral.to_unit
    if unit is None:
        if not referral.to_body:
            yield "to_unit", _l("Chọn đơn vị nhận, hoặc ghi tên cơ quan ngoài hệ thống."), False
        return
    if unit.id == known.case.unit_id:
        yield "to_unit", _l("Đây là chính đơn vị bạn. Chọn đơn vị khác."), False
    if not unit.is_active:
        yield (
            "to_unit",
            _l("Đơn vị này đã ngừng hoạt động trong hệ thống. Chọn đơn vị khác."),
            False,
        )
    if unit.kind not in known.rules.services[referral.service].kinds:
        yield "to_unit", _l("Loại cơ quan này không làm việc này. Chọn đơn vị khác."), False
    is_report = referral.kind is ReferralKind.SERVICE  # a request to prosecute may follow a report
    if is_report and (unit.id, referral.service) in known.open_pairs:
        yield "to_unit", _l("Đơn vị này đang có một phiếu cho cùng việc này của em."), False
    yield from _offer(referral, known.offers.get((unit.id, referral.service)))


def _offer(referral: Referral, offer: ServiceOffer | None) -> Found:
    """Warnings only: the directory may be behind what a unit can really do."""
    if offer is None:
        yield "to_unit", _l("Danh bạ không ghi đơn vị này làm việc này."), True
        return
    if offer.is_full:
        yield "to_unit", _l("Đơn vị này báo đang hết chỗ."), True
    if not offer.serves(referral.age, referral.sex):
        yield "to_unit", _l("Đơn vị này không nhận trẻ em ở độ tuổi hoặc giới tính này."), True


def _packet(referral: Referral, known: Known) -> Found:
    if not referral.reason:
        yield "reason", _l("Ghi rõ bạn nhờ đơn vị làm gì."), False
    kind = referral.to_unit.kind if referral.to_unit else OUTSIDE
    allowed = {section.value for section in known.rules.packet(kind).allowed}
    if set(referral.sections) - allowed:
        yield "sections", _l("Có phần không được gửi cho loại cơ quan này."), False
    if known.case.do_not_contact and Section.CONTACT.value in referral.sections:
        yield (
            "sections",
            _l("Không liên hệ người chăm sóc: địa chỉ và số điện thoại không được gửi đi."),
            False,
        )


def _ground(referral: Referral, known: Known) -> Found:
    if referral.ground is None or referral.ground not in code_list("referral_grounds"):
        yield "ground", _l("Chọn căn cứ để chia sẻ thông tin của em."), False
    elif referral.ground == CONSENT:
        yield from _consent(referral, referral.consent, known)
    elif len(referral.ground_reason or "") < SHORTEST_REASON:
        yield "ground_reason", _l("Ghi lý do chia sẻ khi không có sự đồng ý."), False


def _compartments(referral: Referral, known: Known) -> Found:
    """HIV and what was told of sexual abuse: named in a consent, or in few cases in a reason."""
    kind = referral.to_unit.kind if referral.to_unit else OUTSIDE
    held = [one for one in Section if one in COMPARTMENTS and one.value in referral.sections]
    if referral.ground == CONSENT or not held:
        return  # the consent is checked for every section
    alone = set(held) - {*known.rules.packet(kind).without_consent}
    if alone:
        named = ", ".join(str(SECTIONS[one]) for one in held if one in alone)
        yield "ground", _l("Phần kín chỉ gửi khi có sự đồng ý: %(parts)s.", parts=named), False
    elif len(referral.ground_reason or "") < REASON_OF_CLOSED:
        yield (
            "ground_reason",
            _l("Gửi phần kín: ghi rõ vì sao, ít nhất %(n)s ký tự.", n=REASON_OF_CLOSED),
            False,
        )


def _consent(referral: Referral, consent: Consent | None, known: Known) -> Found:
    if consent is None or consent.case_id != referral.case_id:
        yield "consent", _l("Ghi sự đồng ý trước, rồi chọn ở đây."), False
        return
    if consent.withdrawn_at is not None:
        yield "consent", _l("Sự đồng ý này đã được rút lại."), False
    elif not consent.is_valid(known.today):
        yield "consent", _l("Sự đồng ý này đã hết hạn. Ghi sự đồng ý mới."), False
    if not consent.reaches(referral.service):
        yield "consent", _l("Sự đồng ý này không gồm việc này."), False
    if left := consent.leaves_out(section for section in Section if section in referral.sections):
        named = ", ".join(str(SECTIONS[Section(section)]) for section in left)
        yield "consent", _l("Sự đồng ý này không gồm: %(parts)s.", parts=named), False
    needs_own = referral.age is not None and referral.age >= known.rules.access.own_consent_age
    if needs_own and consent.giver not in OWN_WORD:
        yield "consent", _l("Trẻ em từ 7 tuổi: cần sự đồng ý của chính em."), False
