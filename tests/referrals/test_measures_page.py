"""How quickly agencies answer: figures against referrals whose times are known."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role
from app.core import clock
from app.referrals import policy
from app.referrals.enums import ReferralState, Urgency
from app.referrals.models import Referral, ReferralRequest
from app.referrals.pages.periods import Period, read_period
from app.referrals.queries import measures as queries
from app.referrals.queries.measures import Measures
from app.referrals.rules import rules
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory
from tests.referrals.story import Agencies, draft, make_agencies, whole_case
from tests.sql import counted

HOUR = timedelta(hours=1)
NOON = datetime(2026, 5, 20, 5, tzinfo=clock.now().tzinfo)
MAY = Period(NOON.date().replace(day=1), 1)


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


def sent(
    session: Session, agencies: Agencies, *, hours: float | None = None, **over: Any
) -> Referral:
    """To the hospital, to be answered within 24 hours; answered after so many `hours`."""
    case = whole_case(session, agencies)
    request = ReferralRequest(case_id=case.id, by_id=agencies.worker.id, created_at=NOON)
    session.add(request)
    session.flush()
    values: dict[str, Any] = {
        "state": ReferralState.SENT, "service": "health_care", "urgency": Urgency.URGENT,
        "to_unit_id": agencies.hospital.id, "sent_at": NOON, "accept_due_at": NOON + 24 * HOUR,
    }  # fmt: skip
    if hours is not None:
        answered = NOON + hours * HOUR
        values |= {"state": ReferralState.ACCEPTED, "answered_at": answered}
        values |= {"contact_due_at": answered + 48 * HOUR}
    made = Referral(
        key=case.child.key, request_id=request.id, case_id=case.id,
        rules_version=rules().version, from_unit_id=case.unit_id, by_id=agencies.worker.id,
        sex="female", commune_code=case.commune_code, created_at=NOON, changed_at=NOON,
        **{**values, **over},
    )  # fmt: skip
    session.add(made)
    session.commit()
    return made


def figures(session: Session, user: Any, now: datetime = NOON + 90 * HOUR) -> Measures:
    return queries.measures(session, policy.measured_by(actor_of(user)), MAY.span, now)


def test_median_ninety_per_cent_and_share_in_time(session: Session, agencies: Agencies) -> None:
    for hours in (1, 2, 3, 4, 5, 6, 7, 8, 9, 30):
        sent(session, agencies, hours=hours)
    pace = figures(session, agencies.lead).whole.answered
    assert (pace.done, pace.due, pace.in_time) == (10, 10, 9)
    assert pace.median == pytest.approx(5.5 * 3600)
    assert pace.most == pytest.approx(11.1 * 3600)
    assert pace.share == pytest.approx(0.9)


def test_overdue_and_unanswered_counts_as_late_and_taken_back_does_not(
    session: Session, agencies: Agencies
) -> None:
    sent(session, agencies)
    sent(session, agencies, state=ReferralState.RECALLED, ended_at=NOON + HOUR)
    sent(session, agencies, accept_due_at=NOON + 900 * HOUR)
    whole = figures(session, agencies.lead).whole
    assert (whole.answered.due, whole.answered.late, whole.unanswered) == (1, 1, 2)


def test_contact_and_outcome_are_measured_from_the_step_before(
    session: Session, agencies: Agencies
) -> None:
    met, done = NOON + 12 * HOUR, NOON + 36 * HOUR
    sent(
        session, agencies, hours=2, contacted_at=met, outcome_due_at=NOON + 30 * HOUR,
        completed_at=done, state=ReferralState.COMPLETED, ended_at=done, outcome_code="met",
    )  # fmt: skip
    whole = figures(session, agencies.lead).whole
    assert whole.contacted.median == 10 * 3600 and whole.contacted.share == 1
    assert whole.completed.median == 24 * 3600 and whole.completed.share == 0


def test_refusals_by_reason_and_who_was_told(session: Session, agencies: Agencies) -> None:
    for code in ("no_capacity", "no_capacity", "not_ours"):
        over = {"state": ReferralState.DECLINED, "decline_code": code}
        sent(session, agencies, hours=3, **over)
    for level in (1, 3, 3):
        sent(session, agencies, told_level=level)
    sent(session, agencies, state=ReferralState.EXPIRED, ended_at=NOON + 80 * HOUR, told_level=3)
    scope = policy.measured_by(actor_of(agencies.lead))
    found = queries.declines(session, scope, MAY.span)
    assert found == [("no_capacity", 2), ("not_ours", 1)]
    whole = figures(session, agencies.lead).whole
    assert (whole.declined, whole.told, whole.expired) == (3, (1, 0, 2), 1)


def test_by_unit_and_by_service(session: Session, agencies: Agencies) -> None:
    sent(session, agencies, hours=2)
    sent(session, agencies, hours=2, service="psychology")
    sent(session, agencies, to_unit_id=agencies.police.id, service="crime_report")
    sent(session, agencies, to_unit_id=None, service="legal_aid")
    found = figures(session, agencies.story.supervisor)
    assert {(one.unit_id, one.sent) for one in found.by_unit} == {
        (agencies.hospital.id, 2), (agencies.police.id, 1), (None, 1),
    }  # fmt: skip
    assert {one.service: one.sent for one in found.by_service} == {
        "health_care": 1, "psychology": 1, "crime_report": 1, "legal_aid": 1,
    }  # fmt: skip
    assert found.whole.sent == 4


def test_a_lead_counts_what_came_to_the_unit_and_drafts_count_nowhere(
    session: Session, agencies: Agencies
) -> None:
    sent(session, agencies, hours=2)
    sent(session, agencies, to_unit_id=agencies.police.id)
    draft(session, agencies, "health_care")
    assert figures(session, agencies.lead).whole.sent == 1
    elsewhere = UserFactory(unit=UnitFactory(), role=Role.UNIT_LEAD)
    assert figures(session, elsewhere).whole.sent == 0


def test_a_supervisor_of_one_commune_counts_only_that(session: Session, agencies: Agencies) -> None:
    sent(session, agencies, hours=2)
    here = UnitFactory(doh=True, commune_code=agencies.story.unit.commune_code)
    there = UnitFactory(doh=True, commune_code="11977")
    for unit, expected in ((here, 1), (there, 0)):
        user = UserFactory(unit=unit, role=Role.SUPERVISOR)
        assert figures(session, user).whole.sent == expected


def test_the_page_opens_the_list_behind_each_number(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    sent(session, agencies, hours=30)
    sent(session, agencies, hours=2, state=ReferralState.DECLINED, decline_code="no_capacity")
    browser = Browser(app, session).sign_in(agencies.story.supervisor)
    page = browser.get("referral_measures.index", period="2026-05")
    assert page.select_one("h1").text == "Số đo, tháng 05/2026"
    links = {str(a["href"]) for a in page.select("main a[href*='/list']")}
    assert len(links) >= 6
    for href in links:
        value = next(a.text for a in page.select("main a") if a["href"] == href)
        rows = browser.open(href).select("tbody tr")
        assert str(len(rows)) in value, href


def test_numbers_and_codes_only(app: Flask, session: Session, agencies: Agencies) -> None:
    one = sent(session, agencies, hours=2)
    name = whole_case(session, agencies).child.full_name
    browser = Browser(app, session).sign_in(agencies.lead)
    for endpoint in ("referral_measures.index", "referral_measures.listed"):
        page = browser.get(endpoint, period="2026-05")
        assert name not in page.text
    assert one.number in page.text


@pytest.mark.parametrize(
    "query",
    ["period=2026-13", "period=%00", "unit=nobody", "what=magic", "before=x", "reason=x&service=y"],
)
def test_an_address_that_means_nothing_is_answered(
    app: Flask, session: Session, agencies: Agencies, query: str
) -> None:
    browser = Browser(app, session).sign_in(agencies.lead)
    for path in ("/referrals/measures/", "/referrals/measures/list"):
        browser.open(f"{path}?{query}")


def test_a_worker_has_no_measures(app: Flask, session: Session, agencies: Agencies) -> None:
    Browser(app, session).sign_in(agencies.worker).get("referral_measures.index", expect=403)


def test_the_page_takes_few_statements_and_one_goes_by_the_index(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    sent(session, agencies, hours=2)
    browser = Browser(app, session).sign_in(agencies.story.supervisor)
    browser.get("referral_measures.index", period="2026-05")
    with counted(browser.engine) as seen:
        browser.get("referral_measures.index", period="2026-05")
    assert len(seen) <= 5, "\n".join(seen)


def test_the_list_pages_by_key(
    app: Flask, session: Session, agencies: Agencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = {sent(session, agencies, hours=2).number for _ in range(3)}
    browser = Browser(app, session).sign_in(agencies.lead)
    ids = sorted(session.scalars(select(Referral.id)), reverse=True)
    page = browser.open(f"/referrals/measures/list?period=2026-05&before={ids[0]}")
    shown = {row.th.text for row in page.select("tbody tr")}
    assert len(shown) == 2 and shown < numbers


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("2026-05", "2026-05", "tháng 05/2026"),
        ("2026-Q2", "2026-Q2", "quý 2/2026"),
        ("2026", "2026", "năm 2026"),
        ("", "2026-Q2", "quý 2/2026"),
        ("1999-01", "2026-Q2", "quý 2/2026"),
    ],
)
def test_periods(text: str, name: str, words: str) -> None:
    period = read_period(text, NOON.date())
    assert (period.name, period.words) == (name, words)
    assert period.moved(1).moved(-1) == period
    assert period.span.end == period.moved(1).span.start


def test_of_a_few_the_number_is_said_and_not_a_percentage(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    sent(session, agencies, hours=2)
    browser = Browser(app, session).sign_in(agencies.lead)
    page = browser.get("referral_measures.index", period="2026-05")
    assert "1/1" in page.select_one(".measure-tiles").text  # type: ignore[union-attr]
    assert "%" not in page.select_one("main").text  # type: ignore[union-attr]
