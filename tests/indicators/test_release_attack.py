"""All tables of a release, and of a report beside it, are attacked at once: what one of them hides
must not come out of the others, and those who are registered less those who are supported are a
figure like any other."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit
from app.core import clock
from app.core.db import db
from app.indicators.models import (
    FactCase,
    FactSubject,
    PeriodicReport,
    Release,
    ReleaseTable,
)
from app.indicators.periods import Period
from app.indicators.protection.engine import protect
from app.indicators.queries.counting import count
from app.indicators.queries.released import agency_tables
from app.indicators.report_rules import ReportLevel
from app.indicators.services.current_tables import refresh
from app.indicators.services.publishing import prepare
from app.indicators.services.releasing import ask_release
from app.indicators.services.report_figures import (
    count_figures,
    open_table,
    protect_figures,
    read_tables,
)
from app.indicators.tables import TOTAL, Audience, CountTable, Mark, ProtectedTable
from app.indicators.tables import Cell as Shown
from tests.actors import actor_of
from tests.factories import UnitFactory, UserFactory
from tests.indicators.attacker import SMALL, Attacker
from tests.indicators.figures import LONG_AGO, add_children, add_support
from tests.tiers import every

CODES = frozenset(
    {
        *("special.group_sex", "special.age_sex", "special.commune"),
        *("supported.group_given", "supported.sex_given", "supported.commune_given"),
        *("supported.kind", "supported.kind_sex"),
    }
)
YEAR = Period.parse(str(clock.today().year - 1))
AUDIENCES = tuple(Audience)
MOST = 70  # figures that are attacked, drawn by lot
Figure = tuple[str, frozenset[tuple[str, str]]]  # "registered" or "supported", and which of them
Cell = tuple[int, tuple[str, ...]]


@pytest.fixture
def registered(session: Session) -> None:
    """Groups in two communes, of which nearly all children are supported."""
    lots = random.Random(5)
    for group in ("ORPHAN", "DISABILITY", "HIV", "ABANDONED"):
        for commune in ("12271", "11977"):
            for sex in ("male", "female"):
                children = add_children(
                    session, lots.choice((2, 6, 14, 30)), group=group, sex=sex, commune=commune,
                    born=lots.choice((2012, 2016, 2021)),
                )  # fmt: skip
                left = lots.choice((0, 0, 0, 1, 2))
                for child in children[left:]:
                    add_support(session, [child], kind=lots.choice(("health", "education")))
    session.commit()


def figure_of(table: ProtectedTable | CountTable, place: tuple[str, ...]) -> Figure:
    """What a cell counts, in the words of whoever reads it."""
    said = set(table.where) | {
        (axis.code, category)
        for axis, category in zip(table.axes, place, strict=True)
        if category != TOTAL
    }
    if table.code.endswith("_before"):
        return "registered before", frozenset(said)
    if not table.code.startswith(("special.", "supported.")):
        return table.code.split(".")[0], frozenset(said)
    has_given = any(axis.code == "given" for axis in table.axes)
    if table.code.startswith("special.") or (has_given and place[-1] == TOTAL):
        return "registered", frozenset(said)
    if has_given and place[-1] == "not_given":
        return "left", frozenset(said - {("given", "not_given")})
    return "supported", frozenset(said - {("given", "given")})


def cells_of(tables: Sequence[ProtectedTable]) -> dict[Figure, list[Cell]]:
    found: dict[Figure, list[Cell]] = {}
    for number, table in enumerate(tables):
        for place in table.cells:
            found.setdefault(figure_of(table, place), []).append((number, place))
    return found


def reader_of(tables: Sequence[ProtectedTable]) -> Attacker:
    """Who knows that what is called the same is one figure, wherever it stands."""
    attacker = Attacker(tables)
    tie(attacker, cells_of(tables))
    return attacker


def tie(attacker: Attacker, known: dict[Figure, list[Cell]]) -> None:
    for same in known.values():
        for one, other in combinations(same, 2):
            attacker.is_same(one, other)
    for (kind, categories), same in known.items():
        whole = known.get(("registered", categories))
        if kind == "supported" and whole:
            terms = {attacker.cells[same[0]]: 1.0, attacker.cells[whole[0]]: -1.0}
            attacker.sums.append((terms, -float("inf"), 0))
    add_moves(attacker, known)


def add_moves(attacker: Attacker, known: dict[Figure, list[Cell]]) -> None:
    """Who stayed or is new is registered at the end, who stayed or left was before."""
    for (kind, categories), cells in known.items():
        said = dict(categories)
        if kind != "moves" or said.get("movement") != "stayed":
            continue
        rest = categories - {("movement", "stayed")}
        for word, movement in (("registered", "new"), ("registered before", "left")):
            other = known["moves", rest | {("movement", movement)}]
            whole = known.get((word, rest))
            if whole:
                terms = {attacker.cells[cells[0]]: 1.0, attacker.cells[other[0]]: 1.0}
                attacker.sums.append(({**terms, attacker.cells[whole[0]]: -1.0}, 0, 0))


def differences(
    tables: Sequence[ProtectedTable], counts: dict[str, CountTable], small: int
) -> Iterator[tuple[Cell, Cell]]:
    """Where those who are registered and not supported are few: both cells."""
    known = cells_of(tables)
    for (kind, categories), cells in known.items():
        whole = known.get(("registered", categories))
        if kind != "supported" or whole is None:
            continue
        more, less = whole[0], cells[0]
        left = (
            counts[tables[more[0]].code].cells[more[1]]
            - counts[tables[less[0]].code].cells[less[1]]
        )
        if 1 <= left <= small:
            yield more, less


def too_narrow(
    tables: Sequence[ProtectedTable], counts: dict[str, CountTable], small: int
) -> tuple[list[object], int]:
    """(what comes out narrower than the bound, how many figures were attacked)."""
    attacker, lots, found = reader_of(tables), random.Random(0), []
    cells = [(n, place) for n, table in enumerate(tables) for place in table.hidden]
    cells = [one for one in cells if not is_shown_elsewhere(tables, one)]
    cells = lots.sample(cells, min(MOST, len(cells)))
    for number, place in cells:
        low, high = attacker.interval(number, place)
        if high - low < small:
            found.append((tables[number].code, place, low, high))
    pairs = list(differences(tables, counts, small)) if counts else []
    pairs = lots.sample(pairs, min(MOST, len(pairs)))
    for more, less in pairs:
        low, high = attacker.difference(more, less)
        if low > 1 or high < small:
            found.append((tables[more[0]].code, more[1], tables[less[0]].code, less[1], low, high))
    return found, len(cells) + len(pairs)


def is_shown_elsewhere(tables: Sequence[ProtectedTable], one: Cell) -> bool:
    number, place = one
    same = cells_of(tables)[figure_of(tables[number], place)]
    return any(not tables[n][p].is_hidden for n, p in same)


def counted(session: Session, codes: frozenset[str]) -> dict[str, CountTable]:
    return {code: count(session, code, YEAR) for code in sorted(codes)}


@pytest.mark.parametrize("audience", every(2, AUDIENCES))
def test_a_whole_release_withstands(session: Session, registered: None, audience: Audience) -> None:
    actor = actor_of(UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True)))
    release = ask_release(session, actor=actor, period=YEAR, note=None, now=clock.now())
    session.commit()
    prepare(release.id, now=clock.now(), begin=db.sessionmaker.begin, codes=CODES)
    tables = released(session, release, audience)
    assert {table.code for table in tables} == CODES
    found, attacked = too_narrow(tables, counted(session, CODES), SMALL[audience])
    assert found == []
    assert attacked > 20
    assert list(differences(tables, counted(session, CODES), SMALL[audience]))


def released(session: Session, release: Release, audience: Audience) -> list[ProtectedTable]:
    wanted = select(ReleaseTable).where(
        ReleaseTable.release_id == release.id, ReleaseTable.audience == audience
    )
    return [row.table for row in session.scalars(wanted) if row.table is not None]


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_attack_finds_what_tables_tell_that_know_nothing_of_each_other(
    session: Session, registered: None, audience: Audience
) -> None:
    """The control: each universe is protected by itself, as if nobody could subtract."""
    counts = counted(session, CODES)
    special = [one for one in counts.values() if one.code.startswith("special.")]
    supported = [only_supported(one) for one in counts.values() if one not in special]
    tables: list[ProtectedTable] = []
    for alone in (special, supported):
        made: list[ProtectedTable] = []
        for table in sorted(alone, key=lambda one: len(one.axes)):
            made.append(protect(table, audience, linked=made))
        tables += made
    known = {one.code: one for one in (*special, *supported)}
    found, _ = too_narrow(tables, known, SMALL[audience])
    assert found


def a_report(unit: Unit, commune: str | None) -> PeriodicReport:
    """Of the year that the release is of."""
    level = ReportLevel.COMMUNE if commune else ReportLevel.PROVINCE
    return PeriodicReport(
        schedule=f"{level.value}_year", rules_version=1, level=level, unit_id=unit.id,
        commune_code=commune, period=str(YEAR), ends_on=YEAR.end, opened_at=clock.now(),
        due_at=clock.now(),
    )  # fmt: skip


def abuse_too(session: Session) -> None:
    lots = random.Random(3)
    children = session.scalars(select(FactSubject.subject).order_by(FactSubject.subject)).all()
    for number, child in enumerate(children[:61]):
        day = YEAR.start + timedelta(days=lots.randrange(300))
        session.add(
            FactCase(
                subject=child, event=f"e{number}".encode(), category="abused", channel="phone",
                forms=[lots.choice(("SEXUAL_ABUSE", "VIOLENCE", "VIOLENCE", "ABANDONMENT"))],
                setting=lots.choice(("home", "home", "school", "online")),
                relation=lots.choice(("parent", "parent", "acquaintance")), commune="12271",
                event_commune="12271", event_on=day, is_event_day_known=True, age=9,
                received_on=day, recorded_at=LONG_AGO, confirmed_on=day, confirmed_at=LONG_AGO,
                state="plan_active",
            )
        )  # fmt: skip
    session.commit()


@pytest.mark.wide
@pytest.mark.parametrize("commune", [None, "12271"])
def test_a_report_beside_the_current_tables_withstands(
    session: Session, registered: None, commune: str | None
) -> None:
    """Of the province and of a commune; the control, the province's, hides small figures
    alone."""
    abuse_too(session)
    codes = CODES | {"abuse.form_sex", "abuse.commune", "abuse.setting", "abuse.relation"}
    refresh(now=clock.now(), begin=db.sessionmaker.begin, periods=[YEAR], codes=codes)
    current = agency_tables(session, sorted({code.split(".")[0] for code in codes}))
    assert {one.code for one in current} == codes
    report = a_report(UnitFactory(doh=True), commune)
    known = count_figures(session, report, clock.now())
    session.commit()
    figures = protect_figures(known)
    sent = [one for one in read_tables(figures.sent).values() if one.rule_version]
    assert len(sent) > 20
    found, attacked = too_narrow([*sent, *current], {}, SMALL[Audience.AGENCY])
    assert found == [] and attacked > 20
    if commune is None:
        small_alone = [hiding_small(one) for one in known.counts]
        found, _ = too_narrow([*small_alone, *current], {}, SMALL[Audience.AGENCY])
        assert found


def hiding_small(table: CountTable) -> ProtectedTable:
    """With nothing else hidden."""
    shown = open_table(table)
    cells = {
        place: Shown(None, Mark.PRIMARY) if 1 <= count <= SMALL[Audience.AGENCY] else shown[place]
        for place, count in table.cells.items()
    }
    return replace(shown, cells=cells)


def only_supported(table: CountTable) -> CountTable:
    """A table without the children who are left over, as one might have published it."""
    if all(axis.code != "given" for axis in table.axes):
        return table
    cells = {place[:-1]: n for place, n in table.cells.items() if place[-1] == "given"}
    return CountTable(table.code.removesuffix("_given"), table.period, table.axes[:-1], cells)
