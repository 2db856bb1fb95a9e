"""Counting for a report: the province or one commune, as true tables. A statement for each list of
rows; children are told apart by the keyed hash of the facts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from app.auth.models import UnitKind
from app.indicators.definitions import AxisCode, IndicatorsFile, definitions
from app.indicators.models import (
    FactCase,
    FactReferral,
    FactResidence,
    FactSupport,
    PopulationCount,
    PopulationEntry,
)
from app.indicators.periods import Period, PeriodKind
from app.indicators.queries.axes import UNKNOWN, axis
from app.indicators.queries.population import stands
from app.indicators.queries.sources import NOT_COUNTED, SOURCES, Asked
from app.indicators.tables import TOTAL, Axis, CountTable, Where, places_of

MOVES = Axis("movement", ("stayed", "new", "left"))
STAYED, NEW, LEFT = MOVES.categories
NOBODY = "none"
REFERRED = Axis("referred", ("yes", NOBODY))
HANDLERS = Axis("handler", (*(kind.value for kind in UnitKind), "outside"), False)
CLOCKS = ("assessed_12h", "planned_5d", "approved_7d", "referrals")
# Figures that reports alone have: single numbers; of support with its source.
PLAIN: dict[str, str | None] = {
    "open": None,
    "closed": None,
    "separations": "separation",
    "care": "care",
}
OF_CASES = frozenset({"cases", "open", "closed", *CLOCKS})
_DAY = timedelta(days=1)
Row = tuple[Any, ...]  # what is counted, then a category for each axis


@dataclass(frozen=True)
class Counting:
    """Of what period and place (None: the province), by what was known when."""

    session: Session
    period: Period
    label: str
    commune: str | None
    known_at: datetime

    @property
    def rules(self) -> IndicatorsFile:
        return definitions(self.period.last_day)

    def rows(self, source: str, axes: tuple[AxisCode, ...], period: Period | None = None) -> Any:
        rules = self.rules
        rule = next(one.rule for one in rules.indicators.values() if one.source == source)
        asked = Asked(period or self.period, self.known_at, rules, frozenset(axes), rule)
        found = SOURCES[source](asked).subquery()
        wanted = select(found.c.unit, *(found.c[code] for code in axes)).distinct()
        if self.commune is not None:
            wanted = wanted.where(found.c[_place(source)] == self.commune)
        return self.session.execute(wanted).all()

    def where(self, source: str) -> Where:
        """Of which part of the province a table of this source is."""
        return ((_place(source), self.commune),) if self.commune is not None else ()

    @property
    def label_before(self) -> str:
        """The month before the period: the stock of its last day is that before the period."""
        return str(Period.containing(PeriodKind.MONTH, self.period.start - _DAY))


def count_all(counting: Counting) -> list[CountTable]:
    """Every table of a report but the population; about fifteen statements."""
    return [
        *_ends(counting),
        *_stocks_and_moves(counting),
        *(_total(counting, source) for source in ("abuse", "abuse_events", "cases")),
        _table(counting, "given", "supported", ("given",)),
        _table(counting, "group_given", "supported", ("sc_group", "given")),
        _table(counting, "abuse_form", "abuse", ("abuse_form", "sex")),
        _table(counting, "abuse_age", "abuse", ("age_group", "sex")),
        _table(counting, "abuse_setting", "abuse", ("setting", "sex")),
        _table(counting, "abuse_relation", "abuse", ("relation", "sex")),
        *_handlers(counting),
        _table(counting, "abuse_events_form", "abuse_events", ("abuse_form",)),
        _table(counting, "cases_channel", "cases", ("channel",)),
        *(_table(counting, code, code, ("kept",)) for code in CLOCKS),
        *_measures(counting),
    ]


def _place(source: str) -> AxisCode:
    """Children are told apart by where they live, what is done by who does it."""
    return "case_commune" if source in OF_CASES else "commune"


def _table(counting: Counting, code: str, source: str, axes: tuple[AxisCode, ...]) -> CountTable:
    made = tuple(axis(one, source, counting.rules) for one in axes)
    rows = counting.rows(source, axes)
    return tally(f"{source}.{code}", counting.label, made, rows, counting.where(source))


def _total(counting: Counting, source: str) -> CountTable:
    """First of its universe: what is broken down afterwards does not hide it."""
    number = len(counting.rows(source, ()))
    code, where = f"{source}.{source}_total", counting.where(source)
    return CountTable(code, counting.label, (), {(): number}, where)


def _stocks_and_moves(counting: Counting) -> list[CountTable]:
    """Who was in the groups before the period and on its last day; and of each group, and of all
    together: who stayed, who is new, who left. One table each: a child that goes from one group to
    another is in both."""
    cut: tuple[AxisCode, ...] = ("sc_group", "sex")
    before = replace(counting.period, start=counting.period.start - _DAY, end=counting.period.start)
    start, end = counting.rows("special", cut, before), counting.rows("special", cut)
    sexes = axis("sex", "special", counting.rules)
    groups = axis("sc_group", "special", counting.rules).places
    by_sex, where = (axis("sc_group", "special", counting.rules), sexes), counting.where("special")
    return [
        tally("special.group_sex", counting.label, by_sex, end, where),
        tally("special.group_sex_before", counting.label_before, by_sex, start, where),
        *(
            tally(
                moves_code(group),
                counting.label,
                (sexes, MOVES),
                _moved(_of_group(start, group), _of_group(end, group)),
                where if group == TOTAL else (*where, ("sc_group", group)),
            )
            for group in groups
        ),
    ]


def moves_code(group: str) -> str:
    return f"moves.{group.lower()}"


def _of_group(rows: Iterable[Row], group: str) -> dict[Any, str]:
    """Sex by child."""
    return {unit: sex for unit, code, sex in rows if group in (TOTAL, code)}


def _moved(start: dict[Any, str], end: dict[Any, str]) -> list[Row]:
    return [
        (unit, sex, STAYED if unit in start and unit in end else NEW if unit in end else LEFT)
        for unit, sex in {**start, **end}.items()
    ]


def _handlers(counting: Counting) -> list[CountTable]:
    """Whether the abused children were referred since the beginning of the period; and of those who
    were, to which agencies."""
    children = {row[0] for row in counting.rows("abuse", ())}
    sent = select(FactReferral.subject, FactReferral.to_kind).where(
        FactReferral.subject.in_(children),
        FactReferral.sent_on >= counting.period.start,
        FactReferral.sent_at <= counting.known_at,
    )
    known = list(counting.session.execute(sent.distinct())) if children else []
    alone = children - {child for child, _kind in known}
    where, were = counting.where("abuse"), REFERRED.categories[0]
    told = [*((child, were) for child, _kind in known), *((child, NOBODY) for child in alone)]
    return [
        tally("abuse.abuse_referred", counting.label, (REFERRED,), told, where),
        tally(
            "abuse.abuse_handler",
            counting.label,
            (HANDLERS,),
            known,
            (*where, (REFERRED.code, were)),
        ),
    ]


def _ends(counting: Counting) -> list[CountTable]:
    """Cases that were open on the last day, and those that ended in the period. In this order, and
    before those that were received: of the three, two tell the third."""
    return [_plain(counting, name) for name in ("open", "closed")]


def _measures(counting: Counting) -> list[CountTable]:
    """Separations and substitute care that began in the period."""
    return [_plain(counting, name) for name in ("separations", "care")]


def _of_cases(counting: Counting, name: str) -> Any:
    period, known, case = counting.period, counting.known_at, FactCase
    ended = (case.ended_on >= period.start, case.ended_on < period.end, case.ended_at <= known)
    is_open = (
        case.received_on < period.end,
        or_(case.ended_on.is_(None), case.ended_on >= period.end, case.ended_at > known),
    )
    return select(case.id.label("unit"), case.commune.label("place")).where(
        case.recorded_at <= known,
        case.state.not_in(NOT_COUNTED),
        *(ended if name == "closed" else is_open),
    )


def _of_support(counting: Counting, name: str) -> Any:
    """By the child's residence."""
    support, home, period = FactSupport, FactResidence, counting.period
    return select(support.id.label("unit"), home.commune.label("place")).where(
        support.source == PLAIN[name],
        support.since >= period.start,
        support.since < period.end,
        support.recorded_at <= counting.known_at,
        or_(support.struck_at.is_(None), support.struck_at > counting.known_at),
        home.subject == support.subject,
        home.since <= support.since,
        home.until > support.since,
    )


