"""What a receiver is told of a packet that is not open to it."""

from app.auth.permissions import Section
from app.cases.labels import SECTIONS
from app.referrals.enums import RecallReason, ReferralState
from app.referrals.models import Referral
from app.referrals.queries.packet import shareable
from app.referrals.words import RECALLS
from app.web.words import _

S = ReferralState


def closed_words(referral: Referral) -> str:
    """Why a receiver sees nothing of the file (any more)."""
    if referral.state is S.RECALLED:
        why = str(RECALLS[referral.recall_reason]) if referral.recall_reason else ""
        return _("%(why)s. Thông tin của trẻ em không còn mở cho đơn vị bạn.", why=why)
    if referral.state is S.EXPIRED:
        return _("Phiếu đã hết hạn vì không ai trả lời. Cần thì liên hệ nơi gửi.")
    if referral.state is S.DECLINED or (referral.access_id is None and not referral.is_open):
        return _("Đơn vị bạn đã không nhận phiếu này, nên nội dung không mở.")
    if referral.access_id is None:
        return opening_words(referral)
    if referral.is_open and referral.case.is_ended:
        why = str(RECALLS[RecallReason.CASE_ENDED])
        return _("%(why)s. Thông tin của trẻ em không còn mở cho đơn vị bạn.", why=why)
    if referral.is_open:
        return _("Sự đồng ý mà phiếu này dựa vào không còn, nên nội dung đã đóng lại.")
    return _("Việc đã xong và thời gian xem đã hết, nên nội dung đã đóng lại.")


def opening_words(referral: Referral) -> str:
    """What the acceptance will open, by the names of the parts. Comes with its case."""
    parts = shareable(referral.case, referral.granted())
    named = ", ".join(str(SECTIONS[one]) for one in Section if one in parts)
    text = _("Khi nhận, các phần sẽ mở: %(parts)s.", parts=named or _("việc nơi gửi nhờ"))
    if Section.CONTACT in parts:
        return text
    return text + " " + _("Không gồm địa chỉ, số điện thoại; cần thì hỏi nơi gửi.")
