"""The measures of referrals in words: tables, two pictures, and what each number counts."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import LazyString
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.cases.labels import label_of
from app.cases.pages.links import link
from app.core import clock
from app.referrals import policy
from app.referrals.models import Referral
from app.referrals.pages.measure_bars import Bar, answer_bars, time_bars
from app.referrals.pages.periods import Period
from app.referrals.queries import measures as queries
from app.referrals.queries.measures import COUNTED, PAGE, Facts, Pace
from app.referrals.words import CHIPS, STATES
from app.web.filters import duration, vn_datetime
from app.web.words import _, _l

OUTSIDE = "outside"
WORDS: Mapping[str, LazyString] = {
    "sent": _l("Đã gửi"),
    "answered": _l("Đã trả lời"),
    "late_answer": _l("Trả lời muộn, hoặc quá hạn chưa trả lời"),
    "late_contact": _l("Gặp trẻ em muộn, hoặc quá hạn chưa gặp"),
    "late_outcome": _l("Báo kết quả muộn, hoặc quá hạn chưa báo"),
    "declined": _l("Từ chối"),
    "unanswered": _l("Chưa trả lời"),
    "told_1": _l("Chưa trả lời, đã nhắc cán bộ"),
    "told_2": _l("Chưa trả lời, đã nhắc phụ trách đơn vị"),
    "told_3": _l("Chưa trả lời, đã báo Sở Y tế"),
    "expired": _l("Hết hạn, không ai trả lời"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """A count with the list behind it."""

    value: int
    url: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One step: median and 90 % in words; the share in time, and what was late."""

    spread: str
    share: str
    is_low: bool
    late: Number | None


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    sent: Number
    opened: str
    answered: Cell
    contacted: Cell
    completed: Cell
    declined: Number
    unanswered: Number
    expired: Number


def measures_page(
    session: Session, *, actor: Actor, period: Period, now: datetime
) -> dict[str, Any]:
    """Three statements."""
    scope = policy.measured_by(actor)
    found = queries.measures(session, scope, period.span, now)
    names = queries.unit_names(session, [one.unit_id for one in found.by_unit if one.unit_id])
    reasons = queries.declines(session, scope, period.span)
    units = [_row(one, _unit_name(one, names), period, by="unit") for one in found.by_unit]
    services = [_row(one, _service(one), period, by="service") for one in found.by_service]
    return {
        "whole": _row(found.whole, _("Tất cả"), period, by=""),
        "units": units,
        "services": services,
        "declines": [_reason(code, n, period) for code, n in reasons],
        "told": [
            _number(n, period, f"told_{level}") for level, n in enumerate(found.whole.told, 1)
        ],
        "answers": answer_bars([_bar(one, _unit_name(one, names)) for one in found.by_unit]),
        "times": time_bars(
            [(_service(one), one.answered) for one in found.by_service if one.answered.done]
        ),
        **_periods(period, now),
    }


def _periods(period: Period, now: datetime) -> dict[str, Any]:
    this = Period(clock.local(now).date().replace(day=1), 1)
    kinds = ((1, _("Tháng")), (3, _("Quý")), (12, _("Năm")))
    later = period.moved(1)
    return {
        "period": period,
        "kinds": [
            (words, _url(_of_kind(period, n, this)), None, n == period.months) for n, words in kinds
        ],
        "earlier_url": _url(period.moved(-1)),
        "later_url": _url(later) if later.start <= this.start else "",
    }


def _of_kind(period: Period, months: int, this: Period) -> Period:
    """A longer period around the one shown; a shorter one at its end, not later than today."""
    if months >= period.months:
        return period.around(months)
    last = Period(period.moved(1).start, months).moved(-1)
    return min(last, this.around(months), key=lambda one: one.start)


def _url(period: Period, endpoint: str = "referral_measures.index", **more: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in more.items() if value)
    return f"{link(endpoint)}?period={period.name}" + (f"&{query}" if query else "")


def _row(one: Facts, label: str, period: Period, *, by: str) -> Row:
    where = {"unit": str(one.unit_id or OUTSIDE)} if by == "unit" else {}
    where |= {"service": one.service or ""} if by == "service" else {}

    def number(value: int, what: str) -> Number:
        return _number(value, period, what, **where)

    return Row(
        label=label,
        sent=number(one.sent, "sent"),
        opened=_spread(one.opened),
        answered=_cell(one.answered, number(one.answered.late, "late_answer")),
        contacted=_cell(one.contacted, number(one.contacted.late, "late_contact")),
        completed=_cell(one.completed, number(one.completed.late, "late_outcome")),
        declined=number(one.declined, "declined"),
        unanswered=number(one.unanswered, "unanswered"),
        expired=number(one.expired, "expired"),
    )


