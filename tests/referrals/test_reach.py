"""By which path a receiver may reach a file: every page, fragment, document and header of it, over
random grants and states. What `test_packet` says of the packet, said of the whole application."""

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.core import clock
from app.referrals.enums import OPEN, SENT_STAGES, SHUT, STAGES, ReferralState, Stage
from app.referrals.models import OutsideLink, Referral, ReferralFile, ReferralStep
from app.referrals.models.room import RoomNote
from tests.browser import Browser
from tests.canaries import Cage, Canary, fill
from tests.factories import UserFactory
from tests.matrix import read_matrix
from tests.parts.referrals_outside import CODE
from tests.referrals.test_packet import GOOD, SECTIONS, give, grants, opened_by
from tests.test_canaries import squeezed
from tests.world import World, make_world

S = ReferralState
MATRIX = read_matrix()
# What is told about a referral: its own words go along with the packet, those of another never.
OF_A_REFERRAL = (
    "Referral.",
    "ReferralStep.",
    "ReferralDispute.",
    "Room",
    "Consent.",
    "Prosecution",
)
FILTERS = (
    *(f"stage={stage}" for stage in Stage),
    *("who=mine", "who=unassigned", "service=health_care", "urgency=urgent", "number=x"),
    *("stage=done&after=x", "limit=1", "stage=service&who=mine&service=health_care"),
)
STEPS = ("accept", "ask", "decline", "inquire", "contact", "deliver", "complete", "assign")
OUTSIDE = ("referral", "ask", "decline", "contact", "deliver", "complete", "accept")


@st.composite
def sights(draw: st.DrawFn) -> dict[str, Any]:
    """A grant, a state that need not fit it, and some of the further pages to look at."""
    return {
        **draw(grants()),
        "state": draw(st.sampled_from((S.ACCEPTED, S.COMPLETED, *S))),
        "tells_others": draw(st.booleans()),
        "is_disputed": draw(st.booleans()),
        "is_picked": draw(st.booleans()),
        "further": draw(st.sets(st.integers(0, 30), min_size=4, max_size=4)),
    }


@dataclass
class Reader:
    """One receiving side: its browser, the referral it was sent, in whose name the packet opens."""

    browser: Browser
    referral_id: uuid.UUID
    holder_id: uuid.UUID | None


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def cage(session: Session, world: World) -> Cage:
    return fill(session, world.mine)


@pytest.fixture
def officer(app: Flask, session: Session, world: World, cage: Cage) -> Reader:
    """Of the hospital to which a referral of the case with the canaries was sent."""
    referral = session.get_one(Referral, world.mine.ids["referral_id"])
    user: User = UserFactory(unit_id=referral.to_unit_id, unit=None, role=Role.AGENCY_OFFICER)
    session.commit()
    return Reader(Browser(app, session).sign_in(user), referral.id, None)


@pytest.fixture
def outsider(app: Flask, session: Session, world: World, cage: Cage) -> Reader:
    """A body without an account that has opened its link."""
    browser, path = Browser(app, session), f"/outside/{world.mine.ids['link_token']}"
    browser.submit_page(browser.open(path), {"code": CODE})
    link = session.scalars(select(OutsideLink).where(OutsideLink.opened_at.is_not(None))).one()
    return Reader(browser, link.referral_id, link.id)


def put(session: Session, world: World, reader: Reader, sight: dict[str, Any]) -> Referral:
    """The referral in this state with this grant, as data; committed, for requests read it."""
    ids = {"referral_id": reader.referral_id, "holder_id": reader.holder_id}
    referral, state, now = give(session, world, sight, **ids), sight["state"], clock.now()
    referral.state, referral.stage = state, STAGES[state]
    referral.sent_stage, referral.is_disputed = SENT_STAGES[state], sight["is_disputed"]
    referral.tells_others, referral.due_at = sight["tells_others"], now + timedelta(hours=3)
    referral.answered_at = None if state in (S.DRAFT, S.SENT, S.OPENED, S.INFO_NEEDED) else now
    picked = session.get(ReferralFile, (referral.id, world.mine.ids["file_id"]))
    if sight["is_picked"] and picked is None:
        session.add(ReferralFile(referral_id=referral.id, file_id=world.mine.ids["file_id"]))
    elif picked is not None and not sight["is_picked"]:
        session.delete(picked)
    session.commit()
    return referral


