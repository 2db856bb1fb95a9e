"""The inbox in words: tabs, filters, cards with one verb each."""

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
from app.auth.permissions import Permission, has_permission
from app.cases.labels import label_of
from app.cases.pages.file import commune_name
from app.cases.pages.links import key_text, link
from app.cases.pages.list_filters import Box
from app.cases.pages.log import read_time_key
from app.referrals.enums import ReferralState, Stage, Urgency
from app.referrals.numbers import read_number
from app.referrals.pages.lines import (
    Left,
    Mark,
    alert_words,
    child_words,
    left_words,
    letter_words,
    service_words,
    state_mark,
    urgency_mark,
)
from app.referrals.pages.list_parts import Tab, box, empty_words, need_boxes, tabs
from app.referrals.pages.room_news import RoomLine, rooms_with_news
from app.referrals.queries.inbox import (
    MINE,
    TABS,
    UNASSIGNED,
    InboxFilter,
    InboxRow,
    inbox_counts,
    inbox_rows,
)
from app.referrals.rules import rules
from app.referrals.words import INBOX_TABS, RECALLS
from app.web.words import _, _l

S = ReferralState
_NOBODY = uuid.UUID(int=0)
SILENT = frozenset({S.RECALLED, S.EXPIRED})  # nothing of the child is said any more
_VERBS: Mapping[ReferralState, LazyString] = {
    S.SENT: _l("Trả lời"),
    S.OPENED: _l("Trả lời"),
    S.ACCEPTED: _l("Ghi lần gặp đầu tiên"),
    S.IN_SERVICE: _l("Ghi việc đã làm"),
    S.DELIVERED: _l("Báo kết quả"),
}
_WHO: Mapping[str, LazyString] = {
    MINE: _l("Giao cho tôi"),
    UNASSIGNED: _l("Chưa giao cho ai"),
}
_EMPTY: Mapping[Stage, tuple[LazyString, LazyString]] = {
    Stage.ANSWER: (
        _l("Đã trả lời hết"),
        _l("Phiếu mới sẽ hiện ở đây, phiếu sắp hết giờ ở trên cùng."),
    ),
    Stage.SERVICE: (
        _l("Không có phiếu nào đang thực hiện"),
        _l("Phiếu mà đơn vị bạn đã nhận nằm ở đây cho đến khi báo kết quả."),
    ),
    Stage.WAITING: (
        _l("Không phải chờ ai"),
        _l("Ở đây là phiếu bạn đã hỏi thêm, hoặc đang chờ Sở Y tế quyết định."),
    ),
    Stage.DONE: (_l("Chưa có phiếu nào đã xong"), _l("Kết quả đã báo về nơi gửi nằm ở đây.")),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One referral: who, what, how urgent, how long is left, one verb."""

    id: uuid.UUID
    url: str
    preview_url: str
    title: str
    about: str
    number: str
    service: str
    letter: str
    urgency: Mark
    alerts: tuple[str, ...]
    left: Left | None
    state: Mark
    said: str
    sender: str
    officer: str
    verb: str
    may_tick: bool
    is_replied: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    address: str
    tabs: tuple[Tab, ...]
    boxes: tuple[Box, ...]
    stage: str
    number: str
    is_unknown_number: bool
    active: int
    clear_url: str
    cards: Sequence[Card]
    next_url: str
    first_url: str
    empty: tuple[str, str]
    news_url: str
    open_url: str
    may_tick: bool
    rooms: Sequence[RoomLine]


def read_filter(args: Mapping[str, str]) -> InboxFilter:
    """The filter that an address asks for; what is no code is no filter."""
    stage, urgency = args.get("stage", ""), args.get("urgency", "")
    service, who = args.get("service", ""), args.get("who", "")
    return InboxFilter(
        stage=Stage(stage) if stage in TABS else Stage.ANSWER,
        who=who if who in _WHO else "",
        service=service if service in rules().services else "",
        urgency=Urgency(urgency) if urgency in set(Urgency) else None,
        number=read_number(args.get("number", "")),
    )


def inbox_page(
    session: Session, actor: Actor, args: Mapping[str, str], *, limit: int, now: datetime
) -> InboxPage:
    """Three statements, the counts of the tabs, and the list on the log."""
    wanted, after = read_filter(args), read_time_key(args.get("after", ""))
    rows = inbox_rows(session, actor, wanted, after=after, limit=limit, now=now)
    shown = rows[:limit]
    listed = {"referrals": [row.id for row in shown], "filters": [wanted.stage, *wanted.active]}
    record(
        session, actor, AuditAction.REFERRALS_LISTED, at=now, data={**listed, "count": len(shown)}
    )
    more = key_text(*shown[-1].key) if len(rows) > limit else ""
    here = address(wanted, after=args.get("after", "") if after else "", limit=args.get("limit"))
    may_answer = has_permission(actor, Permission.REFERRAL_ANSWER)
    cards = _cards(shown, here, may_answer, now)
    typed = args.get("number", "").strip()[:40]
    return InboxPage(
        address=here,
        tabs=tabs(
            INBOX_TABS,
            inbox_counts(session, actor),
            chosen=wanted.stage if wanted.number is None else None,
            address=lambda stage: address(InboxFilter(stage=stage, who=wanted.who)),
        ),
        boxes=tuple(_boxes(actor, wanted)),
        stage=wanted.stage.value,
        number=typed,
        is_unknown_number=bool(typed) and wanted.number is None,
        active=len(wanted.active),
        clear_url=address(InboxFilter(stage=wanted.stage)),
        cards=cards,
        next_url=address(wanted, after=more, limit=args.get("limit")) if more else "",
        first_url=address(wanted, limit=args.get("limit")) if after else "",
        empty=empty_words(wanted, _EMPTY[wanted.stage]),
        news_url=_news_url(now),
        open_url=_open_url(args.get("open", ""), here),
        rooms=rooms_with_news(session, actor, now),
        may_tick=any(card.may_tick for card in cards),
    )


def address(wanted: InboxFilter, *, after: str = "", limit: str | None = None) -> str:
    """The list with these filters, codes only."""
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
    return f"{link('referrals.inbox')}?{query}"


def is_inbox(url: str) -> bool:
    return url.startswith(f"{link('referrals.inbox')}?")


def preview_url(url: str, back: str) -> str:
    """The referral beside the list it was opened from."""
    return f"{url}?{urlencode({'back': back})}"


def _open_url(text: str, here: str) -> str:
    """The referral that stood beside the list before an answer was sent."""
    try:
        referral_id = uuid.UUID(text)
    except ValueError:
        return ""
    return preview_url(link("referrals.show", referral_id=referral_id), here)


def _news_url(now: datetime) -> str:
    return f"{link('referrals.inbox_news')}?since={key_text(now, _NOBODY)}"


def _boxes(actor: Actor, wanted: InboxFilter) -> Iterable[Box]:
    yield box("who", _("Người xử lý"), _WHO.items(), wanted.who)
    yield from need_boxes(wanted, rules().offered(actor.unit_kind))


def _cards(rows: Iterable[InboxRow], here: str, may_answer: bool, now: datetime) -> list[Card]:
    pattern = link("referrals.show", referral_id=_NOBODY)
    return [_card(row, pattern.replace(str(_NOBODY), str(row.id)), here, may_answer, now)
            for row in rows]  # fmt: skip


def _card(row: InboxRow, url: str, here: str, may_answer: bool, now: datetime) -> Card:
    title, about = _who(row)
    verb = _VERBS.get(row.state) if may_answer else None
    return Card(
        id=row.id,
        url=url,
        preview_url=preview_url(url, here),
        title=title,
        about=about,
        number=f"{row.number} · {row.case_number}" if row.case_number else row.number,
        service=service_words(row.service),
        letter=letter_words(row.letter) if row.state not in SILENT else "",
        urgency=urgency_mark(row.urgency),
        alerts=() if row.state in SILENT else alert_words(row.alerts),
        left=left_words(row.state, row.due_at, now, is_disputed=row.is_disputed),
        state=state_mark(row.state),
        said=_said(row),
        sender=row.sender,
        officer=row.officer or "",
        verb=str(verb or _("Xem")),
        may_tick=may_answer and row.state is S.SENT,
        is_replied=row.is_replied,
    )


def _who(row: InboxRow) -> tuple[str, str]:
    """(title, line under it). After a recall nothing of the child is left."""
    if row.state in SILENT:
        return service_words(row.service), ""
    commune = commune_name(row.commune_code) if row.commune_code else ""
    said = child_words(row.age, row.sex)
    if row.name:
        return row.name, " · ".join(filter(None, (said, commune)))
    return said, commune


def _said(row: InboxRow) -> str:
    if row.state is S.RECALLED:
        return str(RECALLS[row.recall_reason]) if row.recall_reason else ""
    if row.decline_code:
        return label_of("referral_declines", row.decline_code)
    return label_of("referral_outcomes", row.outcome_code) if row.outcome_code else ""
