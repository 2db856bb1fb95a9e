"""What a body without an account reads through its link: before the answer little, then the
packet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.cases.labels import label_of
from app.people.fields import commune_label
from app.referrals.enums import RUNNING, UNANSWERED, ReferralState, StepKind
from app.referrals.models import OutsideLink, Referral, ReferralStep
from app.referrals.pages.closed import opening_words
from app.referrals.pages.packet import PacketPage
from app.referrals.rules import rules, rules_numbered
from app.referrals.services.links import address_of
from app.referrals.words import CHIPS, STATES, STEPS
from app.web.filters import vn_datetime
from app.web.words import _

# what of the history is a letter from one side to the other
LETTERS = frozenset(
    {
        StepKind.INFO_ASKED,
        StepKind.INFO_ANSWERED,
        StepKind.DECLINED,
        StepKind.CONTACTED,
        StepKind.DELIVERED,
        StepKind.COMPLETED,
    }
)


@dataclass(frozen=True, slots=True)
class Letter:
    title: str
    side: str
    when: str
    words: str


@dataclass(frozen=True, slots=True)
class Next:
    """A step that can be taken now; the first of a page is its main one."""

    endpoint: str
    label: str


@dataclass(frozen=True, slots=True)
class OutsidePage:
    number: str
    service: str
    urgency: str
    state: str
    tone: str
    sender: str
    phone: str | None
    due_label: str
    due_at: datetime | None
    alerts: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    is_unanswered: bool
    can_ask: bool
    steps: tuple[Next, ...]
    letters: tuple[Letter, ...]
    packet: PacketPage | None
    opens: str  # what the acceptance opens
    outcome: str
    until: str  # of the link


def outside_page(
    referral: Referral,
    letters: Sequence[ReferralStep],
    packet: PacketPage | None,
    until: datetime,
) -> OutsidePage:
    """`referral` comes with its case and the unit that sent it; `until` is the end of the link."""
    numbered = rules_numbered(referral.rules_version)
    return OutsidePage(
        number=referral.number,
        service=label_of("referral_services", referral.service),
        urgency=str(numbered.urgencies[referral.urgency].label),
        state=str(STATES[referral.state]),
        tone=CHIPS[referral.state][0],
        sender=referral.from_unit.name,
        phone=referral.from_unit.phone,
        due_label=_due_label(referral),
        due_at=referral.due_at,
        alerts=alert_labels(referral),
        facts=(*known_facts(referral), *(_asked(referral) if packet else ())),
        is_unanswered=referral.state in UNANSWERED,
        can_ask=referral.state in (ReferralState.SENT, ReferralState.OPENED),
        steps=tuple(_steps(referral)),
        letters=tuple(_letter(step, referral) for step in letters if step.kind in LETTERS),
        packet=packet,
        opens=opening_words(referral),
        outcome=_outcome(referral),
        until=vn_datetime(until),
    )


def _outcome(referral: Referral) -> str:
    """What was chosen from the list, of a result or a refusal."""
    if referral.outcome_code:
        return label_of("referral_outcomes", referral.outcome_code)
    code = referral.decline_code
    return label_of("referral_declines", code) if code else ""


def alert_labels(referral: Referral) -> tuple[str, ...]:
    return tuple(label_of("safety_alerts", code) for code in referral.alerts_now())


def known_facts(referral: Referral) -> Iterable[tuple[str, str]]:
    """What is known of the child before the answer: nothing else of the file."""
    age = referral.age
    yield _("Tuổi"), _("%(n)s tuổi", n=age) if age is not None else _("Chưa rõ")
    yield _("Giới tính"), label_of("sex", referral.sex)
    code = referral.commune_code
    yield _("Xã, phường"), commune_label(code) if code else _("Chưa rõ")


def _asked(referral: Referral) -> Iterable[tuple[str, str]]:
    """What is asked of the unit, in the sender's words: only with the packet."""
    if referral.reason:
        yield _("Việc đề nghị giúp"), referral.reason


def _due_label(referral: Referral) -> str:
    if referral.state in UNANSWERED:
        return _("Trả lời")
    return _("Gặp trẻ em") if referral.state is ReferralState.ACCEPTED else _("Báo kết quả")


def _steps(referral: Referral) -> Iterable[Next]:
    if referral.state is ReferralState.ACCEPTED:
        yield Next("outside_answers.contact", _("Đã gặp trẻ em"))
    if referral.state in RUNNING:
        yield Next("outside_answers.deliver", _("Đã làm việc cho em"))
        yield Next("outside_answers.complete", _("Báo kết quả"))


def _letter(step: ReferralStep, referral: Referral) -> Letter:
    is_ours = step.by_id is None
    return Letter(
        title=str(STEPS[step.kind]),
        side=_("Cơ quan bạn") if is_ours else referral.from_unit.short_name,
        when=vn_datetime(step.happened_at),
        words=step.note or "",
    )


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link of a referral for who sent it. `is_open`: it can be used now."""

    made: str
    until: str
    word: str
    tone: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class LinkPage:
    """For the sender: the links there were, and the new one with its code, this once."""

    number: str
    service: str
    body: str
    has_account: bool
    can_make: bool
    lines: tuple[LinkLine, ...]
    address: str
    code: str
    code_minutes: int
    can_renew: bool  # a link runs that can get another code


def link_page(
    referral: Referral,
    links: Sequence[OutsideLink],
    *,
    most_tries: int,
    now: datetime,
    base_url: str,
    code: str = "",
) -> LinkPage:
    """`code` only on the page that answers the making of a link."""
    unit = referral.to_unit
    return LinkPage(
        number=referral.number,
        service=label_of("referral_services", referral.service),
        body=unit.name if unit else referral.to_body or "",
        has_account=unit is not None,
        can_make=unit is None and referral.is_open,
        lines=tuple(_line(link, most_tries, now) for link in links),
        address=address_of(links[0].id, base_url) if code else "",
        code=f"{code[:4]} {code[4:]}" if code else "",
        code_minutes=rules().access.code_minutes,
        can_renew=open_one(links, most_tries=most_tries, now=now) is not None,
    )


def open_one(links: Sequence[OutsideLink], *, most_tries: int, now: datetime) -> OutsideLink | None:
    """The link that can still be used: it goes on the slip."""
    return next((link for link in links if _state_of(link, most_tries, now) == "open"), None)


def _line(link: OutsideLink, most_tries: int, now: datetime) -> LinkLine:
    state = _state_of(link, most_tries, now)
    word, tone = {
        "ended": (_("Đã thay bằng đường dẫn mới"), ""),
        "expired": (_("Hết hạn"), ""),
        "dead": (_("Khóa vì nhập sai mã nhiều lần"), "danger"),
        "open": (_("Đã mở"), "ok") if link.opened_at else (_("Chưa mở"), "warn"),
    }[state]
    return LinkLine(
        made=vn_datetime(link.created_at),
        until=vn_datetime(link.expires_at),
        word=word,
        tone=tone,
        is_open=state == "open",
    )


def _state_of(link: OutsideLink, most_tries: int, now: datetime) -> str:
    if link.ended_at is not None:
        return "ended"
    if link.expires_at <= now:
        return "expired"
    return "dead" if link.tries >= most_tries else "open"
