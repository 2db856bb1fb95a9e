"""Terms and clocks of a referral in words."""

from dataclasses import dataclass
from datetime import datetime

from app.referrals.enums import ReferralState
from app.referrals.models import Referral
from app.referrals.rules import Term
from app.web.words import _, _l

S = ReferralState
_NEXT = {
    S.SENT: _l("Hạn trả lời"),
    S.OPENED: _l("Hạn trả lời"),
    S.INFO_NEEDED: _l("Đang hỏi bạn, hạn trả lời"),
    S.ACCEPTED: _l("Hạn gặp trẻ em"),
    S.IN_SERVICE: _l("Hạn báo kết quả"),
    S.DELIVERED: _l("Hạn báo kết quả"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """What the other side does next, and until when: for the macro `clock`."""

    label: str
    at: datetime


def term_words(term: Term) -> str:
    """4 giờ; 3 ngày làm việc"""
    if term.clock == "working":
        return _("%(n)s ngày làm việc", n=term.amount)
    if term.unit == "days":
        return _("%(n)s ngày", n=term.amount)
    return _("%(n)s giờ", n=term.amount)


def next_due(referral: Referral) -> Due | None:
    """None where nothing runs."""
    label = _NEXT.get(referral.state)
    return Due(str(label), referral.due_at) if label and referral.due_at else None
