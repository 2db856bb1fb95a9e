"""What communes sent stands beside what is current and what is released: whoever reads all of them
calculates no small figure."""

import random
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, User
from app.core import clock
from app.core.db import db
from app.core.sealed import DataKey
from app.indicators.models import (
    FactCase,
    PeriodicReport,
    PeriodicState,
    Release,
    ReleaseState,
    ReleaseTable,
    ReportVersion,
)
from app.indicators.models.releases import ReleaseOutdated
from app.indicators.queries.released import agency_tables
from app.indicators.services.current_tables import refresh
from app.indicators.services.margins import below_hidden, says_more
from app.indicators.services.publishing import prepare
from app.indicators.services.releasing import approve_release, ask_release, submit_release
from app.indicators.services.report_figures import count_figures, protect_figures, read_tables
from app.indicators.tables import TOTAL, Audience, Axis, Cell, CountTable, Mark, ProtectedTable
from tests.actors import actor_of
from tests.factories import UnitFactory, UserFactory
from tests.indicators.attacker import SMALL
from tests.indicators.figures import add_children
from tests.indicators.test_release_attack import YEAR, a_report, abuse_too, too_narrow
from tests.tiers import wide

LARGE, SMALL_ONE, OTHER = "12271", "11977", "12025"
CODES = frozenset({"special.commune"})


@pytest.fixture
def supervisor(session: Session) -> User:
    return UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))


def put(session: Session, **counts: int) -> None:
    """Children of each group and commune, "ORPHAN_12271": 15."""
    for name, count in counts.items():
        group, _, commune = name.rpartition("_")
        add_children(session, count, group=group, commune=commune, name=f"{random.random()}")
    session.commit()


def report_of(session: Session, commune: str) -> PeriodicReport:
    known = select(PeriodicReport).where(PeriodicReport.commune_code == commune)
    found = session.scalars(known).one_or_none()
    if found is None:
        found = a_report(UnitFactory(commune_code=commune), commune)
        session.add(found)
        session.flush()
    return found


def send(session: Session, commune: str, by: User, *, whole: bool = False) -> list[ProtectedTable]:
    """A further version of a commune's report, as it leaves; the children registered alone, or
    `whole`."""
    now, report = clock.now(), report_of(session, commune)
    number = session.scalars(
        select(func.count()).select_from(ReportVersion).where(ReportVersion.report_id == report.id)
    ).one()
    counted = count_figures(session, report, now)
    kept = [one for one in counted.counts if whole or one.code.startswith("special.")]
    figures = protect_figures(replace(counted, counts=kept))
    session.add(key := DataKey.new())
    version = ReportVersion(
        key=key, report_id=report.id, number=number + 1, staff={}, tables=figures.sent,
        counted_at=now, state=PeriodicState.SUBMITTED, typed_at=now, by_id=by.id, sent_at=now,
        sent_by=by.id,
    )  # fmt: skip
    session.add(version)
    session.commit()
    return [one for one in read_tables(figures.sent).values() if one.rule_version]


def current(session: Session) -> list[ProtectedTable]:
    refresh(now=clock.now(), begin=db.sessionmaker.begin, periods=[YEAR], codes=CODES)
    session.rollback()
    return agency_tables(session, ["special"])


def registered(tables: list[ProtectedTable]) -> list[ProtectedTable]:
    return [one for one in tables if one.code.startswith(("special.", "moves."))]


def test_a_current_table_does_not_undo_what_a_report_hides(
    session: Session, supervisor: User
) -> None:
    """The commune's report shows its fifteen children. The table of all communes, made afterwards,
    would hide them for the sake of the three of another commune."""
    put(session, ORPHAN_12271=9, DISABILITY_12271=6, ORPHAN_11977=3)
    sent = send(session, LARGE, supervisor)
    place = (TOTAL, TOTAL)
    assert next(one for one in sent if one.code == "special.group_sex")[place].value == 15
    made = current(session)
    assert made[0][SMALL_ONE,].is_hidden
    found, attacked = too_narrow([*registered(sent), *made], {}, SMALL[Audience.AGENCY])
    assert attacked > 2
    assert found == []


def test_two_versions_beside_a_current_table_and_a_release(
    session: Session, supervisor: User
) -> None:
    """Fifteen are told, then two are entered late; the second version hides how many there are, and
    so does all that comes after it."""
    put(session, ORPHAN_12271=9, DISABILITY_12271=6, ORPHAN_11977=3, ORPHAN_12025=30)
    first = send(session, LARGE, supervisor)
    put(session, ORPHAN_12271=2)
    second = [as_hidden(one) for one in send(session, LARGE, supervisor)]
    keep_as(session, second)
    place = (TOTAL, TOTAL)
    totals = [one[place].value for one in (*first, *second) if one.code == "special.group_sex"]
    assert totals == [15, None]
    assert current(session)[0][LARGE,].is_hidden
    release = asked(session, supervisor)
    prepare(release.id, now=clock.now(), begin=db.sessionmaker.begin, codes=CODES)
    made = session.scalars(select(ReleaseTable).where(ReleaseTable.release_id == release.id)).all()
    assert {row.audience for row in made} == set(Audience)
    assert all(row.table is not None and row.table[LARGE,].is_hidden for row in made)


