"""One referral in words, for the side that received it and for the side that sent it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, has_permission, sections_of
from app.cases.labels import SECTIONS, agency_name, label_of
from app.cases.pages.file import commune_name
from app.cases.pages.links import link
from app.referrals.enums import ReferralKind, ReferralState, SentStage, StepKind
from app.referrals.models import Referral
from app.referrals.pages.closed import closed_words
from app.referrals.pages.history import ClockLine, HistoryLine, clock_lines, history_lines
from app.referrals.pages.inbox import SILENT
from app.referrals.pages.letter import Letter, letter_in, letter_out
from app.referrals.pages.lines import (
    Left,
    Mark,
    alert_words,
    child_words,
    left_words,
    not_handed_over,
    service_words,
    state_mark,
    urgency_mark,
)
from app.referrals.pages.packet import FileLine, Panel, packet_page
from app.referrals.pages.quotes import Quote, quotes_for_receiver, quotes_for_sender, taker_words
from app.referrals.pages.ways import Way, places_way, ways_in, ways_out
from app.referrals.policy import is_receiver, is_sender, words_open_to
from app.referrals.queries.outside import handed_over
from app.referrals.queries.packet import open_sections, packet_of
from app.referrals.queries.referral import (
    Neighbour,
    Opened,
    chain_of,
    opened_of,
    others_involved,
    picked_files,
    steps_of,
)
from app.referrals.rules import rules, rules_numbered
from app.web.filters import vn_date, vn_datetime
from app.web.words import _

S, K = ReferralState, StepKind
ANSWERS: dict[ReferralState, tuple[str, ...]] = {
    S.SENT: ("accept", "ask", "decline"),
    S.OPENED: ("accept", "ask", "decline"),
    S.INFO_NEEDED: ("accept", "decline"),
    S.ACCEPTED: ("contact", "deliver", "complete", "inquire"),
    S.IN_SERVICE: ("deliver", "complete", "inquire"),
    S.DELIVERED: ("complete", "deliver", "inquire"),
}
SENDS: dict[ReferralState, tuple[str, ...]] = {
    S.SENT: ("recall",),
    S.OPENED: ("recall",),
    S.INFO_NEEDED: ("reply", "recall"),
    S.ACCEPTED: ("recall",),
    S.IN_SERVICE: ("recall",),
    S.DELIVERED: ("recall",),
    S.COMPLETED: ("close",),
    S.DECLINED: ("close", "dispute"),
    S.EXPIRED: ("close", "dispute"),
}
# what is no business of the other side, and whose words were not for it
_NOT_RECEIVED = frozenset({K.DRAFTED, K.RESENT})
_SILENT_STEPS = frozenset({K.DISPUTED})


@dataclass(frozen=True, slots=True)
class ReferralPage:
    """All of both sides; what does not apply is empty. `steps`: what this reader may do now, the
    first of them first of all."""

    id: uuid.UUID
    url: str
    is_received: bool
    number: str
    title: str
    child: str
    place: str
    case_number: str
    case_url: str
    sender: str
    receiver: str
    is_taken: bool
    days_after: int  # the outcome: so long the packet stays open
    officer: str
    urgency: Mark
    state: Mark
    left: Left | None
    alerts: tuple[str, ...]
    reason: str
    closed: str
    panels: tuple[Panel, ...]
    files: Sequence[FileLine]
    others: tuple[str, ...]
    clocks: Sequence[ClockLine]
    history: Sequence[HistoryLine]
    steps: tuple[str, ...]
    letter: Letter | None = None
    phone: str = ""  # of the other side
    quotes: tuple[Quote, ...] = ()  # what the first step answers
    granted: tuple[str, ...] = ()
    access: str = ""
    ground: str = ""
    chain: Sequence[Neighbour] = ()
    hand_over_url: str = ""  # nobody has it yet: a body without an account
    resend_url: str = ""
    open_until: str = ""  # for the receiver, once it told the outcome
    is_resend_first: bool = False
    assign_url: str = ""
    back: str = ""
    next_url: str = ""
    ways: tuple[Way, ...] = ()


def is_received(actor: Actor, referral: Referral) -> bool:
    """Does this reader stand on the receiving side? Who works the case reads the file."""
    return is_receiver(actor, referral) and not is_sender(actor, referral)


def referral_page(
    session: Session, *, actor: Actor, referral: Referral, back: str = "", now: datetime
) -> ReferralPage:
    """The page as this reader may see it; the reading goes on the log. At most eleven
    statements. `referral` comes as `policy.referral_file` loads it."""
    make = _received if is_received(actor, referral) else _sent
    return make(session, actor, referral, back, now)


def _received(
    session: Session, actor: Actor, referral: Referral, back: str, now: datetime
) -> ReferralPage:
    sections = open_sections(session, referral, holder_id=actor.unit_id, now=now)
    _note(session, actor, referral, sections, "received", now)
    packet = packet_page(packet_of(session, referral, sections))
    words = bool(sections) or referral.is_open
    steps = steps_of(session, referral, with_words=words)
    is_named = Section.IDENTITY in sections
    is_silent = referral.state in SILENT
    may_answer = has_permission(actor, Permission.REFERRAL_ANSWER)
    said = child_words(referral.age, referral.sex)
    return ReferralPage(
        **_common(referral, now),
        is_received=True,
        child="" if is_silent else (referral.case.child.full_name or said) if is_named else said,
        place="" if is_silent else _place(referral),
        case_number=referral.case.number if is_named else "",
        case_url="",
        alerts=() if is_silent else alert_words(referral.alerts_now()),
        reason=(referral.reason or "") if sections else "",
        closed="" if sections else closed_words(referral),
        panels=packet.panels,
        files=packet.files,
        others=_others(session, referral, sections),
        letter=None if is_silent else letter_in(session, referral, sections),
        history=history_lines(steps, hides=_NOT_RECEIVED, silent=_SILENT_STEPS),
        steps=_receiver_steps(referral) if may_answer else (),
        phone=referral.from_unit.phone or "",
        quotes=quotes_for_receiver(referral, steps),
        assign_url=_assign_url(actor, referral, back),
        open_until=_open_until(session, referral) if sections and not referral.is_open else "",
        back=back,
        next_url=f"{back}&open={referral.id}" if back else "",
        ways=tuple(ways_in(session, actor, referral, now))
        if sections
        else places_way(actor, referral),
    )


def _sent(
    session: Session, actor: Actor, referral: Referral, back: str, now: datetime
) -> ReferralPage:
    sections = sections_of(actor)
    section = rules_numbered(referral.rules_version).services[referral.service].section
    words = words_open_to(actor, section)
    _note(session, actor, referral, sections, "sent", now)
    steps = steps_of(session, referral, with_words=words)
    opened = opened_of(session, referral)
    is_named = Section.IDENTITY in sections
    may_send = has_permission(actor, Permission.REFERRAL_SEND) and is_sender(actor, referral)
    said = child_words(referral.age, referral.sex)
    waits = _is_not_handed_over(session, referral)
    common = _common(referral, now, body=words, is_sender=may_send)
    if waits:
        common["state"] = not_handed_over()
    if referral.to_unit is None:
        common["officer"] = taker_words(steps)
    return ReferralPage(
        **common,
        is_received=False,
        child=(referral.case.child.full_name or said) if is_named else said,
        place=_place(referral),
        case_number=referral.case.number,
        case_url=link("cases.show", case_id=referral.case_id),
        alerts=alert_words(referral.alerts_now()),
        reason=(referral.reason or "") if words else "",
        closed="" if words else _("Nội dung thuộc phần %(part)s, bạn không mở được phần này.",
                                  part=str(SECTIONS[section]).lower()),
        panels=(),
        files=_picked(session, referral, sections),
        others=(),
        letter=letter_out(session, referral),
        history=history_lines(steps),
        steps=_sender_steps(referral) if may_send else (),
        phone=(referral.to_unit.phone or "") if referral.to_unit and may_send else "",
        quotes=quotes_for_sender(referral, steps),
        granted=tuple(str(SECTIONS[one]) for one in Section if one in referral.granted()),
        access=_access_words(referral, opened, now),
        ground=_ground(referral, words),
        chain=chain_of(session, referral),
        hand_over_url=link("outside.link", referral_id=referral.id) if waits and may_send else "",
        resend_url=_resend_url(referral) if may_send else "",
        is_resend_first=_needs_another(referral),
        ways=tuple(ways_out(referral)) if may_send else (),
    )  # fmt: skip


def _open_until(session: Session, referral: Referral) -> str:
    opened = opened_of(session, referral)
    return vn_datetime(opened.until) if opened and opened.until else ""


def _is_not_handed_over(session: Session, referral: Referral) -> bool:
    """One statement, of a body without an account that gave no sign yet."""
    if referral.to_unit_id is not None or referral.state is not S.SENT:
        return False
    return referral.id not in handed_over(session, [referral.id])


def _note(
    session: Session,
    actor: Actor,
    referral: Referral,
    sections: frozenset[Section],
    view: str,
    now: datetime,
) -> None:
    record(
        session,
        actor,
        AuditAction.REFERRAL_READ,
        at=now,
        case_id=referral.case_id,
        subject_id=referral.id,
        sections=sections,
        data={"state": referral.state.value, "view": view},
    )


def _common(
    referral: Referral, now: datetime, *, body: bool = False, is_sender: bool = False
) -> dict[str, Any]:
    """What both sides see alike; `body`: the name of a body without an account is open."""
    unit = referral.to_unit
    outside = (referral.to_body if body else None) or _("Cơ quan ngoài hệ thống")
    return {
        "id": referral.id,
        "url": link("referrals.show", referral_id=referral.id),
        "number": referral.number,
        "title": service_words(referral.service),
        "sender": f"{referral.from_unit.name} ({referral.by.name})",
        "is_taken": referral.is_running,
        "days_after": rules().access.days_after_completion,
        "receiver": unit.name if unit else outside,
        "officer": referral.officer.name if referral.officer else "",
        "urgency": urgency_mark(referral.urgency),
        "state": state_mark(referral.state),
        "left": left_words(
            referral.state,
            referral.due_at,
            now,
            is_disputed=referral.is_disputed,
            is_sender=is_sender,
        ),
        "clocks": clock_lines(referral, now),
    }


def _place(referral: Referral) -> str:
    return commune_name(referral.commune_code) if referral.commune_code else ""


def _others(session: Session, referral: Referral, sections: frozenset[Section]) -> tuple[str, ...]:
    kinds = others_involved(session, referral) if sections else ()
    return tuple(agency_name(kind.value) for kind in kinds)


def _picked(
    session: Session, referral: Referral, sections: frozenset[Section]
) -> tuple[FileLine, ...]:
    return tuple(
        FileLine(one.id, one.title or "", label_of("file_kinds", one.kind), 0)
        for one in picked_files(session, referral, sections=sections)
    )


def _assign_url(actor: Actor, referral: Referral, back: str) -> str:
    if not referral.is_open or not has_permission(actor, Permission.REFERRAL_ASSIGN):
        return ""
    return link("referrals.assign", received_id=referral.id)


def _receiver_steps(referral: Referral) -> tuple[str, ...]:
    """One question at a time."""
    steps = ANSWERS.get(referral.state, ())
    return tuple(one for one in steps if one != "inquire" or not referral.is_asked)


def _sender_steps(referral: Referral) -> tuple[str, ...]:
    """Nothing once the need went to another unit; while a decision is awaited, no closing."""
    steps = SENDS.get(referral.state, ())
    if referral.is_running and referral.is_asked:
        steps = ("reply", *steps)
    if referral.sent_stage is SentStage.DONE or referral.is_disputed:
        return ()
    return steps


def _needs_another(referral: Referral) -> bool:
    """The child is still without help: another unit comes before everything else."""
    is_letter = referral.kind is ReferralKind.PROSECUTION
    is_refused = referral.state in (S.DECLINED, S.EXPIRED)
    return (
        is_refused
        and referral.sent_stage is SentStage.ACT
        and not (is_letter or referral.case.is_ended)
    )


def _resend_url(referral: Referral) -> str:
    is_letter = referral.kind is ReferralKind.PROSECUTION  # signed, to one body
    if is_letter or referral.case.is_ended or not referral.may_be_sent_on:
        return ""
    return link("referrals.resend", referral_id=referral.id)


def _access_words(referral: Referral, opened: Opened | None, now: datetime) -> str:
    """Live: what the other side may see at this moment, and until when."""
    if opened is None:
        return _("Chưa mở: nơi nhận mới chỉ thấy tuổi, giới tính, xã, việc cần giúp và cảnh báo.")
    if not opened.is_open(now):
        until = vn_datetime(opened.until) if opened.until else ""
        return _("Đã đóng từ %(when)s.", when=until)
    if opened.until is not None:
        return _("Đang mở, tự đóng %(when)s.", when=vn_datetime(opened.until))
    return _("Đang mở cho đến khi xong việc, hoặc khi bạn thu hồi.")


def _ground(referral: Referral, words: bool) -> str:
    if referral.ground is None:
        return ""
    said = [label_of("referral_grounds", referral.ground)]
    if words and referral.ground_reason:
        said.append(referral.ground_reason)
    consent = referral.consent
    if consent is not None and consent.withdrawn_at is not None:
        said.append(_("đã rút lại %(when)s", when=vn_datetime(consent.withdrawn_at)))
    elif consent is not None and consent.until is not None:
        said.append(_("có giá trị đến hết ngày %(day)s", day=vn_date(consent.until)))
    return "; ".join(one.rstrip(". ") for one in said)
