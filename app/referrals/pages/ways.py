"""Where one goes on from a referral: the room, the result of a request, the slip, the link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission
from app.cases.pages.links import link
from app.referrals.enums import ReferralKind, ReferralState
from app.referrals.models import Referral
from app.referrals.pages.room_news import room_words, slip_news
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Way:
    """A further page of this referral."""

    icon: str
    words: str
    url: str


def ways_in(session: Session, actor: Actor, referral: Referral, now: datetime) -> Iterable[Way]:
    """For the receiving side, while its packet is open."""
    room = link("room.received", received_id=referral.id)
    yield Way("users-group", room_words(slip_news(session, actor, referral.id, now)), room)
    if referral.kind is ReferralKind.PROSECUTION:
        result = link("prosecution.received_result", received_id=referral.id)
        yield Way("scale", _("Ghi kết quả giải quyết kiến nghị"), result)


def places_way(actor: Actor, referral: Referral) -> tuple[Way, ...]:
    """Who declined for want of places keeps the next one from being sent in vain."""
    is_full = referral.state is ReferralState.DECLINED and referral.decline_code == "no_capacity"
    if not is_full or not has_permission(actor, Permission.DIRECTORY_EDIT):
        return ()
    return (Way("edit", _("Ghi 0 chỗ trong danh bạ"), link("directory.mine")),)


def ways_out(referral: Referral) -> Iterable[Way]:
    """For the sender: the printed slip, and the link of a body without an account."""
    if referral.to_unit_id is None and referral.is_open:
        make = link("outside.link", referral_id=referral.id)
        yield Way("link", _("Đường dẫn một lần để nơi nhận trả lời"), make)
    if referral.sent_at is not None:
        slip = link("outside.slip", referral_id=referral.id)
        yield Way("printer", _("In phiếu chuyển gửi (PDF)"), slip)
