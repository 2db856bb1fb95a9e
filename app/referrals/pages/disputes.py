"""Disagreements in words: the supervisor's list, and one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.cases.labels import SECTIONS, label_of
from app.cases.pages.links import key_text, link
from app.referrals.models import Referral, ReferralDispute
from app.referrals.pages.history import ClockLine, HistoryLine, clock_lines, history_lines
from app.referrals.pages.lines import Mark, service_words, state_mark
from app.referrals.policy import words_open_to
from app.referrals.queries.disputes import decided_disputes, open_disputes
from app.referrals.queries.order import Key
from app.referrals.queries.referral import steps_of
from app.referrals.rules import rules_numbered
from app.referrals.words import DECISIONS
from app.web.filters import remaining, vn_datetime
from app.web.words import _


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """One disagreement; `left` while it waits, `decision` afterwards."""

    url: str
    number: str
    service: str
    about: str
    answer: str
    left: str
    tone: str
    decision: str


@dataclass(frozen=True, slots=True)
class DisputesPage:
    waiting: Sequence[DisputeLine]
    decided: Sequence[DisputeLine]
    next_url: str
    first_url: str


@dataclass(frozen=True, slots=True)
class DisputePage:
    url: str
    referral_url: str
    number: str
    service: str
    sender: str
    receiver: str
    state: Mark
    answer: str
    reason: str
    closed: str
    raised: str
    due: str
    left: str
    tone: str
    decision: str
    decided: str
    clocks: Sequence[ClockLine]
    history: Sequence[HistoryLine]


def disputes_page(
    session: Session, actor: Actor, *, after: Key | None, limit: int, now: datetime
) -> DisputesPage:
    """Two statements, and the list on the log."""
    rows = open_disputes(session, actor, after=after, limit=limit)
    shown, lately = rows[:limit], decided_disputes(session, actor)
    listed = [row.referral_id for row in (*shown, *lately)]
    data = {"referrals": listed, "count": len(listed), "filters": ["disputes"]}
    record(session, actor, AuditAction.REFERRALS_LISTED, at=now, data=data)
    base = link("referrals.disputes")
    more = key_text(shown[-1].due_at, shown[-1].id) if len(rows) > limit else ""
    return DisputesPage(
        waiting=_lines(shown, now),
        decided=_lines(lately, now),
        next_url=f"{base}?after={more}&limit={limit}" if more else "",
        first_url=base if after else "",
    )


def dispute_page(
    session: Session, actor: Actor, *, dispute: ReferralDispute, now: datetime
) -> DisputePage:
    """One statement, and the reading on the log."""
    referral = dispute.referral
    section = rules_numbered(referral.rules_version).services[referral.service].section
    words = words_open_to(actor, section)
    record(
        session,
        actor,
        AuditAction.REFERRAL_READ,
        at=now,
        case_id=referral.case_id,
        subject_id=referral.id,
        data={"state": referral.state.value, "view": "dispute"},
    )
    steps = steps_of(session, referral, with_words=words)
    return DisputePage(
        url=link("referrals.decide", dispute_id=dispute.id),
        referral_url=link("referrals.show", referral_id=referral.id),
        number=referral.number,
        service=service_words(referral.service),
        sender=referral.from_unit.name,
        receiver=_receiver(referral),
        state=state_mark(referral.state),
        answer=_answer(referral),
        reason=(dispute.reason or "") if words else "",
        closed="" if words else _(
            "Lời của hai bên thuộc phần %(part)s, bạn không mở được phần này. Hãy hỏi trực tiếp hai"
            " đơn vị nếu cần.", part=str(SECTIONS[section]).lower()
        ),
        raised=vn_datetime(dispute.raised_at),
        due=vn_datetime(dispute.due_at),
        left=remaining(dispute.due_at, now),
        tone="danger" if dispute.due_at < now else "go",
        decision=str(DECISIONS[dispute.decision]) if dispute.decision else "",
        decided=vn_datetime(dispute.decided_at),
        clocks=clock_lines(referral, now),
        history=history_lines(steps),
    )  # fmt: skip


def _lines(rows: Iterable[ReferralDispute], now: datetime) -> list[DisputeLine]:
    return [_line(row, now) for row in rows]


def _line(row: ReferralDispute, now: datetime) -> DisputeLine:
    referral = row.referral
    return DisputeLine(
        url=link("referrals.decide", dispute_id=row.id),
        number=referral.number,
        service=service_words(referral.service),
        about=_("%(sender)s gửi %(to)s", sender=referral.from_unit.short_name,
                to=_receiver(referral)),
        answer=_answer(referral),
        left=remaining(row.due_at, now),
        tone="danger" if row.due_at < now else "go",
        decision=str(DECISIONS[row.decision]) if row.decision else "",
    )  # fmt: skip


def _receiver(referral: Referral) -> str:
    return referral.to_unit.short_name if referral.to_unit else _("Cơ quan ngoài hệ thống")


def _answer(referral: Referral) -> str:
    if referral.decline_code:
        return label_of("referral_declines", referral.decline_code)
    return state_mark(referral.state).words
