"""What has to be opened now opens beyond the pace too: an urgent packet, the case of who is away,
what waits for one's decision. Each beside what still waits."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.auth.models import Absence, Role, User
from app.core import clock
from app.oversight.models import FileOpening
from app.oversight.rules import rules
from app.referrals.enums import Urgency
from app.referrals.models import Referral
from tests.browser import Browser
from tests.cases import (
    plan_story,
    test_assessment,
    test_care,
    test_erasures,
    test_extensions,
    test_overrides,
    test_placements,
)
from tests.cases.story import Story, make_story
from tests.factories import CaseFactory, UnitFactory, UserFactory
from tests.parts.reviews import make_review
from tests.referrals.story import Agencies, make_agencies, send

FULL = max(window.files for window in rules().pace.windows)


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


@pytest.fixture
def pages(browser: Browser, session: Session) -> "Pages":
    return Pages(browser, session)


class Pages:
    """Opens files as somebody who has opened so many that the next one waits."""

    def __init__(self, browser: Browser, session: Session) -> None:
        self._browser, self._session = browser, session

    def open(self, user: User, endpoint: str, **place: object) -> None:
        self._hurry(user)
        self._browser.sign_in(user).get(endpoint, **place)

    def wait(self, user: User, endpoint: str, **place: object) -> None:
        self._hurry(user)
        self._browser.sign_in(user).get(endpoint, expect=429, **place)

    def _hurry(self, user: User) -> None:
        """And none of the files of this test was opened of late."""
        self._session.execute(delete(FileOpening))
        now = clock.now()
        self._session.add_all(
            FileOpening(user_id=user.id, file_id=uuid.uuid4(), at=now) for _ in range(FULL)
        )
        self._session.commit()


def packet(session: Session, agencies: Agencies, urgency: Urgency) -> Referral:
    (sent,) = send(session, agencies, urgency=urgency)
    return sent


@pytest.mark.parametrize("urgency", [Urgency.EMERGENCY, Urgency.URGENT])
def test_an_urgent_packet_opens(
    pages: Pages, session: Session, agencies: Agencies, urgency: Urgency
) -> None:
    urgent = packet(session, agencies, urgency)
    pages.open(agencies.officer, "referrals.show", referral_id=urgent.id)
    pages.wait(agencies.worker, "referrals.show", referral_id=urgent.id)  # who sent it


def test_a_packet_without_haste_waits_but_for_who_has_it_in_hand(
    pages: Pages, session: Session, agencies: Agencies
) -> None:
    routine = packet(session, agencies, Urgency.ROUTINE)
    place = {"referral_id": routine.id}
    pages.wait(agencies.officer, "referrals.show", **place)
    routine.officer_id = agencies.officer.id
    session.commit()
    pages.open(agencies.officer, "referrals.show", **place)
    pages.wait(agencies.colleague, "referrals.show", **place)


def test_an_urgent_packet_that_is_over_waits(
    browser: Browser, pages: Pages, session: Session, agencies: Agencies
) -> None:
    urgent = packet(session, agencies, Urgency.EMERGENCY)
    page = browser.sign_in(agencies.officer).get("referrals.decline", received_id=urgent.id)
    browser.submit_page(
        page, {"decline-code": "no_capacity", "decline-note": "Hết giường"}, form="#decline-form"
    )
    pages.wait(agencies.officer, "referrals.show", referral_id=urgent.id)


def test_the_cases_of_who_is_away_open_to_who_stands_in(
    pages: Pages, session: Session, story: Story
) -> None:
    away = UserFactory(unit=story.unit)
    story.case.owner_id = away.id
    pages.wait(story.worker, "cases.show", case_id=story.case.id)
    today = clock.today()
    absence = Absence(
        user_id=away.id, deputy_id=story.worker.id, since_on=today, until_on=today,
        by_id=away.id, created_at=clock.now(),
    )  # fmt: skip
    session.add(absence)
    session.commit()
    pages.open(story.worker, "cases.show", case_id=story.case.id)
    pages.open(story.worker, "people.child", child_id=story.case.child_id)
    pages.wait(UserFactory(unit=story.unit), "cases.show", case_id=story.case.id)
    absence.until_on = absence.since_on = today - timedelta(days=1)
    session.commit()
    pages.wait(story.worker, "cases.show", case_id=story.case.id)


Ask = Callable[[Browser, Session, Story], object]


def closing(browser: Browser, session: Session, story: Story) -> None:
    make_review(session, story.case, story.worker)
    session.commit()


def lowering(browser: Browser, session: Session, story: Story) -> None:
    test_assessment.assess(browser, story, test_overrides.LOWER)


def erasing(browser: Browser, session: Session, story: Story) -> None:
    test_erasures.close(session, story.case)
    test_erasures.ask(session, story.supervisor, story.case)


ASKED_OF_CHAIR: dict[str, Ask] = {
    "plan": lambda browser, _session, story: plan_story.submitted(browser, story),
    "closing": closing,
    "lower level": lowering,
    "more time": test_extensions.ask,
    "separation": lambda browser, _session, story: test_care.propose(browser, story),
    "care": lambda browser, _session, story: test_placements.propose(browser, story),
    "erasure": erasing,
}


@pytest.mark.parametrize("ask", ASKED_OF_CHAIR.values(), ids=ASKED_OF_CHAIR)
def test_what_waits_for_the_chair_opens_to_the_chair(
    browser: Browser, pages: Pages, session: Session, story: Story, ask: Ask
) -> None:
    """The file and the child's page, which one reads to decide; not the file beside it, and not to
    who does not decide."""
    other = CaseFactory(worked_by=story.unit)
    pages.wait(story.chair, "cases.show", case_id=story.case.id)
    ask(browser, session, story)
    pages.open(story.chair, "cases.show", case_id=story.case.id)
    pages.open(story.chair, "people.child", child_id=story.case.child_id)
    pages.wait(story.chair, "cases.show", case_id=other.id)
    pages.wait(story.worker, "cases.show", case_id=story.case.id)
    stranger = UserFactory(role=Role.COMMUNE_CHAIR, unit=UnitFactory())
    browser.sign_in(stranger).get("cases.show", case_id=story.case.id, expect=404)


@pytest.mark.parametrize("kind", ["lower level", "more time"])
def test_what_waits_for_a_supervisor_opens_to_one(
    browser: Browser, pages: Pages, session: Session, story: Story, kind: str
) -> None:
    pages.wait(story.supervisor, "cases.show", case_id=story.case.id)
    ASKED_OF_CHAIR[kind](browser, session, story)
    pages.open(story.supervisor, "cases.show", case_id=story.case.id)


def test_what_was_decided_waits_again(browser: Browser, pages: Pages, story: Story) -> None:
    plan_story.submitted(browser, story)
    pages.open(story.chair, "plans.decide", case_id=story.case.id)
    plan_story.decide(browser, story, {"decision": "approved"})
    pages.wait(story.chair, "cases.show", case_id=story.case.id)
