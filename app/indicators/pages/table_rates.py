"""The rate of each row of a table: of the children of a place, or of all that is counted there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.indicators.definitions import Indicator
from app.indicators.pages.cards import round_to_of
from app.indicators.pages.rate_words import DIGITS, PERCENT, rate_words
from app.indicators.protection.rates import Rate, RateState, rate
from app.indicators.release_figures import COUNTED
from app.indicators.tables import TOTAL, Cell, ProtectedTable
from app.reference.communes import communes
from app.web.words import _

PER_MANY = 100_000  # of what is rare


@dataclass(frozen=True, slots=True)
class Rates:
    """By category of the first axis in words, and as values for shades and bars. `head` is what
    they are called, "" where a table has none; `sign` stands behind a value; `is_rounded`: of
    rounded counts."""

    head: str = ""
    sign: str = ""
    is_rounded: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Decimal] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    @property
    def are_drawn(self) -> bool:
        """Without any population the counts are. A share never has a count in its place."""
        return bool(self.values or self.sign)


def rates_of(indicator: Indicator, table: ProtectedTable, people: Mapping[str, int]) -> Rates:
    """`people`: the population of the communes that were entered."""
    axes = [axis.code for axis in table.axes]
    if len(axes) == 2 and axes[1] in COUNTED:
        return _shares(table, axes[1])
    if axes == ["commune"] and indicator.denominator_source == "population":
        return _of_children(indicator, table, people)
    return Rates()


def _shares(table: ProtectedTable, axis: str) -> Rates:
    """What was kept in time, or given, of all of a row."""
    heads = {"kept": _("Tỷ lệ đúng hạn"), "given": _("Tỷ lệ được trợ giúp")}
    found = {
        code: _rate(table, table[code, COUNTED[axis]], table[code, TOTAL], 100)
        for code in table.axes[0].places
    }
    return _rates(table, found, heads[axis], PERCENT)


def _of_children(indicator: Indicator, table: ProtectedTable, people: Mapping[str, int]) -> Rates:
    """Of all of them where the population of each commune is known."""
    per = 100 if indicator.source == "special" else PER_MANY
    found = {
        code: _rate(table, table[(code,)], people.get(code), per)
        for code in table.axes[0].categories
    }
    known = [people.get(one.code) for one in communes()]
    everybody = None if None in known else sum(one or 0 for one in known)
    found[TOTAL] = _rate(table, table[(TOTAL,)], everybody, per)
    head = _("Trên 100 trẻ em") if per == 100 else _("Trên 100.000 trẻ em")
    return _rates(table, found, head, "")


def _rate(table: ProtectedTable, part: Cell, whole: Cell | int | None, per: int) -> Rate:
    return rate(part, whole, per=per, round_to=round_to_of(table), digits=DIGITS)


def _rates(table: ProtectedTable, found: Mapping[str, Rate], head: str, sign: str) -> Rates:
    """The total has no shade."""
    values = {code: one.value for code, one in found.items() if one.value is not None}
    values.pop(TOTAL, None)
    return Rates(
        head=head,
        sign=sign,
        is_rounded=round_to_of(table) > 1,
        words={code: _words(one, sign) for code, one in found.items()},
        values=values,
        hidden=frozenset(code for code, one in found.items() if one.state is RateState.HIDDEN),
    )


def _words(found: Rate, sign: str) -> str:
    match found.state:
        case RateState.HIDDEN:
            return _("ẩn")
        case RateState.MISSING:
            return _("chưa có dân số")
        case RateState.UNDEFINED:
            return "–" if sign else _("không có trẻ em")
    return rate_words(found, sign)
