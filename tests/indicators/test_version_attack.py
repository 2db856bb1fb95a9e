"""Two versions of a commune's report, read side by side by who guesses that little changed between
them: what either hides does not come out of both."""

import random
from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from app.auth.models import Role
from app.core import clock
from app.indicators.services.report_figures import count_figures
from app.indicators.tables import Audience, ProtectedTable
from tests.factories import UnitFactory, UserFactory
from tests.indicators.attacker import SMALL, Attacker
from tests.indicators.figures import add_children, add_support
from tests.indicators.test_release_attack import Cell, Figure, cells_of, hiding_small, tie
from tests.indicators.test_sent_margins import LARGE, OTHER, report_of, send
from tests.tiers import wide

GROUPS = ("ORPHAN", "DISABILITY", "HIV")
Named = dict[Figure, list[Cell]]


def reader_of_both(
    first: Sequence[ProtectedTable], second: Sequence[ProtectedTable]
) -> tuple[Attacker, list[Named]]:
    """Each version adds up in itself; between them the least change is supposed."""
    attacker, versions = Attacker([*first, *second]), [cells_of(first), {}]
    for name, cells in cells_of(second).items():
        versions[1][name] = [(len(first) + number, place) for number, place in cells]
    for known in versions:
        tie(attacker, known)
    before, after = versions
    pairs = [
        ([attacker.cells[cells[0]]], attacker.cells[after[name][0]], True)
        for name, cells in before.items()
        if name in after
    ]
    attacker.suppose_little_changed(pairs)
    return attacker, versions


def too_narrow(
    first: Sequence[ProtectedTable], second: Sequence[ProtectedTable]
) -> tuple[list[object], int]:
    """(what comes out narrower than the bound, how many figures were attacked)."""
    attacker, versions = reader_of_both(first, second)
    tables = attacker.tables
    hidden = [
        (name, cells[0])
        for known in versions
        for name, cells in known.items()
        if all(tables[number].cells[place].is_hidden for number, place in cells)
    ]
    found = []
    for name, cell in hidden:
        low, high = attacker.interval(*cell)
        if high - low < SMALL[Audience.AGENCY]:
            found.append((name, low, high))
    return found, len(hidden)


def registered(session: Session, lots: random.Random) -> None:
    """Few of each group and sex, of whom some are supported; many elsewhere."""
    for group in GROUPS:
        for sex in ("male", "female"):
            count = lots.choice((1, 2, 3, 4, 5, 6, 9))
            made = add_children(session, count, group=group, sex=sex, commune=LARGE)
            if supported := made[: lots.randint(0, count)]:
                add_support(session, supported)
    add_children(session, 30, group="ORPHAN", commune=OTHER)
    session.commit()


@pytest.mark.parametrize("seed", [0, 3, *(pytest.param(n, marks=wide) for n in range(4, 13))])
def test_a_correction_beside_what_it_corrects_withstands(session: Session, seed: int) -> None:
    lots = random.Random(seed)
    supervisor = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    registered(session, lots)
    first = send(session, LARGE, supervisor)
    late = {"group": lots.choice(GROUPS), "sex": lots.choice(("male", "female"))}
    add_children(session, 1 + seed % 4, commune=LARGE, name="late", **late)
    session.commit()
    second = send(session, LARGE, supervisor)
    found, attacked = too_narrow(first, second)
    assert found == []
    assert attacked > 10


def test_the_attack_finds_what_is_told_where_small_figures_alone_are_hidden(
    session: Session,
) -> None:
    registered(session, random.Random(0))
    counted = count_figures(session, report_of(session, LARGE), clock.now())
    told = [hiding_small(one) for one in counted.counts if one.code.startswith("special.")]
    found, _ = too_narrow(told, told)
    assert found
