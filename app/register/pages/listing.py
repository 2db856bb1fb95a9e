"""The list of the register in words: filters, one line for each child, where the next page is."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.permissions import Permission, has_permission, sections_of
from app.cases.groups import opens_all
from app.cases.pages.links import link
from app.cases.pages.list_filters import Box, commune_label
from app.cases.pages.log import Tab
from app.core import clock
from app.people.ages import Age
from app.register.groups import AT_RISK, label
from app.register.pages.filters import (
    address,
    boxes,
    named_filters,
    query_of,
    read_filter,
)
from app.register.queries.filters import CHILD_BELOW, RegisterFilter
from app.register.queries.listing import DEFAULT_LIMIT, ListedMembership, RegisterRow
from app.register.rules import doubts
from app.register.words import text_of
from app.web.filters import vn_date
from app.web.words import _

__all__ = ["ListPage", "list_page", "named_filters", "read_filter"]

_NOBODY = uuid.UUID(int=0)
_BOXES = ("group", "poverty", "age", "commune", "on")


@dataclass(frozen=True, slots=True)
class Membership:
    """One group of a child's line; `doubt` is what is missing first."""

    label: str
    since: str
    doubt: str


@dataclass(frozen=True, slots=True)
class Line:
    url: str
    name: str
    about: str
    is_grown: bool
    groups: Sequence[Membership]
    poverty: str
    review: str
    review_tone: str


@dataclass(frozen=True, slots=True)
class ListPage:
    lead: str
    lines: Sequence[Line]
    tabs: tuple[Tab, ...]
    boxes: tuple[Box, ...]
    kept: tuple[tuple[str, str], ...]
    on: str
    is_past: bool
    is_partial: bool
    stock_url: str
    export_url: str  # "" for who may not
    new_url: str
    next_url: str
    first_url: str


def list_page(
    rows: Sequence[RegisterRow],
    *,
    actor: Actor,
    wanted: RegisterFilter,
    more: bool,
    limit: int,
    after: uuid.UUID | None,
) -> ListPage:
    base, today = link("register.index"), clock.today()
    sections, query = sections_of(actor), query_of(wanted, today)
    paged = query | {"limit": "" if limit == DEFAULT_LIMIT else str(limit)}
    last = str(rows[-1].child_id) if more else ""
    return ListPage(
        lead=_lead(actor, wanted, today),
        lines=list(_lines(rows, wanted)),
        tabs=tuple(_tabs(base, wanted, today)),
        boxes=tuple(boxes(actor, wanted, sections, has_group=True)),
        kept=tuple(
            (name, value) for name, value in paged.items() if value and name not in _kept_by(wanted)
        ),
        on=vn_date(wanted.on),
        is_past=wanted.on != today,
        is_partial=not opens_all(sections),
        stock_url=address(link("register.stock"), query | {"group": "", "bare": "", "due": ""}),
        export_url=address(link("exports.new"), {"list": "register", **query})
        if has_permission(actor, Permission.CASE_EXPORT)
        else "",
        new_url=link("register.new") if has_permission(actor, Permission.REGISTER_EDIT) else "",
        next_url=address(base, paged | {"after": last}) if more else "",
        first_url=address(base, paged) if after is not None else "",
    )


def _kept_by(wanted: RegisterFilter) -> Sequence[str]:
    """What the boxes send themselves; the tab of those at risk has no box of groups."""
    shown = [name for name in _BOXES if name != "group" or wanted.group != AT_RISK]
    return [*shown, "bare"]


def _lead(actor: Actor, wanted: RegisterFilter, today: date) -> str:
    where = _("Cả địa bàn") if sees_whole_area(actor) else actor.unit_name
    if wanted.on == today:
        return _("%(where)s, hôm nay %(day)s", where=where, day=vn_date(today))
    return _("%(where)s, tính đến ngày %(day)s", where=where, day=vn_date(wanted.on))


def _tabs(base: str, wanted: RegisterFilter, today: date) -> Iterable[Tab]:
    def tab(words: str, *, group: str, is_due: bool) -> Tab:
        here = replace(wanted, group=group, sub="", no_sub=False, is_due=is_due)
        is_on = (wanted.group == AT_RISK) is (group == AT_RISK) and wanted.is_due is is_due
        return Tab(words, address(base, query_of(here, today)), is_on)

    yield tab(_("Thuộc 14 nhóm"), group="", is_due=False)
    yield tab(_("Có nguy cơ"), group=AT_RISK, is_due=False)
    yield tab(_("Chưa rà soát năm %(year)s", year=wanted.on.year), group="", is_due=True)


def _lines(rows: Iterable[RegisterRow], wanted: RegisterFilter) -> Iterable[Line]:
    """The address is built once: url_for is the dearest call of a row."""
    pattern = link("register.of_case", case_id=_NOBODY)
    for row in rows:
        due = [one for one in row.memberships if not one.is_reviewed]
        yield Line(
            url=pattern.replace(str(_NOBODY), str(row.case_id)),
            name=row.name or _("Chưa rõ tên"),
            about=_about(row),
            is_grown=row.age is not None and row.age.is_exact and row.age.years >= CHILD_BELOW,
            groups=[_membership(one, wanted.on) for one in row.memberships],
            poverty=text_of("household_poverty", row.memberships[0].poverty),
            review=_("chưa rà soát") if due else _("đã rà soát"),
            review_tone="warn" if due else "ok",
        )


def _about(row: RegisterRow) -> str:
    parts = (row.case_number, age_words(row.age), commune_label(row.commune_code))
    return " · ".join(part for part in parts if part)


def age_words(age: Age | None) -> str:
    if age is None:
        return ""
    return _("%(n)s tuổi", n=age.years) if age.is_exact else _("khoảng %(n)s tuổi", n=age.years)


def _membership(one: ListedMembership, on: date) -> Membership:
    doubt = next(iter(doubts(one, on)), "")
    return Membership(label(one.group_code, one.sub_code), vn_date(one.since), str(doubt))
