"""The list of what is due in words: tabs, groups by when it is due, one action each."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Role
from app.auth.permissions import Permission, has_permission
from app.cases.pages.clocks import Chip
from app.cases.pages.links import key_text, link
from app.cases.pages.log import read_time_key
from app.core import clock
from app.reminders.pages.of_units import of_units, summaries
from app.reminders.pages.words import (
    asked_words,
    chip_of,
    kind_words,
    snoozed_words,
    way_to,
    with_doer,
)
from app.reminders.policy import OF_UNIT, PERSONAL
from app.reminders.queries.lists import DueRow, View, counts, due_rows, names_of, still_due
from app.reminders.queries.one import texts_of
from app.web.filters import vn_datetime
from app.web.words import _, _l

IS_TOLD = frozenset({Role.COMMUNE_CHAIR, Role.UNIT_LEAD, Role.SUPERVISOR})
_TABS: Mapping[View, LazyString] = {
    View.MINE: _l("Của tôi"),
    View.UNIT: _l("Cả đơn vị"),
    View.TOLD: _l("Đã nhắc lên tôi"),
    View.LATER: _l("Để sau, còn lâu"),
}
_EMPTY: Mapping[View, tuple[LazyString, LazyString]] = {
    View.MINE: (_l("Đã xong hết việc"), _l("Việc sắp đến hạn sẽ tự hiện ở đây.")),
    View.UNIT: (_l("Đơn vị đã xong hết việc"), _l("Không ai trong đơn vị có việc đang chờ.")),
    View.TOLD: (
        _l("Không có việc nào nhắc lên bạn"),
        _l("Việc mà không ai trả lời sẽ được nhắc lên bạn ở đây."),
    ),
    View.LATER: (
        _l("Không có việc nào để sau"),
        _l("Ở đây là việc bạn đã để sau, và việc còn hơn 30 ngày mới đến hạn."),
    ),
}
_GROUPS: tuple[LazyString, ...] = (
    _l("Khẩn cấp"),
    _l("Đã quá hạn"),
    _l("Hôm nay"),
    _l("Trong 7 ngày tới"),
    _l("Sau đó"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """As the macro `tabs` unpacks it."""

    label: str
    url: str
    count: int
    is_on: bool

    def __iter__(self) -> "Iterable[object]":
        return iter((self.label, self.url, self.count, self.is_on))


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do. `done_url`: it is said to be done here, by a button."""

    id: uuid.UUID
    url: str
    title: str
    about: str
    chip: Chip
    action: str
    action_url: str
    done_url: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """`summaries`: (words, address) of what is many rows of the list; before which group."""

    summaries: tuple[tuple[str, str], ...]
    summaries_at: int
    tabs: tuple[Tab, ...]
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    next_url: str
    first_url: str
    empty: tuple[str, str]
    shown: tuple[uuid.UUID, ...]
    may_be_asked: bool


def list_page(
    session: Session, actor: Actor, args: Mapping[str, str], *, limit: int, now: datetime
) -> ListPage:
    """At most five statements, whatever is due, and what packages above ask for their rows."""
    offered = views_of(actor)
    asked = args.get("tab", "")
    view = View(asked) if asked in offered else offered[0]
    known = read_time_key(args.get("after", ""))
    after = (args.get("urgent") != "1", *known) if known else None
    rows = due_rows(session, actor, view, now=now, after=after, limit=limit)
    numbers = counts(session, actor, now)
    shown = rows[:limit]
    lines = lines_of(session, actor, shown, view=view, now=now)
    by_id = {row.id: row for row in shown}
    is_urgent = bool(shown) and shown[0].is_urgent
    days = groupby(lines, key=lambda line: _group(by_id[line.id], now))
    more = _after(shown[-1]) if len(rows) > limit else ""
    return ListPage(
        summaries=summaries(session, actor, now) if view is View.TOLD and not after else (),
        summaries_at=1 if is_urgent else 0,
        tabs=tuple(
            Tab(str(_TABS[one]), address(one), numbers.of[one], one is view) for one in offered
        ),
        groups=tuple((str(_GROUPS[place]), tuple(found)) for place, found in days),
        next_url=f"{address(view)}{more}" if more else "",
        first_url=address(view) if after else "",
        empty=(str(_EMPTY[view][0]), str(_EMPTY[view][1])),
        shown=tuple(line.id for line in lines),
        may_be_asked=numbers.may_be_asked,
    )


