"""Loading a synthetic province: deterministic for a seed and a present moment."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.audit.services import append_bodies
from app.auth.models import Unit
from app.cases.models import CaseNumber
from app.core import clock
from app.core.garbage import collect_rarely
from app.deadlines.calendar import shipped_days
from app.demo.board import tell_board
from app.demo.erasures import tell_erasures
from app.demo.exports import ask_for_lists
from app.demo.oversight import tell_oversight
from app.demo.people import Families, Names, Person
from app.demo.plot import Teller
from app.demo.population import fill_population
from app.demo.referrals_directory import fill_directory
from app.demo.releases import tell_releases
from app.demo.reports import tell_reports
from app.demo.reviews import reopened
from app.demo.story import Story
from app.demo.tables import Ids, Rows
from app.demo.units import FEATURED, Builder, CommuneOffice, Province, build_province
from app.demo.writing import Writer, writing
from app.indicators.services.deriving import rebuild

BATCH = 1_000


class NotEmpty(Exception):
    """The database already holds units: synthetic data never joins real data."""


@dataclass(frozen=True)
class Size:
    """How much to make. `communes` limits how many communes get cases (all by default), `reporting`
    how many wrote their reports: to prove what may be shown takes longer than all else. Where none
    did, nothing is released neither."""

    children: int
    cases: int
    years: int
    communes: int = 104
    reporting: int = 6


def load(
    session: Session, *, size: Size, seed: int, until: datetime, password_hash: str
) -> Province:
    """Write units, users, children and cases with their history up to `until`.

    Flushes in batches and leaves the commit to the caller. Raises NotEmpty.
    """
    if session.scalar(select(Unit.id).limit(1)) is not None:
        raise NotEmpty
    session.execute(text("SET LOCAL statement_timeout = 0"))
    # a batch is told in memory while its transaction waits: on a busy machine for long
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    rng = Random(seed)
    rows, ids, names = Rows(), Ids(rng), Names(rng)
    start = until - timedelta(days=365 * size.years)
    province = build_province(Builder(rows, ids, rng, names, password_hash, start))
    fill_population(rows, seed=seed, until=until)
    rows.write(session)
    fill_directory(session, rows, seed=seed, until=until)
    families = Families(rows, ids, rng, names)
    overrides = {entry.day: entry.is_working for entry in shipped_days()}
    teller = Teller(rows, ids, rng, families, province, overrides, until, [])
    _by_key_only(session)
    with collect_rarely() as collect, writing() as writer:
        write = partial(_write, session, teller, writer, collect)
        known = _tell_cases(teller, size, start, write)
        _add_siblings(teller, size.children - len(known), known, write)
    session.execute(text("SET LOCAL enable_seqscan = on"))
    session.execute(text("DISCARD PLANS"))
    ask_for_lists(session, until)
    tell_erasures(session, until)
    tell_oversight(session, until)
    tell_board(session, until)
    session.flush()
    rebuild(session)
    if size.reporting:
        tell_reports(session, until, size.reporting)
        tell_releases(session, until)
    return province


def _by_key_only(session: Session) -> None:
    """A transaction that fills the tables is not to keep what was planned when they were empty: to
    read them whole for each key that a row refers to, and for each chain of the log."""
    session.execute(text("DISCARD PLANS"))
    session.execute(text("SET LOCAL enable_seqscan = off"))


def _tell_cases(
    teller: Teller, size: Size, start: datetime, write: Callable[[], None]
) -> list[tuple[Person, str]]:
    """Cases in the order of their reports, so that their numbers rise with time."""
    known: list[tuple[Person, str]] = []
    offices = teller.province.offices[: size.communes]
    earlier: dict[str, list[uuid.UUID]] = {office.code: [] for office in offices}
    numbers: dict[int, int] = {}
    again: list[tuple[datetime, Story]] = []
    for index, moment in enumerate(_moments(teller.rng, size.cases, start, teller.until)):
        office = _office_of(teller.rng, offices, index, size.cases)
        number = _next_number(numbers, moment)
        story = Story(teller, office, number, moment, earlier[office.code])
        case_id, child = story.tell()
        earlier[office.code].append(case_id)
        known.append((child, office.code))
        if story.reopened_at is not None:
            again.append((story.reopened_at, story))
        if index % BATCH == BATCH - 1:
            write()
    for at, story in sorted(again, key=lambda one: one[0]):
        reopened(story, at, _next_number(numbers, at))
    for year, last in numbers.items():
        teller.rows.add(CaseNumber, year=year, last=last)
    write()
    return known


def _next_number(numbers: dict[int, int], moment: datetime) -> str:
    """The next number of the year; `numbers` keeps the last one of each."""
    year = clock.local(moment).year
    numbers[year] = numbers.get(year, 0) + 1
    return f"HY-{year}-{numbers[year]:06d}"


def _moments(rng: Random, count: int, start: datetime, until: datetime) -> list[datetime]:
    """When the reports came: evenly over the years, and one in twenty in the last two days."""
    span = (until - start).total_seconds()
    recent = max(1, min(count // 20, 60))
    ago = [rng.random() * span for _ in range(count - recent)]
    ago += [rng.uniform(1_500, 2 * 86_400) for _ in range(recent)]
    return [until - timedelta(seconds=round(seconds)) for seconds in sorted(ago, reverse=True)]


def _office_of(rng: Random, offices: list[CommuneOffice], index: int, cases: int) -> CommuneOffice:
    """Any commune; in a small province the two with demo accounts get a good share of the work."""
    if cases <= 1_000 and index % 10 in (2, 5, 8):
        return offices[index % 3 == 0 and len(offices) > 1]
    return rng.choice(offices)


def _add_siblings(
    teller: Teller, count: int, known: list[tuple[Person, str]], write: Callable[[], None]
) -> None:
    """Children known to the system without a file of their own: brothers and sisters."""
    for index in range(max(0, count)):
        person, commune = known[teller.rng.randrange(len(known))]
        sex = teller.rng.choice(("male", "female"))
        age = teller.rng.randint(1, 15)
        teller.families.child(sex=sex, age=age, commune=commune, at=teller.until, like=person)
        if index % (BATCH * 5) == BATCH * 5 - 1:
            write()
    write()


def _write(session: Session, teller: Teller, writer: Writer, collect: Callable[[], object]) -> None:
    """Hand over what was told so far."""
    rows, audit = teller.rows.taken(), teller.audit[:]
    teller.audit.clear()

    def work() -> None:
        rows.write(session)
        for begin in range(0, len(audit), BATCH):
            append_bodies(session, audit[begin : begin + BATCH])

    writer.do(work)
    collect()


__all__ = ["FEATURED", "NotEmpty", "Size", "load"]
