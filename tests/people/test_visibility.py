"""In random worlds: nobody finds a child that `visible_to` does not show."""

import uuid
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Role, Unit, UnitKind, UnitLevel
from app.core import clock
from app.people import policy, queries
from app.people.index import index_of
from app.people.models import Child
from tests.factories import PHO_HIEN, TAN_HUNG, ChildFactory, UnitFactory


def actor_of(unit: Unit, role: Role) -> Actor:
    return Actor(
        id=uuid.uuid4(),
        username="u",
        name="U",
        role=role,
        unit_id=unit.id,
        unit_name=unit.name,
        unit_kind=UnitKind.COMMUNE_PC,
        unit_level=UnitLevel.COMMUNE,
        commune_code=unit.commune_code,
    )


def random_world(session: Session, rng: Random) -> list[Actor]:
    """Twelve namesakes in two communes, and access that has begun, ended, or is another's."""
    units = [UnitFactory(commune_code=code) for code in (PHO_HIEN, TAN_HUNG, None)]
    actors = [actor_of(unit, role) for unit in units for role in Role]
    children = [
        ChildFactory(full_name=f"Nguyễn Văn {name}", residence_commune=code)
        for name in ("An", "Anh", "Ánh", "Bình", "Lan", "Hân")
        for code in (PHO_HIEN, TAN_HUNG)
    ]
    for _ in range(20):
        now, holder = clock.now(), rng.choice([*units, *actors])
        since = now + timedelta(hours=rng.choice((-2, -1, 1)))
        session.add(
            CaseAccess(
                case_id=uuid.uuid4(),
                child_id=rng.choice(children).id,
                holder_id=holder.id,
                reason=rng.choice(list(AccessReason)),
                since=since,
                until=rng.choice((None, since + timedelta(minutes=30), now + timedelta(days=1))),
            )
        )
    session.commit()
    return actors


@pytest.mark.parametrize("seed", range(4))
def test_results_are_among_the_visible(session: Session, seed: int) -> None:
    hits = 0
    for actor in random_world(session, Random(seed)):
        visible = set(session.scalars(policy.visible_to(actor).with_only_columns(Child.id)))
        for words in ("an", "nguyen van", "anh nguyen", "nguyen vam binh"):
            found = queries.ids_by_name(session, actor, words, 30)
            assert set(found) <= visible
            hits += len(found)
        assert set(queries.ids_by_name(session, actor, "nguyen van", 30)) == visible
    assert hits > 50


def test_the_index_alone_would_show_everybody(session: Session) -> None:
    """The positive control: without the visible ids the same search finds what others work on."""
    random_world(session, Random(0))
    index = index_of(session)
    index.refresh(session)
    assert len(index.find("nguyen van", None, 30)) == 12
    assert index.find("nguyen van", b"", 30) == []
