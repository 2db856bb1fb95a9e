"""What is due, in words: its kind, how long is left, who is told, the page that does it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import LazyString

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission, sections_of
from app.cases.pages.clocks import Chip, due_words
from app.cases.pages.links import link
from app.cases.pages.visits import left_words
from app.referrals.pages.lines import service_words
from app.reminders.pages.of_units import OF_UNITS
from app.reminders.policy import APPROVE
from app.reminders.rules import ANEW, ReminderRules, Whom, rules_of_file
from app.web.filters import remaining
from app.web.words import _, _l

P = Permission
SOON = timedelta(days=1)
# of the minute, not of the day: their time left is counted in hours
OF_HOURS = frozenset({"referral_new", "referral_service", "referral_act", "dispute", "personal"})

WHOM: Mapping[Whom, LazyString] = {
    Whom.OWNER: _l("người phụ trách"),
    Whom.UNIT: _l("cán bộ của đơn vị"),
    Whom.CHAIR: _l("Chủ tịch Ủy ban nhân dân"),
    Whom.LEAD: _l("phụ trách đơn vị"),
    Whom.HEAD: _l("Chủ tịch hoặc phụ trách đơn vị của hồ sơ"),
    Whom.OFFICER: _l("cán bộ nhận việc"),
    Whom.SUPERVISOR: _l("giám sát của Sở Y tế"),
    Whom.SELF: _l("bạn"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """The page that does it. `by` says which id its address takes, under which name."""

    words: LazyString
    endpoint: str
    permission: Permission
    by: str = "case"
    name: str = "case_id"


_PLAN = Way(_l("Mở kế hoạch"), "plans.show", P.CASE_READ)
_CARE = Way(_l("Mở cách ly, chăm sóc"), "care.index", P.CASE_READ)
_FILE = Way(_l("Mở hồ sơ"), "cases.show", P.CASE_READ)
_ROUTED = Way(_l("Mở tin báo"), "intake.received", P.REPORT_STATE, "report", "report_id")
_REFERRAL = ("referrals.show", P.REFERRAL_READ, "subject", "referral_id")
WAYS: Mapping[str, Way] = {
    "clock.T_ROUTE": Way(
        _l("Chuyển tin báo"), "intake.route", P.REPORT_ROUTE, "report", "report_id"
    ),
    "clock.T_PLAN": _PLAN,
    "clock.T_APPROVE": _PLAN,
    "clock.T_SEP_MAX": _CARE,
    "clock.T_HANDOVER": _CARE,
    "visit": Way(_l("Ghi lần thăm"), "follow_up.new", P.VISIT_RECORD),
    "review": Way(_l("Rà soát"), "reviews.new", P.REVIEW_RECORD),
    "meeting_action": Way(_l("Mở cuộc họp"), "meetings.index", P.CASE_READ),
    "check_after": Way(_l("Ghi lần kiểm tra"), "reviews.check", P.REVIEW_RECORD),
    "consent_end": Way(_l("Xem sự đồng ý"), "consents.index", P.REFERRAL_READ),
    "certificate_end": Way(_l("Xem giấy tờ"), "register.of_case", P.REGISTER_READ),
    "referral_act": Way(_l("Mở phiếu"), *_REFERRAL),
    "referral_new": Way(_l("Trả lời"), *_REFERRAL),
    "referral_service": Way(_l("Mở phiếu"), *_REFERRAL),
    "room_task": Way(_l("Mở hộp thư"), "referrals.inbox", P.REFERRAL_READ, "", ""),
    "procuracy": Way(_l("Ghi đã báo"), "prosecution.procuracy", P.REFERRAL_SEND, "case", "case_id"),
    "glass_review": Way(_l("Xem lại"), "glass.review", P.GLASS_REVIEW, "subject", "glass_id"),
    "reading_question": Way(
        _l("Trả lời"), "questions.answer", P.QUESTION_OWN, "subject", "question_id"
    ),
    "periodic_report": Way(
        _l("Mở báo cáo"), "periodic.show", P.PERIODIC_READ, "subject", "periodic_id"
    ),
    "board_values": Way(_l("Mở số liệu cần nhập"), "indicator_board.work", P.BOARD_ENTER, "", ""),
    "dispute": Way(
        _l("Xem và quyết định"), "referrals.decide", P.DISPUTE_DECIDE, "subject", "dispute_id"
    ),
}
# whose address names the case and the thing itself
WITHIN_CASE: Mapping[str, Way] = {
    "activity": Way(_l("Ghi kết quả"), "plans.activity", P.PLAN_EDIT, name="activity_id"),
    "procuracy": Way(
        _l("Ghi đã báo"), "prosecution.procuracy", P.REFERRAL_SEND, name="prosecution_id"
    ),
}


def kind_words(kind: str, rules: ReminderRules | None = None) -> str:
    """As the rules say it; the words of a kind are not what administrators change."""
    known = (rules or rules_of_file()).kinds.get(kind)
    return str(known.words) if known else kind


def doer_words(kind: str, who: str | None) -> str:
    """Who is asked; to approve a plan is the Chair's, whoever that is."""
    return who or (_("Chủ tịch") if kind == APPROVE else "")


