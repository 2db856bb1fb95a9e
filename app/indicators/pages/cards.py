"""The figure of one indicator for the province as a card: how much, and how it stands against the
target of the plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.indicators.definitions import Indicator
from app.indicators.pages.releases import figure_words
from app.indicators.pages.table_words import UNITS
from app.indicators.periods import Period, PeriodKind
from app.web.filters import number
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator. `value`: the rate, or the count where there is none; `tone`: against the
    target, with the words that say so; `is_main`: of a part of the plan."""

    title: str
    url: str
    value: str
    counts: str
    target: str
    tone: str
    note: str
    is_main: bool


def card(indicator: Indicator, figure: Mapping[str, Any], url: str, *, is_judged: bool) -> Card:
    unit = str(UNITS[indicator.unit])
    above, below = figure["numerator"], figure["denominator"]
    counts = _("ẩn") if above is None else f"{number(above)} {unit}"
    if below is not None:
        counts = _("%(part)s trên %(whole)s", part=counts, whole=number(below))
    tone, note = _judged(indicator, figure, is_judged)
    is_rate = indicator.per is not None
    return Card(
        title=str(indicator.title),
        url=url,
        value=_value(figure) if is_rate else counts,
        counts=counts if is_rate else "",
        target=target_words(indicator),
        tone=tone,
        note=note,
        is_main=indicator.part is not None,
    )


def empty_card(indicator: Indicator, url: str, note: str) -> Card:
    """`note`: why there is no figure."""
    is_main = indicator.part is not None
    return Card(str(indicator.title), url, "–", "", target_words(indicator), "", note, is_main)


def _value(figure: Mapping[str, Any]) -> str:
    if figure["value"] is not None:
        return figure_words(figure["value"])
    return _("ẩn") if figure["is_hidden"] else _("chưa có")


def target_words(indicator: Indicator) -> str:
    if indicator.target is None:
        return ""
    target = indicator.target.normalize()
    words = f"{number(target, max(0, -int(target.as_tuple().exponent)))}%"
    if _is_rising(indicator):
        return _("Mục tiêu 2030: từ %(target)s trở lên", target=words)
    return _("Mục tiêu 2030: dưới %(target)s", target=words)


def _is_rising(indicator: Indicator) -> bool:
    """8b is to rise; 8a and 9 are to stay below."""
    return indicator.denominator_source == "special"


def may_judge(indicator: Indicator, period: Period, today: date) -> bool:
    """The targets are those of a year: what adds up in the course of a period is judged when a
    whole year is over. 8b is among it: support on any day of the period counts."""
    is_stock = indicator.reference == "date" and not _is_rising(indicator)
    return is_stock or (period.kind is PeriodKind.YEAR and period.end <= today)


def _judged(indicator: Indicator, figure: Mapping[str, Any], is_judged: bool) -> tuple[str, str]:
    if figure["missing"]:
        return "warn", _("Thiếu dân số trẻ em của %(n)s xã, phường.", n=figure["missing"])
    value: Decimal | None = figure["value"]
    if indicator.target is None or value is None:
        return "", ""
    if not is_judged:
        return "", _("Mục tiêu tính cho cả năm: hết năm mới xét.")
    met = value >= indicator.target if _is_rising(indicator) else value < indicator.target
    return ("ok", _("đạt mục tiêu")) if met else ("warn", _("chưa đạt mục tiêu"))
