"""The calendar of what is due: a month, a week or a day, Monday first, days off marked."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.cases.pages.links import link
from app.core import clock
from app.deadlines.calendar import is_working_day
from app.deadlines.calendar_days import ShownDay, days_between
from app.reminders.pages.words import kind_words
from app.reminders.policy import OF_UNIT
from app.reminders.queries.calendar import Due, dues, overdue_before
from app.web.dates import parse_date
from app.web.filters import vn_time, weekday_name
from app.web.words import _, _l

VIEWS: Mapping[str, LazyString] = {"month": _l("Tháng"), "week": _l("Tuần"), "day": _l("Ngày")}
OF_EACH_DAY = {"month": 3, "week": 8, "day": 100}
FIRST_YEAR, LAST_YEAR = 2015, 2100
ONE_DAY = timedelta(days=1)
_NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class View:
    """What an address asks for; `is_bad`: its day is none, and today stands for it."""

    kind: str
    on: date
    is_own: bool
    is_bad: bool = False

    @property
    def first(self) -> date:
        if self.kind == "day":
            return self.on
        day = self.on.replace(day=1) if self.kind == "month" else self.on
        return day - timedelta(days=day.weekday())

    @property
    def days(self) -> list[date]:
        """Whole weeks around a month."""
        if self.kind != "month":
            return [self.first + n * ONE_DAY for n in range(7 if self.kind == "week" else 1)]
        last = self.moved(1) - ONE_DAY
        count = (last - self.first).days + 7 - last.weekday()
        return [self.first + n * ONE_DAY for n in range(count)]

    def moved(self, by: int) -> date:
        """So many months, weeks or days on: the first day of a month."""
        if self.kind == "month":
            months = self.on.year * 12 + self.on.month - 1 + by
            return date(months // 12, months % 12 + 1, 1)
        return self.on + by * ONE_DAY * (7 if self.kind == "week" else 1)


@dataclass(frozen=True, slots=True)
class Item:
    time: str
    words: str
    number: str
    name: str
    url: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Day:
    """`off`: why nobody works, "" on a working day; `is_out`: of the month before or after."""

    day: date
    weekday: str
    is_today: bool
    is_out: bool
    is_off: bool
    note: str
    items: list[Item]
    more: int
    url: str


def read_view(asked: Mapping[str, str], actor: Actor, today: date) -> View:
    kind = asked.get("view", "")
    is_own = asked.get("who") != "unit" or actor.role not in OF_UNIT
    kind = kind if kind in VIEWS else "month"
    text = asked.get("on", "")
    try:
        on = parse_date(text) if text else today
    except ValueError:
        return View(kind, today, is_own, is_bad=True)
    is_far = not FIRST_YEAR <= on.year <= LAST_YEAR
    return View(kind, today if is_far else on, is_own, is_bad=is_far)


def calendar_page(session: Session, *, actor: Actor, view: View, now: datetime) -> dict[str, Any]:
    """Three statements, and one for the log where names are shown."""
    days, today = view.days, clock.local(now).date()
    start = _midnight(days[0])
    found = dues(
        session,
        actor,
        start=start,
        end=_midnight(days[-1] + ONE_DAY),
        is_own=view.is_own,
        of_each_day=OF_EACH_DAY[view.kind],
    )
    _note(session, actor, found, now)
    different = {one.day: one for one in days_between(session, days[0], days[-1])}
    by_day: dict[date, list[Due]] = {}
    for one in found:
        by_day.setdefault(one.day, []).append(one)
    before = overdue_before(session, actor, start=min(start, now), is_own=view.is_own)
    return {
        "view": view,
        "title": _title(view),
        "weekdays": [weekday_name(day) for day in days[:7]],
        "days": [_day(day, by_day.get(day, ()), different, view, now) for day in days],
        "is_empty": not found,
        "before": before,
        "all_url": link("reminders.index"),
        "views": _views(view),
        "whose": _whose(view) if actor.role in OF_UNIT else (),
        "earlier_url": _url(view, on=view.moved(-1)),
        "later_url": _url(view, on=view.moved(1)),
        "today_url": "" if today in days and view.kind != "day" else _url(view, on=today),
    }


def _day(
    day: date, found: Sequence[Due], different: Mapping[date, ShownDay], view: View, now: datetime
) -> Day:
    special = different.get(day)
    is_off = not is_working_day(day, {one.day: one.is_working for one in different.values()})
    return Day(
        day=day,
        weekday=weekday_name(day),
        is_today=day == clock.local(now).date(),
        is_out=view.kind == "month" and day.month != view.on.month,
        is_off=is_off,
        note=_special(special) if special else "",
        items=[*_items(found, now)],
        more=found[0].of_day - len(found) if found else 0,
        url=_url(view, kind="day", on=day),
    )


def _special(day: ShownDay) -> str:
    return _("Làm bù: %(why)s", why=day.reason) if day.is_working else day.reason


def _items(found: Sequence[Due], now: datetime) -> Iterator[Item]:
    pattern = link("reminders.show", obligation_id=_NOBODY)
    for one in found:
        yield Item(
            time=vn_time(one.due_at),
            words=kind_words(one.kind),
            number=one.number or "",
            name=one.name or "",
            url=pattern.replace(str(_NOBODY), str(one.id)),
            is_late=one.due_at < now,
        )


def _note(session: Session, actor: Actor, found: Sequence[Due], now: datetime) -> None:
    """Names were read: one event for all."""
    read = sorted({str(one.case_id) for one in found if one.name})
    if read:
        listed = {"cases": read, "filters": "calendar"}
        record(session, actor, AuditAction.CASES_LISTED, at=now, data=listed)


def _title(view: View) -> str:
    if view.kind == "month":
        return _("Tháng %(n)s/%(year)s", n=f"{view.on.month:02d}", year=view.on.year)
    first, last = view.days[0], view.days[-1]
    if view.kind == "day":
        name = weekday_name(first)
        return f"{name[:1].upper()}{name[1:]} {first:%d/%m/%Y}"
    return _("Tuần %(first)s – %(last)s", first=f"{first:%d/%m}", last=f"{last:%d/%m/%Y}")


def _views(view: View) -> list[tuple[str, str, None, bool]]:
    return [
        (str(words), _url(view, kind=code), None, code == view.kind)
        for code, words in VIEWS.items()
    ]


def _whose(view: View) -> list[tuple[str, str, None, bool]]:
    both = ((_("Của tôi"), True), (_("Cả đơn vị"), False))
    return [(words, _url(view, is_own=own), None, own == view.is_own) for words, own in both]


def _url(view: View, *, kind: str = "", on: date | None = None, is_own: bool | None = None) -> str:
    who = "mine" if (view.is_own if is_own is None else is_own) else "unit"
    base = link("calendar_of_dues.index")
    return f"{base}?view={kind or view.kind}&on={(on or view.on).isoformat()}&who={who}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.LOCAL).astimezone(UTC)