def with_doer(kind: str, who: str | None) -> str:
    """In a line of a list; what is of a unit names the unit instead."""
    if kind in OF_UNITS:
        return who or ""
    doer = doer_words(kind, who)
    return _("người làm: %(who)s", who=doer) if doer else _("chưa có người làm")


def chip_of(kind: str, due_at: datetime, now: datetime) -> Chip:
    """còn 3 ngày, hạn 17:00, thứ Sáu 27/11. A clock counts down; what is due on a day does not."""
    by_minute = kind.startswith("clock.") or kind in OF_HOURS
    late = due_at < now
    return Chip(
        tone="danger" if late else "warn" if due_at < now + SOON else "go",
        icon="alarm" if late else "clock" if by_minute else "calendar-due",
        title="",
        left=remaining(due_at, now) if by_minute else left_words(due_at, now),
        detail=_("hạn %(when)s", when=due_words(due_at)),
        due=due_at.isoformat() if by_minute else "",
    )


def way_to(
    actor: Actor,
    kind: str,
    *,
    subject_id: uuid.UUID,
    case_id: uuid.UUID | None,
    report_id: uuid.UUID | None = None,
) -> tuple[str, str]:
    """(what to press, the address) of the page that does it and that this role has; the file
    otherwise; ("", "") where there is none."""
    ids = {"case": case_id, "report": report_id, "subject": subject_id}
    within = WITHIN_CASE.get(kind)
    if within and case_id and has_permission(actor, within.permission):
        url = link(within.endpoint, case_id=case_id, **{within.name: subject_id})
        return str(within.words), url
    opened = (_FILE,) if sections_of(actor) else (_ROUTED,)
    for way in (WAYS.get(kind), *opened):
        if way is None or not has_permission(actor, way.permission):
            continue
        named = ids.get(way.by)
        url = link(way.endpoint, **{way.name: named}) if named else ""
        if not way.by:
            url = link(way.endpoint)
        if url:
            return str(way.words), url
    return "", ""


def step_words(key: str) -> str:
    """Why somebody was told, from the occurrence of the ledger: p0.5, b24, a48, s1, z4, n…"""
    head, rest = key[:1], key.partition(ANEW)[0][1:]
    if head == "p":
        part = round(float(rest) * 100)
        if part == 100:
            return _("đến hạn")
        return _("đã qua %(n)s%% thời hạn", n=part) if part else _("bắt đầu")
    if head == "b":
        return _("trước hạn %(span)s", span=_span(int(rest)))
    if head == "a":
        return _("quá hạn %(span)s", span=_span(int(rest)))
    said = {"s": _l("nhắc lại"), "z": _l("đã để sau quá nhiều lần"), "n": _l("xin không làm")}
    return str(said.get(head, ""))


def whom_words(whom: Iterable[Whom]) -> str:
    return ", ".join(str(WHOM[one]) for one in whom)


def _span(hours: int) -> str:
    if hours % 24:
        return _("%(n)s giờ", n=hours)
    return _("%(n)s ngày", n=hours // 24)


def asked_words(unit: str | None, service: str | None) -> Iterable[str]:
    """Of a referral, for its sender: to whom it went, and what for."""
    if unit:
        yield unit
    if service:
        yield service_words(service)


def snoozed_words(times: int) -> str:
    return _("đã để sau %(n)s lần", n=times) if times else ""