def _number(value: int, period: Period, what: str, **where: str) -> Number:
    url = _url(period, "referral_measures.listed", what=what, **where) if value else ""
    return Number(value, url)


def _reason(code: str, value: int, period: Period) -> tuple[str, Number]:
    url = _url(period, "referral_measures.listed", what="declined", reason=code)
    return label_of("referral_declines", code), Number(value, url)


def _cell(pace: Pace, late: Number) -> Cell:
    share = pace.share
    return Cell(
        spread=_spread(pace),
        share=_share(pace),
        is_low=share is not None and share < LOW,
        late=late if pace.due else None,
    )


LOW, FEW = 0.8, 10


def _share(pace: Pace) -> str:
    """Of a few by their number: 0 % of one says nothing."""
    if pace.share is None:
        return "–"
    if (pace.due or 0) < FEW:
        return f"{pace.in_time}/{pace.due}"
    return f"{round(pace.share * 100)}%"


def _spread(pace: Pace) -> str:
    """Of one that it took; of several how long half of them, and nine in ten, took."""
    if pace.median is None or pace.most is None:
        return "–"
    half, most = duration(pace.median), duration(pace.most)
    if half == most:
        return half
    return _("một nửa trong %(half)s, 9/10 trong %(most)s", half=half, most=most)


def _bar(one: Facts, label: str) -> Bar:
    return Bar(label, in_time=one.answered.in_time, late=one.answered.late, declined=one.declined,
               sent=one.sent)  # fmt: skip


def _unit_name(one: Facts, names: Mapping[uuid.UUID, str]) -> str:
    return names.get(one.unit_id, "–") if one.unit_id else _("Cơ quan ngoài hệ thống")


def _service(one: Facts) -> str:
    return label_of("referral_services", one.service)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list counts, as its address says: codes and ids only."""

    what: str
    unit: str = ""
    service: str = ""
    reason: str = ""

    @property
    def filters(self) -> dict[str, str]:
        known = {"what": self.what, "unit": self.unit, "service": self.service}
        return {name: value for name, value in {**known, "reason": self.reason}.items() if value}


def list_page(
    session: Session,
    *,
    actor: Actor,
    period: Period,
    wanted: Wanted,
    before: uuid.UUID | None,
    now: datetime,
) -> dict[str, Any]:
    """The referrals behind a number; numbers and codes only. The listing stands on the log."""
    scope = policy.measured_by(actor)
    rows = queries.counted(session, scope, period.span, _conditions(wanted, now), before=before)
    shown = rows[:PAGE]
    data = {"referrals": [one.id for one in shown], "filters": [*wanted.filters.values()]}
    record(session, actor, AuditAction.REFERRALS_LISTED, at=now, data=data)
    here = {**wanted.filters, "before": str(shown[-1].id)} if len(rows) > PAGE else {}
    older = _url(period, "referral_measures.listed", **here) if here else ""
    return {
        "title": _title(wanted),
        "period": period,
        "lines": [_line(one) for one in shown],
        "older": older,
        "back": _url(period),
    }


def _conditions(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    """A value that is none finds nothing."""
    found = [COUNTED.get(wanted.what, COUNTED["sent"])(now)]
    if wanted.unit == OUTSIDE:
        found.append(Referral.to_unit_id.is_(None))
    elif wanted.unit:
        found.append(Referral.to_unit_id == uuid.UUID(wanted.unit))
    if wanted.service:
        found.append(Referral.service == wanted.service)
    if wanted.reason:
        found.append(Referral.decline_code == wanted.reason)
    return found


def _title(wanted: Wanted) -> str:
    title = str(WORDS.get(wanted.what, WORDS["sent"]))
    return f"{title}: {label_of('referral_declines', wanted.reason)}" if wanted.reason else title


@dataclass(frozen=True, slots=True)
class Line:
    number: str
    url: str
    service: str
    to: str
    state: str
    tone: str
    sent: str
    answered: str


def _line(one: Referral) -> Line:
    return Line(
        number=one.number,
        url=link("referrals.show", referral_id=one.id),
        service=label_of("referral_services", one.service),
        to=one.to_unit.short_name if one.to_unit else _("Cơ quan ngoài hệ thống"),
        state=str(STATES[one.state]),
        tone=CHIPS[one.state][0],
        sent=vn_datetime(one.sent_at),
        answered=vn_datetime(one.answered_at) if one.answered_at else "–",
    )
