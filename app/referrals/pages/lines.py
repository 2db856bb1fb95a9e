"""What both lists and the page of a referral say in the same words."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import LazyString

from app.cases.labels import label_of
from app.people.models import Sex
from app.referrals.enums import ReferralState, Urgency
from app.referrals.queries.order import MOST
from app.referrals.rules import rules
from app.referrals.words import CHIPS, STATES
from app.web.filters import remaining, vn_moment
from app.web.words import _, _l

S = ReferralState
SOON = timedelta(hours=24)

_URGENCIES: Mapping[Urgency, tuple[str, str]] = {
    Urgency.EMERGENCY: ("danger", "alert-triangle"),
    Urgency.URGENT: ("warn", "flag"),
    Urgency.ROUTINE: ("", "circle"),
}
_CHILDREN: Mapping[str, LazyString] = {
    Sex.FEMALE.value: _l("Trẻ em gái"),
    Sex.MALE.value: _l("Trẻ em trai"),
}
# what the running clock is for
_DUE: Mapping[ReferralState, LazyString] = {
    S.SENT: _l("Trả lời"),
    S.OPENED: _l("Trả lời"),
    S.INFO_NEEDED: _l("Nơi gửi trả lời"),
    S.ACCEPTED: _l("Gặp trẻ em"),
    S.IN_SERVICE: _l("Báo kết quả"),
    S.DELIVERED: _l("Báo kết quả"),
}
_OWN_REPLY = _l("Bạn trả lời")  # of the sender, who is asked
_DECISION = _l("Sở Y tế quyết định")


class Mark(NamedTuple):
    """Words with their tone and icon: colour is never the only sign."""

    words: str
    tone: str
    icon: str


class Left(NamedTuple):
    """A running clock: for what, how long is left or how late it is. `due` is counted down."""

    title: str
    left: str
    detail: str
    tone: str
    icon: str
    due: str


def state_mark(state: ReferralState) -> Mark:
    return Mark(str(STATES[state]), *CHIPS[state])


def not_handed_over() -> Mark:
    """Sent to a body without an account: neither a link was made nor a slip printed."""
    return Mark(_("Chưa giao"), "warn", "alert-circle")


def urgency_mark(urgency: Urgency) -> Mark:
    return Mark(str(rules().urgencies[urgency].label), *_URGENCIES[urgency])


def alert_words(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(label_of("safety_alerts", code) for code in codes)


def service_words(code: str) -> str:
    return label_of("referral_services", code)


def letter_words(number: str | None) -> str:
    """What a referral is that brought a request to prosecute; "" for any other."""
    return _("Kiến nghị khởi tố %(number)s", number=number) if number else ""


def child_words(age: int | None, sex: str) -> str:
    """Trẻ em gái, 7 tuổi: all that is said of a child before the packet is open."""
    return f"{_CHILDREN.get(sex) or _('Trẻ em')}, {age_words(age)}"


def age_words(age: int | None) -> str:
    if age is None:
        return _("chưa rõ tuổi")
    return _("%(n)s tuổi", n=age) if age else _("dưới 1 tuổi")


def left_words(
    state: ReferralState,
    due_at: datetime | None,
    now: datetime,
    *,
    is_disputed: bool = False,
    is_sender: bool = False,
) -> Left | None:
    """None where nothing runs."""
    title = _DECISION if is_disputed else _DUE.get(state)
    if is_sender and state is S.INFO_NEEDED:
        title = _OWN_REPLY
    if due_at is None or title is None:
        return None
    late = due_at < now
    return Left(
        title=str(title),
        left=remaining(due_at, now),
        detail=_("hạn %(when)s", when=vn_moment(due_at)),
        tone="danger" if late else "warn" if due_at - now < SOON else "go",
        icon="alarm" if late else "clock",
        due=due_at.isoformat(),
    )


def count_words(count: int) -> str:
    """99+: a count is not read any further."""
    return f"{MOST}+" if count > MOST else str(count)
