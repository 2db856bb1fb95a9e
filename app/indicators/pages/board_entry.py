"""Entering: what a department has to enter in a year, the form of a value, one to be answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit, User
from app.cases.queries.changes import who_when
from app.core import clock
from app.indicators.board_policy import oversees
from app.indicators.models import BoardValue, ValueState
from app.indicators.pages.board_part import evidence_url
from app.indicators.pages.board_words import STATES, shown, target_words, unit_words
from app.indicators.plan24 import Department, Part, plan
from app.indicators.queries.board import Newest, newest
from app.web.filters import vn_date
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Task:
    """A part in the year; `state` is (words, tone), `note` why it came back."""

    code: str
    name: str
    year: int
    part_url: str
    state: tuple[str, str]
    value: str
    typed: str
    note: str
    enter_url: str | None
    enter_words: str
    decide_url: str | None
    is_returned: bool

    @property
    def is_owed(self) -> bool:
        return not self.value or self.is_returned


@dataclass(frozen=True, slots=True)
class Of:
    """What one department has of the year."""

    label: str
    code: str
    done: int
    confirmed: int
    total: int
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class WorkPage:
    """`waiting`: of all years; `returned`: of the other ones."""

    year: int
    due: str
    is_late: bool
    shown: Of
    is_own: bool
    all: tuple[Of, ...]
    years: tuple[tuple[int, str, bool], ...]
    tasks: tuple[Task, ...]
    waiting: tuple[Task, ...]
    returned: tuple[Task, ...]


Found = Mapping[tuple[str, int], Newest]


def work_page(
    session: Session, *, actor: Actor, own: Department, args: Mapping[str, str], now: datetime
) -> WorkPage:
    """The own department's parts; the Department of Health may look at another's."""
    this_year = clock.local(now).year
    codes = [one.code for one in plan().departments if _parts_of(one.code)]
    asked = args.get("department", "")
    code = asked if oversees(actor) and asked in codes else own.code
    found = newest(session)
    past = [
        _task(part, last, actor, own, at)
        for part in _parts_of(code)
        for (name, at), last in sorted(found.items())
        if name == part.code
    ]
    waiting = tuple(task for task in past if task.decide_url)
    returned = [task for task in past if task.is_returned]
    asks = [task.year for task in (*returned, *waiting)]
    year = _year_of(args.get("year", ""), this_year) or _year_to_open(code, found, asks, this_year)
    offered = codes if oversees(actor) else [own.code]
    all_of = tuple(_of(one, found, year, is_on=one == code) for one in offered)
    tasks = [
        _task(part, found.get((part.code, year)), actor, own, year) for part in _parts_of(code)
    ]
    return WorkPage(
        year=year,
        due=vn_date(plan().due_of(year)),
        is_late=plan().due_of(year) < clock.local(now).date(),
        shown=_of(code, found, year, is_on=True),
        is_own=code == own.code,
        all=all_of,
        years=tuple(
            (one, url_for("indicator_board.work", year=one, department=code), one == year)
            for one in range(this_year, plan().first_year - 1, -1)
        ),
        tasks=tuple(sorted(tasks, key=lambda task: (not task.is_owed, not task.is_returned))),
        waiting=waiting,
        returned=tuple(task for task in returned if task.year != year),
    )


def _year_of(text: str, this_year: int) -> int | None:
    """The one asked for."""
    if text.isascii() and text.isdigit() and len(text) == 4:
        return max(plan().first_year, min(int(text), this_year))
    return None


def _year_to_open(code: str, found: Found, asks: Sequence[int], this_year: int) -> int:
    """The last year while it is owed, else the newest where something waits, else this one."""
    last = _of(code, found, this_year - 1, is_on=True)
    if last.done < last.total:
        return max(this_year - 1, plan().first_year)
    return max(asks, default=this_year)


def _parts_of(code: str) -> Sequence[Part]:
    return [part for part in plan().entered if part.department == code]


def _of(code: str, found: Found, year: int, *, is_on: bool) -> Of:
    """Done is what was entered and not returned."""
    states = [one.state for part in _parts_of(code) if (one := found.get((part.code, year)))]
    return Of(
        label=plan().department(code).label,
        code=code,
        done=sum(state is not ValueState.RETURNED for state in states),
        confirmed=states.count(ValueState.CONFIRMED),
        total=len(_parts_of(code)),
        url=url_for("indicator_board.work", year=year, department=code),
        is_on=is_on,
    )


def _task(part: Part, last: Newest | None, actor: Actor, own: Department, year: int) -> Task:
    is_own = part.department == own.code
    can_decide = last is not None and last.state is ValueState.DRAFTED and last.by_id != actor.id
    words, tone = STATES[last.state] if last else (_("Chưa nhập"), "")
    place: dict[str, Any] = {"board_part": part.code}
    return Task(
        code=part.code,
        name=part.name,
        year=year,
        part_url=url_for("indicator_board.part", **place),
        state=(str(words), tone),
        value=shown(last.value, part.unit) if last else "",
        typed=who_when(last.by_name, last.typed_at) if last else "",
        note=last.answer or "" if last and last.state is ValueState.RETURNED else "",
        enter_url=url_for("indicator_board.enter", board_year=year, **place) if is_own else None,
        enter_words=_("Nhập") if last is None else _("Sửa"),
        decide_url=url_for("indicator_board.value", value_id=last.id)
        if last and can_decide
        else None,
        is_returned=last is not None and last.state is ValueState.RETURNED,
    )


@dataclass(frozen=True, slots=True)
class EntryPage:
    part: Part
    year: int
    text: str
    target: str
    unit: str
    version: int
    has_file: bool
    is_count: bool
    is_correction: bool
    returned: str
    value_help: str


def entry_page(
    session: Session, *, part: Part, year: int, last: BoardValue | None, now: datetime
) -> EntryPage:
    is_count = part.factor is None
    return EntryPage(
        part=part,
        year=year,
        text=plan().indicator_of(part).text,
        target=target_words(part),
        unit=unit_words(part.unit),
        version=last.version if last else 0,
        has_file=last is not None and last.file_id is not None,
        is_count=is_count,
        is_correction=last is not None,
        returned=last.answer or "" if last and last.state is ValueState.RETURNED else "",
        value_help=_("Số cuộc trong năm %(year)s.", year=year)
        if is_count
        else _(
            "Đơn vị: %(unit)s. Phần lẻ sau dấu phẩy, ví dụ 14,7. Bỏ trống nếu ghi tử số và mẫu số.",
            unit=unit_words(part.unit),
        ),
    )


@dataclass(frozen=True, slots=True)
class ValuePage:
    """A value that waits for its answer, or one that was answered."""

    id: object
    code: str
    name: str
    year: int
    rows: tuple[tuple[str, str], ...]
    evidence_url: str | None
    is_open: bool
    is_own: bool
    part_url: str


def value_page(session: Session, *, actor: Actor, value: BoardValue) -> ValuePage:
    part = plan().by_code[value.part]
    user = session.get_one(User, value.by_id)
    unit = session.get_one(Unit, user.unit_id)
    counts = ""
    if value.numerator is not None and value.denominator is not None:
        counts = f"{value.numerator:,} / {value.denominator:,}".replace(",", ".")
    rows = [
        (_("Giá trị"), shown(value.value, part.unit)),
        (_("Tử số / mẫu số"), counts),
        (_("Mục tiêu 2030"), target_words(part)),
        (_("Nguồn"), value.source),
        (_("Ngày của nguồn"), vn_date(value.source_on)),
        (_("Người nhập"), f"{who_when(user.name, value.typed_at)} ({unit.short_name})"),
        *([(_("Vì sao sửa"), value.reason)] if value.reason else []),
    ]
    return ValuePage(
        id=value.id,
        code=part.code,
        name=part.name,
        year=value.year,
        rows=tuple(rows),
        evidence_url=evidence_url(value),
        is_open=value.state is ValueState.DRAFTED,
        is_own=value.by_id == actor.id,
        part_url=url_for("indicator_board.part", board_part=part.code),
    )