def paths_of(world: World, reader: Reader, referral: Referral) -> tuple[list[str], list[str]]:
    """(always looked at, further ones)."""
    file_id = world.mine.ids["file_id"]
    if reader.holder_id is not None:
        address, *steps = OUTSIDE
        always = [f"/outside/{address}", f"/outside/files/{file_id}"]
        token = world.mine.ids["link_token"]
        return always, [*(f"/outside/{step}" for step in steps), f"/outside/{token}"]
    base, case = f"/referrals/{referral.id}", f"/referrals/cases/{referral.case_id}"
    always = [
        *("/", base, f"{base}/room", f"{base}/files/{file_id}"),
        f"/referrals/inbox?stage={referral.stage}",
        f"/referrals/inbox?number={referral.number}",
    ]
    further = [
        *(f"/referrals/inbox?{query}" for query in FILTERS),
        *(f"{base}/{step}" for step in STEPS),
        *(f"{base}/room/{what}/new" for what in ("notes", "tasks")),
        *(
            f"{base}/{what}"
            for what in ("slip.pdf", "prosecution.pdf", "resend", "link", "recall", "reply")
        ),
        *(case, f"{case}/room", f"{case}/consents/", f"{case}/prosecution"),
        *(f"/cases/{referral.case_id}", f"/cases/{referral.case_id}/timeline", "/referrals/sent"),
        f"/referrals/inbox?number={referral.case.number}",
    ]
    return always, further


def look(
    reader: Reader, paths: Iterable[str], *, fragments: bool = True
) -> Iterator[tuple[str, str, int]]:
    """(path, everything that the answer says, its status): as a page, and as htmx asks for it."""
    for path in paths:
        asked_by: list[dict[str, str]] = [{}]
        if fragments and "?" not in path and "/files/" not in path:
            asked_by.append({"HX-Request": "true"})
        for headers in asked_by:
            get = reader.browser.client.get
            answer = reader.browser._alone(get, path, headers=headers)
            yield path, said(answer), answer.status_code


def said(answer: TestResponse) -> str:
    """Page, code, headers and addresses, without blanks."""
    named = f"{answer.headers} {answer.request.full_path} {answer.location}"
    return squeezed(answer) + re.sub(r"\s+", "", named)


def own_words(
    session: Session, referral: Referral, opened: frozenset[Section], is_closed: bool
) -> set[str]:
    """The words of this referral that its receiver may read: what is asked with the packet, the
    notes of both sides while it runs or its packet is open."""
    if is_closed:
        return set()
    words = {referral.reason or ""} if opened else set()
    if opened or referral.state in OPEN:
        steps = select(ReferralStep).where(ReferralStep.referral_id == referral.id)
        words |= {step.note or "" for step in session.scalars(steps).unique()}
    return words


def may_read(canary: Canary, opened: frozenset[Section], own: set[str]) -> bool:
    if canary.where.startswith(OF_A_REFERRAL):
        return canary.spellings[0] in own
    return canary.section in opened and not canary.where.startswith("entry")


def check_reach(
    session: Session, world: World, cage: Cage, reader: Reader, *, examples: int, whole: bool
) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),  # an example is many requests
        suppress_health_check=list(HealthCheck),
    )
    @given(sights())
    def check(sight: dict[str, Any]) -> None:
        referral = put(session, world, reader, sight)
        is_closed = sight["state"] in (SHUT if reader.holder_id else {S.DRAFT})
        opened = frozenset() if is_closed else opened_by(sight)
        own = own_words(session, referral, opened, is_closed)
        closed = [one for one in cage.canaries if not may_read(one, opened, own)]
        always, further = paths_of(world, reader, referral)
        if not whole:
            further = [further[n % len(further)] for n in sorted(sight["further"])]
        seen = list(look(reader, [*always, *further]))
        assert {(p, one.where) for p, text, _ in seen for one in closed if one.is_in(text)} == set()
        assert [path for path, _text, status in seen if status >= 500] == []
        assert_open(seen, world, cage, sight, opened)

    check()


def assert_open(
    seen: list[tuple[str, str, int]],
    world: World,
    cage: Cage,
    sight: dict[str, Any],
    opened: frozenset[Section],
) -> None:
    """What was granted is really shown: the name on the page, the document to who may have it."""
    name = next(one for one in cage.canaries if one.where == "Child.full_name")
    is_shown = any(name.is_in(text) for _path, text, _status in seen)
    if sight["state"] not in SHUT:
        assert is_shown is (Section.IDENTITY in opened)
    file = f"/files/{world.mine.ids['file_id']}"
    got = {status for path, _text, status in seen if path.endswith(file)}
    may_have = sight["is_picked"] and Section.EVENT in opened
    assert (got == {200}) is may_have, got


def test_no_page_shows_an_officer_more_than_was_granted(
    session: Session, world: World, cage: Cage, officer: Reader
) -> None:
    check_reach(session, world, cage, officer, examples=12, whole=False)


def test_no_page_shows_a_body_outside_more_than_was_granted(
    session: Session, world: World, cage: Cage, outsider: Reader
) -> None:
    check_reach(session, world, cage, outsider, examples=10, whole=True)


