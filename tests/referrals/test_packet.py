"""What a receiver may reach of a file: only granted sections, only while they are open."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.auth.grants import AccessReason, CaseAccess
from app.auth.permissions import Section
from app.cases.models import Case
from app.core import clock
from app.core.ids import new_id
from app.referrals.models import Referral
from app.referrals.pages.packet import packet_page
from app.referrals.queries.packet import open_sections, packet_of
from app.referrals.rules import NEVER
from tests.canaries import Cage, fill
from tests.referrals.story import Agencies, accept, make_agencies, plan_with_two, send, whole
from tests.sql import counted
from tests.world import World, make_world

SECTIONS = sorted(Section)
HOURS = st.one_of(st.none(), st.integers(-48, 48).filter(bool))


@st.composite
def grants(draw: st.DrawFn) -> dict[str, Any]:
    """Any row of access one could think of, good ones and bad ones."""
    return {
        "sections": draw(st.sets(st.sampled_from(SECTIONS))),
        "since": draw(st.integers(-72, 3)),
        "until": draw(HOURS),
        "do_not_contact": draw(st.booleans()),
        "holder": draw(st.sampled_from(("receiver", "receiver", "receiver", "another"))),
        "reason": draw(st.sampled_from((AccessReason.REFERRAL, *AccessReason))),
        "is_named": draw(st.sampled_from((True, True, True, False))),
    }


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def cage(session: Session, world: World) -> Cage:
    return fill(session, world.mine)


def the_referral(session: Session, world: World, referral_id: object = None) -> Referral:
    """A referral of the case with the canaries, loaded as its receiver's page loads it."""
    return (
        session.scalars(
            select(Referral)
            .where(Referral.id == (referral_id or world.mine.ids["referral_id"]))
            .options(
                joinedload(Referral.case, innerjoin=True).joinedload(Case.child, innerjoin=True),
                joinedload(Referral.to_unit),
            )
            .execution_options(populate_existing=True)
        )
        .unique()
        .one()
    )


def give(
    session: Session,
    world: World,
    grant: dict[str, Any],
    *,
    referral_id: object = None,
    holder_id: uuid.UUID | None = None,
) -> Referral:
    """Put the grant in place, as data: nothing of what makes or ends it is asked. `holder_id`: the
    link of a body without an account."""
    referral, now = the_referral(session, world, referral_id), clock.now()
    until = grant["until"]
    receiver = holder_id or referral.to_unit_id
    access = CaseAccess(
        case_id=referral.case_id,
        child_id=referral.case.child_id,
        holder_id=receiver if grant["holder"] == "receiver" else new_id(),
        reason=grant["reason"],
        sections=sorted(section.value for section in grant["sections"]),
        since=now + timedelta(hours=grant["since"]),
        until=None if until is None else now + timedelta(hours=until),
    )
    session.add(access)
    session.flush()
    referral.access_id = access.id if grant["is_named"] else None
    referral.case.do_not_contact = grant["do_not_contact"]
    session.flush()
    return referral


def opened_by(grant: dict[str, Any]) -> frozenset[Section]:
    """What the grant opens, said once more in other words."""
    is_live = grant["since"] <= 0 and (grant["until"] is None or grant["until"] > 0)
    is_right = grant["reason"] is AccessReason.REFERRAL and grant["holder"] == "receiver"
    if not (is_live and is_right and grant["is_named"]):
        return frozenset()
    closed = NEVER | ({Section.CONTACT} if grant["do_not_contact"] else set())
    return frozenset(grant["sections"]) - closed


def words_of(session: Session, referral: Referral) -> str:
    """Everything the receiving unit is shown of the file, without blanks."""
    assert referral.to_unit_id is not None
    sections = open_sections(session, referral, holder_id=referral.to_unit_id, now=clock.now())
    page = packet_page(packet_of(session, referral, sections))
    rows = [f"{label} {words}" for panel in page.panels for label, words in panel.rows]
    return re.sub(r"\s+", "", " ".join([*rows, *(file.title for file in page.files)]))


def check_grants(session: Session, world: World, cage: Cage, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(grants())
    def check(grant: dict[str, Any]) -> None:
        referral = give(session, world, grant)
        shown, opened = words_of(session, referral), opened_by(grant)
        escaped = [
            one.where for one in cage.canaries if one.section not in opened and one.is_in(shown)
        ]
        assert escaped == []
        name = next(one for one in cage.canaries if one.where == "Child.full_name")
        assert name.is_in(shown) is (Section.IDENTITY in opened)
        session.rollback()

    check()


def test_no_byte_outside_the_granted_sections(session: Session, world: World, cage: Cage) -> None:
    check_grants(session, world, cage, 250)


@pytest.mark.long
def test_no_byte_outside_over_thousands_of_grants(
    session: Session, world: World, cage: Cage
) -> None:
    check_grants(session, world, cage, 4_000)


def test_every_open_section_is_really_shown(session: Session, world: World, cage: Cage) -> None:
    """The positive control: a packet that shows nothing would pass the property."""
    everything = {**GOOD, "sections": set(SECTIONS)}
    shown = words_of(session, give(session, world, everything))
    seen = {one.section for one in cage.canaries if one.is_in(shown)}
    with_words = {Section.IDENTITY, Section.CONTACT, Section.FAMILY, Section.EVENT}
    assert with_words | {Section.HEALTH, Section.EDUCATION} <= seen
    assert not seen & NEVER


def test_a_packet_that_leaks_is_caught(session: Session, world: World, cage: Cage) -> None:
    """The other control: the check itself sees a section that was not granted."""
    referral = give(session, world, {**GOOD, "sections": {Section.IDENTITY}})
    page = packet_page(packet_of(session, referral, frozenset({Section.CONTACT})))
    leaked = "".join(words for panel in page.panels for _label, words in panel.rows)
    assert any(one.is_in(leaked) for one in cage.canaries if one.section is Section.CONTACT)


def test_a_packet_of_everything_takes_few_statements(
    session: Session, world: World, cage: Cage
) -> None:
    referral = give(session, world, {**GOOD, "sections": set(SECTIONS)})
    assert referral.to_unit_id is not None
    with counted(session.get_bind()) as executed:  # type: ignore[arg-type]
        opened = open_sections(session, referral, holder_id=referral.to_unit_id, now=clock.now())
        packet_of(session, referral, opened)
    assert len(executed) <= 6


def test_who_may_not_know_of_others_sees_its_own_activities_only(
    session: Session, agencies: Agencies
) -> None:
    [sent] = send(session, agencies, "health_care", sections=("plan",), tells_others=False)
    plan_with_two(session, agencies)
    accept(session, sent, agencies.officer)

    def shown() -> str:
        referral = whole(session, sent, agencies.officer)
        sections = open_sections(session, referral, holder_id=agencies.hospital.id, now=clock.now())
        page = packet_page(packet_of(session, referral, sections))
        return " ".join(words for panel in page.panels for _label, words in panel.rows)

    assert "Khám lại vết thương" in shown() and "Gọi hỏi" not in shown()
    session.get_one(Referral, sent.id).tells_others = True
    session.commit()
    assert "Gọi hỏi" in shown()


GOOD: dict[str, Any] = {
    "sections": set(),
    "since": -1,
    "until": None,
    "do_not_contact": False,
    "holder": "receiver",
    "reason": AccessReason.REFERRAL,
    "is_named": True,
}
