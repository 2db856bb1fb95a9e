"""The stock on a day in words: a number, a bar and a list behind it for each group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.permissions import Section, sections_of
from app.cases.groups import LIST, opens_all
from app.cases.pages.links import link
from app.cases.pages.list_filters import Box, commune_label
from app.core import clock
from app.reference.library import code_list
from app.register.groups import AT_RISK, open_codes
from app.register.pages.filters import address, boxes, query_of
from app.register.queries.filters import RegisterFilter
from app.register.queries.stock import Stock
from app.web.filters import vn_date
from app.web.words import _

_BOXES = ("poverty", "age", "commune", "on")


@dataclass(frozen=True, slots=True)
class StockRow:
    """A group or a part of one. `bar` is a drawing of `count`, which stands beside it."""

    label: str
    letter: str
    count: int
    url: str
    bar: Markup
    is_part: bool


@dataclass(frozen=True, slots=True)
class StockPage:
    lead: str
    rows: Sequence[StockRow]
    total: int
    total_url: str
    at_risk: int
    at_risk_url: str
    boxes: tuple[Box, ...]
    on: str
    is_partial: bool
    list_url: str


def stock_page(stock: Stock, *, actor: Actor, wanted: RegisterFilter) -> StockPage:
    plain = replace(wanted, group="", sub="", no_sub=False, is_due=False)
    sections = sections_of(actor)
    return StockPage(
        lead=_lead(actor, wanted),
        rows=list(_rows(stock, plain, sections)),
        total=stock.total,
        total_url=_list_url(plain),
        at_risk=stock.at_risk,
        at_risk_url=_list_url(replace(plain, group=AT_RISK)),
        boxes=tuple(boxes(actor, plain, sections, has_group=False)),
        on=vn_date(wanted.on),
        is_partial=not opens_all(sections),
        list_url=_list_url(plain),
    )


def _lead(actor: Actor, wanted: RegisterFilter) -> str:
    where = _("Cả địa bàn") if sees_whole_area(actor) else actor.unit_name
    where = commune_label(wanted.commune) or where
    return _("%(where)s, tính đến ngày %(day)s", where=where, day=vn_date(wanted.on))


def _rows(stock: Stock, plain: RegisterFilter, sections: frozenset[Section]) -> Iterable[StockRow]:
    """Every group that the reader may see, also an empty one; of its parts those with children."""
    groups, most = code_list(LIST), max(stock.groups.values(), default=0)
    shown = set(open_codes(sections))
    for group in groups.children():
        if group.code not in shown:
            continue
        count, here = stock.groups.get(group.code, 0), replace(plain, group=group.code)
        yield _row(str(group.label), count, most, here, letter=group.letter)
        for part in groups.children(group.code):
            if part.code in shown and (n := stock.subs.get(part.code, 0)):
                yield _row(str(part.label), n, most, replace(here, sub=part.code), is_part=True)
        unsaid = stock.without_sub.get(group.code, 0)
        if unsaid and any(True for _part in groups.children(group.code)):
            words = _("Chưa ghi nhóm nhỏ")
            yield _row(words, unsaid, most, replace(here, no_sub=True), is_part=True)


def _row(
    label: str,
    count: int,
    most: int,
    wanted: RegisterFilter,
    *,
    letter: str = "",
    is_part: bool = False,
) -> StockRow:
    return StockRow(label, letter, count, _list_url(wanted), bar(count, most), is_part)


def bar(count: int, most: int) -> Markup:
    """A bar as SVG, as long as the number beside it is large; the longest fills the width."""
    width = round(100 * count / most, 1) if most else 0
    return Markup(  # noqa: S704  # numbers only
        '<svg class="stock-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="ground" width="100" height="10"/><rect width="{width:g}" height="10"/></svg>'
    )


def _list_url(wanted: RegisterFilter) -> str:
    return address(link("register.index"), query_of(wanted, clock.today()))