@pytest.mark.wide
@pytest.mark.parametrize(("side", "whole"), [("officer", False), ("outsider", True)])
def test_no_page_shows_more_over_dozens_of_grants(
    session: Session, world: World, cage: Cage, side: str, whole: bool,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    reader = request.getfixturevalue(side)
    check_reach(session, world, cage, reader, examples=40, whole=whole)


@pytest.mark.long
@pytest.mark.timeout(3_000)
@pytest.mark.parametrize("side", ["officer", "outsider"])
def test_no_page_shows_more_over_hundreds_of_grants(
    session: Session, world: World, cage: Cage, side: str, request: pytest.FixtureRequest
) -> None:
    reader = request.getfixturevalue(side)
    check_reach(session, world, cage, reader, examples=600, whole=True)


EVERYTHING = {
    **GOOD,
    "sections": set(SECTIONS),
    "state": S.ACCEPTED,
    "tells_others": True,
    "is_disputed": False,
    "is_picked": True,
}


@pytest.mark.parametrize("side", ["officer", "outsider"])
def test_all_that_is_open_is_reached_and_a_leak_would_be_seen(
    session: Session, world: World, cage: Cage, side: str, request: pytest.FixtureRequest
) -> None:
    """Both controls: pages that show nothing would pass; so would a look that sees nothing."""
    reader = request.getfixturevalue(side)
    referral = put(session, world, reader, EVERYTHING)
    always, further = paths_of(world, reader, referral)
    seen = list(look(reader, [*always, *further]))
    text = " ".join(said for _path, said, _status in seen)
    shown = {one.section for one in cage.canaries if one.is_in(text)}
    assert {Section.IDENTITY, Section.CONTACT, Section.FAMILY, Section.EVENT} <= shown
    assert {Section.HEALTH, Section.EDUCATION} <= shown
    assert any(one.is_in(text) for one in cage.canaries if not may_read(one, frozenset(), set()))
    assert (referral.reason or "-") in text


@pytest.mark.wide
def test_an_officer_walks_every_page_there_is(
    app: Flask, session: Session, world: World, cage: Cage, officer: Reader
) -> None:
    """Everything GET opens, with the ids of this case: with one section granted no other is
    reached, and the pages of the other tests are all those that answer."""
    sight = {**EVERYTHING, "sections": {Section.IDENTITY}}
    referral = put(session, world, officer, sight)
    own = own_words(session, referral, frozenset({Section.IDENTITY}), is_closed=False)
    closed = [x for x in cage.canaries if not may_read(x, frozenset({Section.IDENTITY}), own)]
    ids = {**world.mine.ids, "received_id": referral.id, "referral_id": referral.id}
    ids["packet_file_id"] = world.mine.ids["file_id"]
    leaked, answered = set(), set()
    session.commit()  # the walk takes longer than a transaction may be idle
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        known = {**MATRIX[f"GET {rule.endpoint}"].address, **ids}
        path = officer.browser._url(rule.endpoint, {name: known[name] for name in rule.arguments})
        for _path, text, status in look(officer, [path], fragments=False):
            leaked |= {(path, one.where) for one in closed if one.is_in(text)}
            if status == 200 and rule.arguments & {"referral_id", "received_id", "case_id"}:
                answered.add(path)
    assert leaked == set()
    always, further = paths_of(world, officer, referral)
    assert answered <= {path.partition("?")[0] for path in (*always, *further)}


@pytest.mark.parametrize("side", ["officer", "outsider"])
def test_what_was_opened_is_closed_from_the_next_request_on(
    session: Session, world: World, cage: Cage, side: str, request: pytest.FixtureRequest
) -> None:
    """An end in the past, in the middle of the visit: nothing of the child on any page."""
    reader = request.getfixturevalue(side)
    put(session, world, reader, EVERYTHING)
    ended = {**EVERYTHING, "state": S.COMPLETED, "since": -2, "until": -1}
    referral = put(session, world, reader, ended)
    always, further = paths_of(world, reader, referral)
    seen = list(look(reader, [*always, *further]))
    assert {(p, one.where) for p, t, _ in seen for one in cage.canaries if one.is_in(t)} == set()


def test_notes_of_the_room_reach_those_they_are_for(
    session: Session, world: World, cage: Cage, officer: Reader
) -> None:
    """A note to this unit is read there; one to nobody is not, though the room is open."""
    referral = put(session, world, officer, EVERYTHING)
    note = session.get_one(RoomNote, world.mine.ids["note_id"])
    words, path = note.text or "-", f"/referrals/{referral.id}/room"
    assert words not in next(look(officer, [path]))[1]
    note.unit_ids = [str(referral.to_unit_id)]
    session.commit()
    assert words in next(look(officer, [path]))[1]
