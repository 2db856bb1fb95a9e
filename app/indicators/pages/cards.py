"""The figure of one indicator for the province as a card: how much, and how it stands against the
target of the plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from app.indicators.definitions import Indicator
from app.indicators.models import ReleaseFigure
from app.indicators.pages.rate_words import DIGITS, percent_words, rate_words
from app.indicators.pages.table_words import count_words
from app.indicators.periods import Period, PeriodKind
from app.indicators.protection.rates import Rate, RateState, rate
from app.indicators.protection.rules import rule_numbered
from app.indicators.tables import Audience, Cell, ProtectedTable
from app.web.filters import number
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Figure:
    """Of an indicator for the province. `round_to`: what its counts are rounded to; `missing`: of
    how many communes the population is not known."""

    numerator: int | None
    denominator: int | None
    missing: int
    round_to: int

    @classmethod
    def released(cls, row: ReleaseFigure, version: int) -> Self:
        """`version` of the rule that its release was protected with."""
        round_to = _round_to(version, row.audience)
        return cls(row.numerator, row.denominator, row.missing, round_to)

    @classmethod
    def current(cls, row: Mapping[str, Any], version: int) -> Self:
        """As `figures_from` gives it, for agencies."""
        round_to = _round_to(version, Audience.AGENCY)
        return cls(row["numerator"], row["denominator"], row["missing"], round_to)

    def rounded(self, indicator: Indicator) -> frozenset[str]:
        """Which of its counts are; a population is exact."""
        if self.round_to < 2:
            return frozenset()
        of_people = indicator.denominator_source == "population"
        return frozenset({"numerator"} if of_people else {"numerator", "denominator"})

    def words(self, indicator: Indicator, which: str) -> str:
        """“khoảng 60” where it is rounded; for a count that is not hidden."""
        value = self.numerator if which == "numerator" else self.denominator
        text = number(value)
        return (
            _("khoảng %(value)s", value=text)
            if value and which in self.rounded(indicator)
            else text
        )

    def rate(self, indicator: Indicator) -> Rate:
        """A population is exact, all other figures are rounded."""
        below: Cell | int | None = self.denominator
        if indicator.denominator_source != "population":
            below = Cell(self.denominator)
        per = indicator.per or 1
        return rate(Cell(self.numerator), below, per=per, round_to=self.round_to, digits=DIGITS)


def round_to_of(table: ProtectedTable) -> int:
    """What its figures are rounded to."""
    return _round_to(table.rule_version, table.audience)


def _round_to(version: int, audience: Audience) -> int:
    return rule_numbered(version).bounds(audience).round_to


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


def card(indicator: Indicator, figure: Figure, url: str, *, is_judged: bool) -> Card:
    above, below = figure.numerator, figure.denominator
    counts = _("ẩn") if above is None else _of_unit(indicator, figure)
    if below is not None:
        whole = figure.words(indicator, "denominator")
        counts = _("%(part)s trên %(whole)s", part=counts, whole=whole)
    is_rate, found = indicator.per is not None, figure.rate(indicator)
    tone, note = _judged(indicator, figure, found, is_judged)
    return Card(
        title=titled(indicator),
        url=url,
        value=_value(found) if is_rate else counts,
        counts=counts if is_rate else "",
        target=target_words(indicator),
        tone=tone,
        note=note,
        is_main=indicator.part is not None,
    )


def _of_unit(indicator: Indicator, figure: Figure) -> str:
    return count_words(indicator.unit, figure.words(indicator, "numerator"))


def empty_card(indicator: Indicator, url: str, note: str) -> Card:
    """`note`: why there is no figure."""
    is_main = indicator.part is not None
    return Card(titled(indicator), url, "–", "", target_words(indicator), "", note, is_main)


def titled(indicator: Indicator) -> str:
    """“8a. Tỷ lệ …”: with the part of the plan it is."""
    return f"{indicator.part}. {indicator.title}" if indicator.part else str(indicator.title)


def _value(found: Rate) -> str:
    return _("ẩn") if found.state is RateState.HIDDEN else rate_words(found) or _("chưa có")


def target_words(indicator: Indicator) -> str:
    if indicator.target is None:
        return ""
    words = percent_words(indicator.target)
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


def _judged(indicator: Indicator, figure: Figure, found: Rate, is_judged: bool) -> tuple[str, str]:
    if figure.missing:
        return "warn", _("Thiếu dân số trẻ em của %(n)s xã, phường.", n=figure.missing)
    if indicator.target is None or found.low is None or found.high is None:
        return "", ""
    if not is_judged:
        return "", _("Mục tiêu tính cho cả năm: hết năm mới xét.")
    met = {_is_met(indicator, indicator.target, end) for end in (found.low, found.high)}
    if len(met) > 1:
        return "", _("Số đã làm tròn: chưa kết luận được là đạt hay chưa.")
    return ("ok", _("đạt mục tiêu")) if True in met else ("warn", _("chưa đạt mục tiêu"))


def _is_met(indicator: Indicator, target: Decimal, value: Decimal) -> bool:
    return value >= target if _is_rising(indicator) else value < target
