"""What contradicts itself is found, shown to who may open the case, and gone once it is mended."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Role, User
from app.cases.enums import CaseState, RiskLevel
from app.cases.models import Case, Review, ServiceReceived
from app.cases.models.reviews import ClosingState, Proposal
from app.core import clock
from app.core.sealed import DataKey
from app.indicators.models import Completeness, Contradiction, Field, QualityFinding
from app.indicators.queries.quality import contradiction_counts
from app.indicators.services.quality import refresh_quality
from app.people.models import Child, Sex
from app.register.models import GroupMembership
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import CaseDenialFactory, CaseFactory, ChildFactory, ReportFactory, UserFactory

PAGE, LIST = "quality.index", "quality.cases"


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def membership(story: Story, since: date, until: date | None = None) -> GroupMembership:
    return GroupMembership(
        key=DataKey.new(), child_id=story.case.child_id, case_id=story.case.id,
        group_code="SC01", list_version=1, since=since, until=until, poverty="none",
        recorded_by_id=story.worker.id, recorded_at=clock.now(),
    )  # fmt: skip


def service(story: Story, day: date) -> ServiceReceived:
    return ServiceReceived(
        key=DataKey.new(), case_id=story.case.id, child_id=story.case.child_id,
        service_type="x", kind="x", from_on=day, happened_at=clock.now(), typed_at=clock.now(),
        by_id=story.worker.id,
    )  # fmt: skip


def agreed_review(story: Story) -> Review:
    return Review(
        key=DataKey.new(), case_id=story.case.id, cycle=1, form_version=1, answers={}, counts={},
        computed_level=RiskLevel.LOW, states={}, proposal=Proposal.CLOSE,
        closing_state=ClosingState.AGREED, happened_at=clock.now(), typed_at=clock.now(),
        by_id=story.worker.id,
    )  # fmt: skip


def spoil(session: Session, story: Story, kind: Contradiction) -> None:
    """Make the case contradict itself so."""
    child, today = session.get_one(Child, story.case.child_id), clock.today()
    match kind:
        case Contradiction.BORN_AFTER:
            child.birth_year = today.year + 1
        case Contradiction.SUPPORTED_BEFORE:
            session.add(service(story, today - timedelta(days=3)))
        case Contradiction.CLOSED_UNREVIEWED:
            story.case.state, story.case.is_ended = CaseState.CLOSED, True
        case Contradiction.SAME_CHILD:
            child.national_id_hash = b"the same"
            ChildFactory(national_id_hash=b"the same")
        case Contradiction.PAST_CHILDHOOD:
            child.birth_year = today.year - 17
            session.add(membership(story, today - timedelta(days=500)))
        case Contradiction.ENDED_BEFORE:
            session.add(membership(story, today, today - timedelta(days=1)))
        case Contradiction.NO_FORM:
            story.case.abuse_forms, story.case.state = [], CaseState.VERIFYING
    session.commit()


def found(session: Session, user: User) -> set[Contradiction]:
    refresh_quality(session, clock.now())
    session.commit()
    counts = contradiction_counts(session, actor_of(user))
    return {kind for kind, count in counts.items() if count}


@pytest.mark.parametrize("kind", list(Contradiction))
def test_each_is_found_alone_and_leads_to_its_case(
    browser: Browser, session: Session, story: Story, kind: Contradiction
) -> None:
    CaseFactory()  # a sound one of another unit
    assert found(session, story.worker) == set()
    spoil(session, story, kind)
    assert found(session, story.worker) == {kind} == found(session, story.supervisor)
    page = browser.sign_in(story.worker).get(PAGE)
    assert "1 hồ sơ" in page.text
    lines = browser.get(LIST, kind=kind.value).select("tbody tr")
    assert [line.th.text for line in lines if line.th] == [story.case.number]


@pytest.mark.parametrize(
    ("kind", "mended"),
    [
        (Contradiction.BORN_AFTER, lambda s: setattr(s.case.child, "birth_year", 2017)),
        (Contradiction.NO_FORM, lambda s: setattr(s.case, "abuse_forms", ["NEGLECT"])),
    ],
)
def test_what_is_mended_is_gone_at_once_and_with_the_next_pass_for_good(
    session: Session, story: Story, kind: Contradiction, mended: Any
) -> None:
    spoil(session, story, kind)
    assert found(session, story.worker) == {kind}
    story.case.child = session.get_one(Child, story.case.child_id)
    mended(story)
    session.commit()
    assert not any(contradiction_counts(session, actor_of(story.worker)).values())
    found(session, story.worker)
    assert session.scalars(select(QualityFinding)).all() == []


def test_what_is_right_is_not_found(session: Session, story: Story) -> None:
    """A review that was agreed, a service on the first day, a group that ended, a merged twin, a
    service that was struck out, and what came in under an earlier case."""
    child = session.get_one(Child, story.case.child_id)
    child.national_id_hash = b"the same"
    twin = ChildFactory(national_id_hash=b"the same")
    twin.merged_into_id = child.id
    today = clock.today()
    struck = service(story, today - timedelta(days=9))
    struck.struck_at = clock.now()
    session.add_all(
        [service(story, clock.local(story.received_at).date()), struck, agreed_review(story)]
    )
    session.add(membership(story, today - timedelta(days=9), today - timedelta(days=1)))
    story.case.state, story.case.is_ended = CaseState.CLOSED, True
    session.commit()
    assert found(session, story.worker) == set()


def test_it_is_shown_to_who_may_open_the_case_and_to_nobody_else(
    browser: Browser, session: Session, story: Story
) -> None:
    spoil(session, story, Contradiction.NO_FORM)
    foreign = UserFactory()
    refresh_quality(session, clock.now())
    session.commit()
    assert found(session, foreign) == set()
    browser.sign_in(foreign)
    assert story.case.number not in browser.get(LIST, kind="no_form").text
    CaseDenialFactory(of_case=story.case, user_id=story.worker.id, by_id=story.supervisor.id)
    session.commit()
    assert found(session, story.worker) == set()
    browser.sign_in(story.worker)
    assert story.case.number not in browser.get(LIST, kind="no_form").text
    session.add(
        CaseAccess(
            case_id=story.case.id, child_id=story.case.child_id, holder_id=foreign.id,
            reason=AccessReason.ASSIGNED, since=clock.now() - timedelta(hours=1),
        )
    )  # fmt: skip
    session.commit()
    assert found(session, foreign) == {Contradiction.NO_FORM}


def test_a_list_is_read_in_pages(browser: Browser, session: Session, story: Story) -> None:
    numbers = []
    for _ in range(5):
        made = CaseFactory(worked_by=story.unit, abuse_forms=[], state=CaseState.VERIFYING)
        numbers.append(made.number)
    session.commit()
    found(session, story.worker)
    browser.sign_in(story.worker)
    first = browser.get(LIST, kind="no_form", limit=3)
    after = str(first.select_one("[rel=next]")["href"]).partition("after=")[2]  # type: ignore[index]
    second = browser.get(LIST, kind="no_form", limit=3, after=after)
    read = [cell.text for page in (first, second) for cell in page.select("tbody th")]
    assert read == list(reversed(numbers)) and second.select_one("[rel=next]") is None


@pytest.mark.parametrize("kind", ["nothing", "NO_FORM", "no_form%00"])
def test_an_unknown_kind_is_not_found(browser: Browser, story: Story, kind: str) -> None:
    browser.sign_in(story.worker)
    assert browser._alone(browser.client.get, f"/indicators/quality/{kind}").status_code == 404


def test_completeness_by_commune(browser: Browser, session: Session, story: Story) -> None:
    unknown = ChildFactory(sex=Sex.UNKNOWN, birth_year=None, residence_commune=None)
    report = ReportFactory(event_commune=None)
    CaseFactory(worked_by=story.unit, of_child=unknown, of_report=report)
    CaseFactory(worked_by=story.unit, state=CaseState.DUPLICATE, is_ended=True)  # not counted
    CaseFactory(worked_by=story.unit, opened_at=clock.now() - timedelta(days=400))  # nor this
    session.commit()
    found(session, story.worker)
    rows = session.scalars(
        select(Completeness).where(Completeness.commune_code == story.unit.commune_code)
    )
    shares = {row.field: (row.known, row.of_all) for row in rows}
    assert shares[Field.SEX] == shares[Field.RESIDENCE] == (1, 2)
    assert shares[Field.EVENT_COMMUNE] == (1, 2) and shares[Field.SETTING] == (0, 2)
    own = browser.sign_in(story.worker).get(PAGE)
    assert [cell.text for cell in own.select("table th[scope=row]")] == ["Phường Phố Hiến"]
    assert "50%" in own.text
    all_of_it = browser.sign_in(story.supervisor).get(PAGE)
    assert "Phường Phố Hiến" in all_of_it.text


def test_before_the_first_pass_the_page_says_so(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get(PAGE).text
    assert "Chưa có lần rà nào" in page and "Không thấy mâu thuẫn nào" in page


def test_an_analyst_reaches_no_case_through_it(browser: Browser) -> None:
    browser.sign_in(UserFactory(role=Role.ANALYST))
    for path in ("/indicators/quality", "/indicators/quality/no_form"):
        assert browser._alone(browser.client.get, path).status_code == 403


def test_an_erased_case_takes_its_findings_along(session: Session, story: Story) -> None:
    spoil(session, story, Contradiction.NO_FORM)
    found(session, story.worker)
    columns = QualityFinding.__table__.c
    (key,) = columns.case_id.foreign_keys
    assert key.ondelete == "CASCADE" and isinstance(story.case, Case)