def test_late_entries_do_not_take_tables_away(session: Session, supervisor: User) -> None:
    """The reports told of fifteen children, and of none in another commune, where one is now."""
    put(session, ORPHAN_12271=9, DISABILITY_12271=6, ORPHAN_11977=40)
    for commune in (LARGE, OTHER):
        send(session, commune, supervisor)
    put(session, ORPHAN_12271=2, ORPHAN_12025=1)
    made = current(session)
    assert made[0][TOTAL,].value == 58 and made[0][SMALL_ONE,].value == 40
    assert made[0][OTHER,].is_hidden


def as_hidden(table: ProtectedTable) -> ProtectedTable:
    """As it leaves where the total of the commune would tell what came to it."""
    if table.code != "special.group_sex":
        return table
    return replace(table, cells=dict.fromkeys(table.cells, Cell(None, Mark.COMPLEMENTARY)))


def keep_as(session: Session, tables: list[ProtectedTable]) -> None:
    """In place of what the newest version says."""
    newest = select(ReportVersion).order_by(ReportVersion.number.desc()).limit(1)
    version = session.scalars(newest).one()
    version.tables = {**(version.tables or {}), "tables": {t.code: t.to_json() for t in tables}}
    session.commit()


def asked(session: Session, by: User) -> Release:
    release = ask_release(session, actor=actor_of(by), period=YEAR, note=None, now=clock.now())
    session.commit()
    return release


def test_a_draft_is_outdated_by_a_report_that_knows_nothing_of_it(
    session: Session, supervisor: User
) -> None:
    put(session, ORPHAN_12271=9, DISABILITY_12271=6, ORPHAN_11977=20)
    counted = count_figures(session, report_of(session, LARGE), clock.now())
    release = asked(session, supervisor)
    prepare(release.id, now=clock.now(), begin=db.sessionmaker.begin, codes=CODES)
    session.expire_all()
    assert str(release.id) not in counted.beside_ids
    send(session, SMALL_ONE, supervisor)
    submit_release(session, actor=actor_of(supervisor), release=release, now=clock.now())
    session.rollback()
    version = session.scalars(select(ReportVersion)).one()
    version.tables = {**(version.tables or {}), "beside": list(counted.beside_ids)}
    session.commit()
    with pytest.raises(ReleaseOutdated):
        submit_release(session, actor=actor_of(supervisor), release=release, now=clock.now())


def test_nor_is_it_approved_then(session: Session, supervisor: User) -> None:
    """A commune sends between the two signatures."""
    put(session, ORPHAN_12271=9, DISABILITY_12271=6, ORPHAN_11977=20)
    counted = count_figures(session, report_of(session, LARGE), clock.now())
    release = asked(session, supervisor)
    prepare(release.id, now=clock.now(), begin=db.sessionmaker.begin, codes=CODES)
    session.expire_all()
    submit_release(session, actor=actor_of(supervisor), release=release, now=clock.now())
    send(session, SMALL_ONE, supervisor)
    version = session.scalars(select(ReportVersion)).one()
    version.tables = {**(version.tables or {}), "beside": list(counted.beside_ids)}
    session.commit()
    second = UserFactory(role=Role.SUPERVISOR, unit=session.get_one(Unit, supervisor.unit_id))
    with pytest.raises(ReleaseOutdated):
        approve_release(session, actor=actor_of(second), release=release, now=clock.now())
    assert (release.state, release.number) == (ReleaseState.SUBMITTED, None)


def test_what_is_hidden_of_the_commune_is_not_broken_down() -> None:
    sexes = Axis("sex", ("male", "female"))
    told = ProtectedTable(
        "abuse.abuse_total", str(YEAR), (), {(): Cell(12)}, Audience.AGENCY, 1, {},
        (("commune", LARGE),),
    )  # fmt: skip
    assert below_hidden(told) == frozenset()
    closed = below_hidden(replace(told, cells={(): Cell(None, Mark.COMPLEMENTARY)}))
    cells = {("male",): 7, ("female",): 5, (TOTAL,): 12}
    below = CountTable("abuse.abuse_age", str(YEAR), (sexes,), cells, told.where)
    assert says_more(below, closed)
    assert not says_more(replace(below, code="special.group_sex"), closed)
    total = CountTable("abuse.abuse_total", str(YEAR), (), {(): 12}, told.where)
    assert not says_more(total, closed), "that of the whole commune says so itself"


@wide
def test_the_breakdown_of_a_few_abused_children_does_not_leave(
    session: Session, supervisor: User
) -> None:
    put(session, ORPHAN_12271=9, DISABILITY_12271=6)
    abuse_too(session)
    codes = {one.code for one in send(session, LARGE, supervisor, whole=True)}
    assert {"abuse.abuse_form", "abuse.abuse_age"} <= codes
    session.execute(delete(FactCase).where(FactCase.event.not_in([b"e1", b"e2", b"e3"])))
    session.commit()
    few = {one.code for one in send(session, LARGE, supervisor, whole=True)}
    assert "abuse.abuse_total" in few and "special.group_sex" in few
    assert not few & {"abuse.abuse_form", "abuse.abuse_age", "abuse.abuse_setting"}
