"""What was sent in words: the mirror image of the inbox, with the other side's clock."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.permissions import Permission, has_permission
from app.cases.labels import agency_name, label_of
from app.cases.pages.links import key_text, link
from app.cases.pages.list_filters import Box
from app.cases.pages.log import read_time_key
from app.referrals.enums import RUNNING, ReferralKind, ReferralState, SentStage, Urgency
from app.referrals.models.referrals import asks
from app.referrals.numbers import read_number
from app.referrals.pages.lines import (
    Left,
    Mark,
    left_words,
    service_words,
    state_mark,
    urgency_mark,
)
from app.referrals.pages.list_parts import Tab, box, empty_words, need_boxes, tabs
from app.referrals.queries.sent import MINE, TABS, SentFilter, SentRow, sent_counts, sent_rows
from app.referrals.rules import rules
from app.referrals.words import SENT_TABS
from app.web.words import _, _l

S = ReferralState
_NOBODY = uuid.UUID(int=0)
# (what to press, which page does it)
_VERBS: Mapping[ReferralState, tuple[LazyString, str]] = {
    S.INFO_NEEDED: (_l("Trả lời"), "referrals.show"),
    S.COMPLETED: (_l("Xem kết quả"), "referrals.show"),
    S.DECLINED: (_l("Gửi nơi khác"), "referrals.resend"),
    S.EXPIRED: (_l("Gửi nơi khác"), "referrals.resend"),
}
_EMPTY: Mapping[SentStage, tuple[LazyString, LazyString]] = {
    SentStage.ACT: (
        _l("Không có việc nào chờ bạn"),
        _l("Phiếu bị từ chối, cần bổ sung hoặc đã có kết quả sẽ hiện ở đây."),
    ),
    SentStage.WAITING: (
        _l("Không chờ ai trả lời"),
        _l("Mọi phiếu đã gửi đều đã có trả lời."),
    ),
    SentStage.SERVICE: (
        _l("Không có nơi nào đang giúp"),
        _l("Phiếu đã được nhận nằm ở đây cho đến khi có kết quả."),
    ),
    SentStage.DRAFT: (_l("Không có bản nháp"), _l("Phiếu soạn dở chưa gửi nằm ở đây.")),
    SentStage.DONE: (_l("Chưa có phiếu nào đã xong"), _l("Phiếu đã kết thúc nằm ở đây.")),
}


@dataclass(frozen=True, slots=True)
class SentCard:
    url: str
    title: str
    number: str
    case_url: str
    case_number: str
    service: str
    to: str
    sender: str
    urgency: Mark
    state: Mark
    left: Left | None
    said: str
    verb: str
    verb_url: str
    is_pressing: bool


@dataclass(frozen=True, slots=True)
class SentPage:
    tabs: tuple[Tab, ...]
    boxes: tuple[Box, ...]
    stage: str
    number: str
    is_unknown_number: bool
    active: int
    clear_url: str
    cards: Sequence[SentCard]
    next_url: str
    first_url: str
    empty: tuple[str, str]
    is_area: bool


def read_filter(args: Mapping[str, str]) -> SentFilter:
    """The filter that an address asks for; what is no code is no filter."""
    stage, urgency, service = args.get("stage", ""), args.get("urgency", ""), args.get("service")
    return SentFilter(
        stage=SentStage(stage) if stage in TABS else SentStage.ACT,
        who=MINE if args.get("who") == MINE else "",
        service=service if service in rules().services else "",
        urgency=Urgency(urgency) if urgency in set(Urgency) else None,
        number=read_number(args.get("number", "")),
    )


def sent_page(
    session: Session, actor: Actor, args: Mapping[str, str], *, limit: int, now: datetime
) -> SentPage:
    """Two statements, and the list on the log."""
    wanted, after = read_filter(args), read_time_key(args.get("after", ""))
    rows = sent_rows(session, actor, wanted, after=after, limit=limit)
    shown = rows[:limit]
    note_listed(session, actor, shown, [wanted.stage, *wanted.active], now)
    more = key_text(*shown[-1].key) if len(rows) > limit else ""
    typed = args.get("number", "").strip()[:40]
    return SentPage(
        tabs=tabs(
            SENT_TABS,
            sent_counts(session, actor),
            chosen=wanted.stage if wanted.number is None else None,
            address=lambda stage: address(SentFilter(stage=stage, who=wanted.who)),
        ),
        boxes=tuple(_boxes(actor, wanted)),
        stage=wanted.stage.value,
        number=typed,
        is_unknown_number=bool(typed) and wanted.number is None,
        active=len(wanted.active),
        clear_url=address(SentFilter(stage=wanted.stage)),
        cards=cards(shown, actor, now),
        next_url=address(wanted, after=more, limit=args.get("limit")) if more else "",
        first_url=address(wanted, limit=args.get("limit")) if after else "",
        empty=empty_words(wanted, _EMPTY[wanted.stage]),
        is_area=sees_whole_area(actor),
    )


def note_listed(
    session: Session,
    actor: Actor,
    shown: Sequence[SentRow],
    filters: Sequence[str],
    now: datetime,
) -> None:
    """The list on the log."""
    listed = {"referrals": [row.id for row in shown], "count": len(shown), "filters": [*filters]}
    record(session, actor, AuditAction.REFERRALS_LISTED, at=now, data=listed)


def address(wanted: SentFilter, *, after: str = "", limit: str | None = None) -> str:
    values = {
        "stage": wanted.stage.value,
        "who": wanted.who,
        "service": wanted.service,
        "urgency": wanted.urgency and wanted.urgency.value,
        "number": wanted.number and wanted.number.text,
        "after": after,
        "limit": limit if limit and limit.isascii() and limit.isdigit() else "",
    }
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{link('referrals.sent')}?{query}"


def cards(rows: Iterable[SentRow], actor: Actor, now: datetime) -> list[SentCard]:
    may_send = has_permission(actor, Permission.REFERRAL_SEND)
    return [_card(row, may_send, now) for row in rows]


def _card(row: SentRow, may_send: bool, now: datetime) -> SentCard:
    url = link("referrals.show", referral_id=row.id)
    case_url = link("cases.show", case_id=row.case_id)
    if row.state is S.DRAFT:
        url = link("referrals.of_case", case_id=row.case_id) or case_url
    verb, verb_url = _verb(row, url, may_send)
    return SentCard(
        url=url,
        title=row.name or row.case_number,
        number=row.number,
        case_url=case_url,
        case_number=row.case_number,
        service=service_words(row.service),
        to=row.to or _("Cơ quan ngoài hệ thống"),
        sender=row.sender,
        urgency=urgency_mark(row.urgency),
        state=state_mark(row.state),
        left=left_words(row.state, row.due_at, now, is_disputed=row.is_disputed, is_sender=True),
        said=_said(row),
        verb=verb,
        verb_url=verb_url,
        is_pressing=row.sent_stage is SentStage.ACT,
    )


def _verb(row: SentRow, url: str, may_send: bool) -> tuple[str, str]:
    state = S.INFO_NEEDED if asks(row.state, row.sent_stage) else row.state
    words, endpoint = _VERBS.get(state, (None, ""))
    if endpoint == "referrals.resend" and row.kind is ReferralKind.PROSECUTION:
        words = None  # it was written to one body
    if not may_send or words is None or row.sent_stage is not SentStage.ACT:
        return (_("Soạn tiếp") if row.state is S.DRAFT and may_send else _("Xem")), url
    return str(words), link(endpoint, referral_id=row.id) or url


def _said(row: SentRow) -> str:
    if row.state in RUNNING and asks(row.state, row.sent_stage):
        return _("Nơi nhận hỏi bạn")
    if row.decline_code:
        why = label_of("referral_declines", row.decline_code)
        if row.suggested_kind:
            whose = agency_name(row.suggested_kind.value)
            return _("%(why)s. Thuộc: %(whose)s", why=why, whose=whose)
        return why
    return label_of("referral_outcomes", row.outcome_code) if row.outcome_code else ""


def _boxes(actor: Actor, wanted: SentFilter) -> Iterable[Box]:
    if not sees_whole_area(actor):
        yield box("who", _("Người gửi"), [(MINE, _("Tôi gửi"))], wanted.who)
    yield from need_boxes(wanted, rules().services)