def _plain(counting: Counting, name: str) -> CountTable:
    """One number, told as a table of one axis: so that a small one is hidden like any other."""
    found, commune = by_commune(counting, name), counting.commune
    number = sum(found.values()) if commune is None else found.get(commune, 0)
    return CountTable(f"{name}.{name}", counting.label, (), {(): number}, counting.where(name))


def by_commune(counting: Counting, source: str) -> dict[str, int]:
    """How many each commune has of what no current table tells by communes; where there are any."""
    if source not in PLAIN:
        return Counter(place for _, place in counting.rows(source, (_place(source),)))
    rows = (_of_cases if PLAIN[source] is None else _of_support)(counting, source).subquery()
    number = func.count(rows.c.unit.distinct())
    wanted = select(rows.c.place, number).group_by(rows.c.place)
    return {place or UNKNOWN: count for place, count in counting.session.execute(wanted)}


def tally(
    code: str, period: str, axes: tuple[Axis, ...], rows: Iterable[Row], where: Where = ()
) -> CountTable:
    """Different units in every combination of the axes, totals included."""
    found: dict[tuple[str, ...], set[Any]] = {place: set() for place in places_of(axes)}
    for unit, *codes in rows:
        known = [
            code if code in one.categories else UNKNOWN
            for code, one in zip(codes, axes, strict=True)
        ]
        for place in product(*((code, TOTAL) for code in known)):
            found[place].add(unit)
    counts = {place: len(units) for place, units in found.items()}
    return CountTable(code, period, axes, counts, where)


def population_rows(
    session: Session, year: int, commune: str | None
) -> Sequence[tuple[str, str, str, int]]:
    """(commune, sex, age group, children), of the communes that were entered."""
    entry, count = PopulationEntry, PopulationCount
    wanted = (
        select(entry.commune_code, count.sex, count.age_group, count.count)
        .join(count, count.entry_id == entry.id)
        .where(
            entry.year == year,
            stands(),
            literal(True) if commune is None else entry.commune_code == commune,
        )
        .order_by(entry.commune_code)
    )
    return session.execute(wanted).all()