def views_of(actor: Actor) -> tuple[View, ...]:
    """The tabs of this role; the first is what it opens with."""
    told = actor.role in IS_TOLD
    if actor.role is Role.SUPERVISOR:
        return View.TOLD, View.MINE, View.LATER
    if actor.role is Role.COMMUNE_CHAIR:
        return View.TOLD, View.UNIT, View.MINE, View.LATER
    found = [View.MINE]
    if actor.role in OF_UNIT:
        found.append(View.UNIT)
    return (*found, View.TOLD, View.LATER) if told else (*found, View.LATER)


def address(view: View) -> str:
    return f"{link('reminders.index')}?tab={view.value}"


def lines_of(
    session: Session, actor: Actor, rows: Sequence[DueRow], *, view: View | None, now: datetime
) -> list[Line]:
    """Those that the state of the work still asks for; three statements, one more for each kind
    that is of a unit. Without a view: of one
    case, whose child and number stand on the page already."""
    due = still_due(session, rows, now)
    live = [row for row in rows if row.what in due]
    names = names_of(session, actor, (row.case_id for row in live)) if view else {}
    own = [row.subject_id for row in live if row.kind == PERSONAL]
    texts = texts_of(session, actor, own)
    texts = {**texts, **of_units(session, live)}
    return [_line(row, actor, names, texts, view, now) for row in live]


def _line(
    row: DueRow,
    actor: Actor,
    names: Mapping[uuid.UUID, str | None],
    texts: Mapping[uuid.UUID, str | None],
    view: View | None,
    now: datetime,
) -> Line:
    is_own = row.kind == PERSONAL
    text = texts.get(row.subject_id) or ""
    what, of_unit = (text, "") if is_own else ("", text)
    action, action_url = way_to(
        actor,
        row.kind,
        subject_id=row.subject_id,
        case_id=row.case_id,
        report_id=row.report_id,
    )
    url = link("reminders.show", obligation_id=row.id)
    if _waits_for(actor, row):
        action, action_url = _("Xem và quyết định"), url
    done_url = link("reminders.done", personal_id=row.id) if is_own else ""
    return Line(
        id=row.id,
        url=url,
        title=what or kind_words(row.kind),
        about=" · ".join(filter(None, (of_unit, *_about(row, names, view)))),
        chip=chip_of(row.kind, row.due_at, now),
        action=_("Xong") if is_own else action,
        action_url=action_url,
        done_url=done_url,
    )


def _waits_for(actor: Actor, row: DueRow) -> bool:
    """Somebody else says that it is not needed, and this person may agree."""
    is_asked = row.is_pending and row.asked_by != actor.id
    return is_asked and has_permission(actor, Permission.REMINDER_DECIDE)


def _about(row: DueRow, names: Mapping[uuid.UUID, str | None], view: View | None) -> Iterable[str]:
    if view is not None:
        yield (names.get(row.case_id) if row.case_id else None) or ""
        yield row.number or ""
        yield from asked_words(row.other_unit, row.service)
    if view in (None, View.UNIT, View.TOLD):
        yield with_doer(row.kind, row.who)
    if row.snoozed_until is not None and view is View.LATER:
        yield _("nhắc lại lúc %(when)s", when=vn_datetime(row.snoozed_until))
    yield _("xin không làm, chờ đồng ý") if row.is_pending else ""
    yield snoozed_words(row.snoozes)


def _group(row: DueRow, now: datetime) -> int:
    if row.is_urgent:
        return 0
    if row.due_at < now:
        return 1
    days = (clock.local(row.due_at).date() - clock.local(now).date()) // timedelta(days=1)
    return 2 if days == 0 else 3 if days <= 7 else 4


def _after(row: DueRow) -> str:
    """Where the next page begins."""
    urgent = "&urgent=1" if row.is_urgent else ""
    return f"&after={key_text(row.due_at, row.id)}{urgent}"
