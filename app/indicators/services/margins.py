"""What reports of communes tell, as tables of the whole province: the figures of a whole commune.

These alone have a name in current tables and releases. What a report tells beyond them leaves only
where they do (`says_more`): later tables then tell nothing more of it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.indicators.definitions import AxisCode, definitions
from app.indicators.models import PeriodicReport, ReportVersion
from app.indicators.periods import Period, PeriodKind
from app.indicators.protection.known import universe_of
from app.indicators.protection.rules import disclosure_rules, rule_numbered
from app.indicators.queries.axes import axis
from app.indicators.queries.counting import count
from app.indicators.queries.report_counts import CLOCKS, PLAIN, Counting, by_commune
from app.indicators.report_rules import ReportPeriod
from app.indicators.services.publication import touches
from app.indicators.tables import (
    TOTAL,
    Audience,
    Axis,
    Cell,
    CountTable,
    Mark,
    Place,
    ProtectedTable,
    places_of,
)

# Each table that holds figures of the whole commune, and the universes that say more of these.
BELOW: Mapping[str, frozenset[str]] = {
    "special.group_sex": frozenset({"special", "moves"}),
    "special.group_sex_before": frozenset({"special", "moves"}),
    "supported.given": frozenset({"supported"}),
    "abuse.abuse_total": frozenset({"abuse"}),
    "abuse_events.abuse_events_total": frozenset({"abuse_events"}),
    "cases.cases_total": frozenset({"cases"}),
    **{f"{code}.{code}": frozenset() for code in PLAIN},
    **{f"{code}.{code}": frozenset() for code in CLOCKS},
}
# The current table that holds the same figures of all communes; of the others there is none.
COUNTED: Mapping[str, str] = {
    **{code: f"{code}.commune" for code in ("special", "abuse", "cases")},
    "supported": "supported.commune_given",
    **{code: f"{code}.commune_kept" for code in CLOCKS},
}
KEPT: tuple[AxisCode, ...] = ("given", "kept")
UNSAID = Cell(None, Mark.UNSAID)
R, V = PeriodicReport, ReportVersion


@dataclass(frozen=True)
class _Edition:
    """What several communes told in the same version of the same report."""

    universe: str
    period: str
    schedule: str
    number: int
    axes: tuple[Axis, ...]
    rule_version: int


def margins_of(table: ProtectedTable) -> Iterator[tuple[Place, Cell]]:
    """The figures of the whole commune: places of its other axes, with what is shown there. Of a
    table of which nothing is shown they are hidden. What is hidden is so for whatever reason: it
    may be large by now (`_still_small`)."""
    kept = [axis.code in KEPT for axis in table.axes]
    for place, cell in table.cells.items():
        if all(is_kept or code == TOTAL for is_kept, code in zip(kept, place, strict=True)):
            rest = tuple(code for is_kept, code in zip(kept, place, strict=True) if is_kept)
            is_shown = table.rule_version and not cell.is_hidden
            yield rest, cell if is_shown else Cell(None, Mark.COMPLEMENTARY)


def below_hidden(table: ProtectedTable) -> frozenset[str]:
    """The universes of which nothing but the whole commune leaves, because it is hidden here."""
    is_hidden = table.code in BELOW and any(cell.is_hidden for _, cell in margins_of(table))
    return BELOW[table.code] if is_hidden else frozenset()


def says_more(table: CountTable, universes: Collection[str]) -> bool:
    """Whether it breaks down what the whole commune has in one of these."""
    is_margin = table.code in BELOW and all(axis.code in KEPT for axis in table.axes)
    return universe_of(table.code) in universes and not is_margin


def commune_margins(
    session: Session,
    universes: Collection[str],
    period: str,
    *,
    now: datetime,
    or_drafted: bool = False,
    but: str | None = None,
) -> list[ProtectedTable]:
    """What communes (other than `but`) sent of these universes and of times that have to do with a
    period, each version as one table. Also what stands in a draft, if asked: it is to be sent as it
    is.

    Of a figure that is another one by now nothing is said: an old number does not contradict the
    new tables, and whoever knows which of them still hold knows what is here.
    """
    found = _told(session, universes, period, or_drafted=or_drafted, but=but)
    truths: dict[tuple[str, str], Mapping[Place, int]] = {}
    for edition, said in found.items():
        at = edition.universe, edition.period
        if at not in truths:
            truths[at] = _true(session, edition, now)
        true = truths[at]
        if edition.universe not in COUNTED:
            said |= _still_small(edition, said, true)
        changed = [p for p, cell in said.items() if cell.value not in (None, true.get(p, 0))]
        said |= dict.fromkeys(changed, UNSAID)
    return [_as_table(edition, said) for edition, said in found.items()]


def _still_small(
    edition: _Edition, said: Mapping[Place, Cell], true: Mapping[Place, int]
) -> dict[Place, Cell]:
    """What is hidden and has no cell of its own in a current table: 1 must stay possible there."""
    small = rule_numbered(edition.rule_version).agency.hide_up_to
    return {
        place: Cell(None, Mark.PRIMARY)
        for place, cell in said.items()
        if cell.is_hidden and 1 <= true.get(place, 0) <= small
    }


def _true(session: Session, edition: _Edition, now: datetime) -> Mapping[Place, int]:
    """The same figures as they are now."""
    period = _labelled(edition.period)
    if edition.universe in COUNTED:
        return count(session, COUNTED[edition.universe], period, known_at=now).cells
    counting = Counting(session, period, edition.period, None, now)
    return {(code,): number for code, number in by_commune(counting, edition.universe).items()}


def _told(
    session: Session, universes: Collection[str], period: str, *, or_drafted: bool, but: str | None
) -> dict[_Edition, dict[Place, Cell]]:
    periods = session.scalars(select(R.period).where(R.commune_code.is_not(None)).distinct())
    near = [its for its in periods if touches(period, its)]
    tables = [V.tables["tables"][code] for code in BELOW if universe_of(code) in universes]
    if not near or not tables:
        return {}
    is_sent, can_be = V.sent_at.is_not(None), V.counted_at >= R.ends_on
    wanted = (
        select(R.schedule, V.number, R.commune_code, *tables)
        .join(R, R.id == V.report_id)
        .where(R.commune_code.is_not(None), R.commune_code.is_distinct_from(but))
        .where(R.period.in_(near), V.tables.is_not(None))
        .where(or_(is_sent, can_be) if or_drafted else is_sent)
        .order_by(R.period, R.schedule, V.number, R.commune_code)
    )
    found: dict[_Edition, dict[Place, Cell]] = {}
    for schedule, number, commune, *written in session.execute(wanted):
        for one in written:
            if one is not None:
                table = ProtectedTable.from_json(one)
                said = found.setdefault(_edition(table, schedule, number), {})
                said |= {(commune, *place): cell for place, cell in margins_of(table)}
    return found


def _labelled(text: str) -> Period:
    """What a report says it is of; nine months are no period of the current tables."""
    found = ReportPeriod.parse(text)
    return Period(found.start, found.end, PeriodKind.YEAR)


def _edition(table: ProtectedTable, schedule: str, number: int) -> _Edition:
    universe = universe_of(table.code)
    kept = [one for one in table.axes if one.code in KEPT]
    return _Edition(
        universe=universe,
        period=table.period,
        schedule=schedule,
        number=number,
        axes=(_communes(table, universe), *kept),
        rule_version=table.rule_version or disclosure_rules().newest.version,
    )


def _communes(table: ProtectedTable, universe: str) -> Axis:
    """An event with children of two communes is one of each."""
    code: AxisCode = "case_commune" if table.where[0][0] == "case_commune" else "commune"
    made = axis(code, universe, definitions(ReportPeriod.parse(table.period).start))
    return replace(made, is_partition=made.is_partition and universe != "abuse_events")


def _as_table(edition: _Edition, said: Mapping[Place, Cell]) -> ProtectedTable:
    return ProtectedTable(
        code=f"{edition.universe}.sent",
        period=edition.period,
        axes=edition.axes,
        cells={place: said.get(place, UNSAID) for place in places_of(edition.axes)},
        audience=Audience.AGENCY,
        rule_version=edition.rule_version,
        certificate={},
    )
