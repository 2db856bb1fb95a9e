"""What a child received: recording, correcting, striking out, and the sums beside the plan."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind
from app.cases.models import CaseEvent, Plan, PlanActivity, ServiceReceived
from app.cases.models.plans import ActivityState, PlanState
from app.cases.queries import support as queries
from app.cases.services.support import born_on
from app.core import clock
from app.people.models import Child, DobPrecision
from app.web.money import money_text, parse_vnd
from tests.browser import Browser
from tests.cases.story import Story, forget_drafts
from tests.cases.test_follow_up import approved
from tests.factories import ChildFactory, UnitFactory, UserFactory
from tests.sql import counted

NEW, INDEX, EDIT, REMOVE = "services.new", "services.index", "services.edit", "services.remove"
DOCTOR = {
    "kind": "health",
    "service_type": "care_recovery",
    "provider": "Bác sĩ Hải",
    "amount": "1.500.000",
    "fund_source": "child_fund",
    "note": "Khám tổng quát",
}
FIX = {"reason": "Gõ thừa một số 0"}


@pytest.fixture
def story(session: Session) -> Story:
    return approved(session)


def day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).strftime("%d/%m/%Y")


def give(browser: Browser, story: Story, **changed: Any) -> BeautifulSoup:
    expect = changed.pop("expect", 303)
    browser.sign_in(story.worker)
    return browser.submit(NEW, {**DOCTOR, **changed}, case_id=story.case.id, expect=expect)


def standing(session: Session) -> list[ServiceReceived]:
    return list(
        session.scalars(
            select(ServiceReceived)
            .where(ServiceReceived.struck_at.is_(None))
            .order_by(ServiceReceived.typed_at, ServiceReceived.id)
        )
    )


def plan_activity(session: Session, story: Story, **values: Any) -> PlanActivity:
    """One more activity of the approved plan."""
    plan = session.scalars(select(Plan).where(Plan.case_id == story.case.id)).one()
    activity = PlanActivity(
        key=plan.key,
        plan_id=plan.id,
        case_id=story.case.id,
        position=1,
        domain="health",
        service_type="care_recovery",
        what="Khám, điều trị tại bệnh viện",
        starts_on=clock.today() - timedelta(days=5),
        ends_on=clock.today() + timedelta(days=5),
        **values,
    )
    session.add(activity)
    session.commit()
    return activity


# --- amounts


@given(st.integers(1_000, 1_000_000_000))
def test_an_amount_is_read_as_it_is_written(amount: int) -> None:
    text = money_text(amount)
    for typed in (text, str(amount), f"{text} đ", f"{text} đồng", text.replace(".", " ")):
        assert parse_vnd(typed) == amount


@pytest.mark.parametrize(
    "typed",
    [
        "-500.000", "1.5", "1.500.00", "1.500,000", "1,5 triệu", "500", "0", "000",
        "10.000.000.000", "9" * 400, "٣٠٠٠", "１５００", "1e6", "NaN", "1..500", "đồng",
        "12.34.567", "1 500.000",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(app: Any, typed: str) -> None:
    with app.test_request_context(), pytest.raises(ValueError, match="[Ss]ố|đồng"):
        parse_vnd(typed)


# --- recording


def test_a_service_stands_on_record_with_its_event_and_log(
    browser: Browser, session: Session, story: Story
) -> None:
    give(browser, story, quantity="2", quantity_unit="time", from_on=day(-1))
    (row,) = standing(session)
    assert (row.amount, row.fund_source, row.quantity) == (1_500_000, "child_fund", 2)
    assert (row.provider, row.note) == ("Bác sĩ Hải", "Khám tổng quát")
    assert row.from_on == clock.today() - timedelta(days=1)
    assert story.case.state is CaseState.IN_PROGRESS
    event = session.scalars(
        select(CaseEvent).where(CaseEvent.kind == EventKind.SERVICE_RECEIVED)
    ).one()
    assert event.section is Section.PLAN and event.note == "Bác sĩ Hải\nKhám tổng quát"
    assert (event.facts["amount"], event.facts["source"]) == (1_500_000, "child_fund")
    assert "Hải" not in str(event.facts)
    logged = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == "case.service_recorded")
    ).one()
    assert json.loads(logged)["data"] == {
        "kind": "health",
        "source": "child_fund",
        "step": "recorded",
    }
    page = browser.follow()
    assert "1.500.000 đồng (Quỹ Bảo trợ trẻ em)" in page.text and "2 lần" in page.text
    assert (
        "Trẻ em đã được hỗ trợ: Y tế" in browser.get("cases.timeline", case_id=story.case.id).text
    )


def test_help_before_the_plan_is_recorded_and_moves_no_state(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.take_back_plan()
    session.commit()
    give(browser, story)
    assert story.case.state is CaseState.PLAN_DRAFTED
    assert len(standing(session)) == 1


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"from_on": day(1)}, "from_on"),
    ({"from_on": "01/01/2015"}, "from_on"),
    ({"from_on": "31/02/2026"}, "from_on"),
    ({"from_on": ""}, "from_on"),
    ({"from_on": day(0), "to_on": day(-1)}, "to_on"),
    ({"to_on": day(3)}, "to_on"),
    ({"to_on": "01/01/2099", "is_ongoing": "y"}, "to_on"),
    ({"from_on": day(-3), "to_on": day(-1), "is_ongoing": "y"}, "to_on"),
    ({"amount": "-1"}, "amount"),
    ({"amount": "1,5 triệu"}, "amount"),
    ({"amount": "99.000.000.000"}, "amount"),
    ({"fund_source": ""}, "fund_source"),
    ({"fund_source": "forged"}, "fund_source"),
    ({"quantity": "3"}, "quantity_unit"),
    ({"quantity_unit": "time"}, "quantity"),
    ({"quantity": "-3", "quantity_unit": "time"}, "quantity"),
    ({"provider": ""}, "provider"),
    ({"provider_unit_id": "forged"}, "provider_unit_id"),
    ({"kind": ""}, "kind"),
    ({"service_type": "forged"}, "service_type"),
    ({"activity_id": "01931e8a-0000-7000-8000-000000000000"}, "activity_id"),
    ({"finishes_activity": "y"}, "finishes_activity"),
)


def test_bad_input_is_named_and_what_was_typed_stays(
    browser: Browser, session: Session, story: Story
) -> None:
    for changed, field in WRONG:
        page = give(browser, story, **changed, expect=422)
        assert page.select_one(f'.error-summary a[href="#{field}"]') is not None, changed
        assert page.select_one("#note").text.strip() == "Khám tổng quát"  # type: ignore[union-attr]
        if "amount" in changed:
            assert page.select_one("#amount")["value"] == changed["amount"]  # type: ignore[index]
        assert standing(session) == []
        forget_drafts(session)


@pytest.mark.parametrize(
    ("known", "born"),
    [
        ({"dob": "2017-03-05"}, date(2017, 3, 5)),
        ({"dob": "2017-03-01", "dob_precision": DobPrecision.MONTH}, date(2017, 3, 1)),
        ({"dob": None, "dob_precision": DobPrecision.ESTIMATED}, date(2016, 1, 1)),
        ({"dob": None, "birth_year": None, "dob_precision": DobPrecision.UNKNOWN}, None),
    ],
)
def test_the_earliest_birthday(session: Session, known: dict[str, Any], born: date | None) -> None:
    child: Child = ChildFactory(**known)
    assert born_on(child) == born


def test_help_that_goes_on_has_a_planned_end(
    browser: Browser, session: Session, story: Story
) -> None:
    give(browser, story, from_on=day(-9), to_on=day(90), is_ongoing="y")
    assert "dự kiến đến" in browser.follow().text
    assert standing(session)[0].is_ongoing


def test_a_unit_of_ours_may_be_the_provider(
    browser: Browser, session: Session, story: Story
) -> None:
    UnitFactory(short_name="xã rất xa", commune_code="11977")
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    offered = page.select_one("#provider_unit_id")
    assert offered is not None and story.unit.short_name in offered.text
    assert "xã rất xa" not in offered.text
    give(browser, story, provider="", provider_unit_id=str(story.unit.id))
    assert story.unit.short_name in browser.follow().text


def test_a_double_click_records_once(browser: Browser, session: Session, story: Story) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    for _ in range(2):
        browser.submit_page(page, DOCTOR)
    assert len(standing(session)) == 1


def test_a_closed_case_takes_nothing_more(browser: Browser, session: Session, story: Story) -> None:
    story.case.close(now=clock.now())
    session.commit()
    browser.sign_in(story.worker).get(NEW, case_id=story.case.id, expect=409)
    page = browser.get(INDEX, case_id=story.case.id)
    assert page.select_one('a[href$="/support/new"]') is None


# --- planned against done


def test_done_stands_beside_planned(browser: Browser, session: Session, story: Story) -> None:
    activity = plan_activity(session, story)
    give(browser, story, activity_id=str(activity.id))
    give(browser, story, activity_id=str(activity.id), amount="500.000", from_on=day(-1))
    give(browser, story, kind="in_kind", amount="", fund_source="")
    assert activity.state is ActivityState.DOING
    rows = browser.follow().select("section[aria-labelledby=planned-title] tbody tr")
    assert "Khám, điều trị tại bệnh viện" in rows[0].text and "2.000.000" in rows[0].text
    assert "2 lần ghi" in rows[0].text and "đang làm" in rows[0].text
    assert "Ngoài kế hoạch này" in rows[1].text and "1 lần ghi" in rows[1].text


def test_an_activity_is_done_with_a_service(
    browser: Browser, session: Session, story: Story
) -> None:
    activity = plan_activity(session, story)
    done = {"activity_id": str(activity.id), "finishes_activity": "y"}
    page = give(browser, story, **done, to_on=day(9), is_ongoing="y", expect=422)
    assert page.select_one('.error-summary a[href="#finishes_activity"]') is not None
    give(browser, story, **done, from_on=day(-1))
    assert activity.state is ActivityState.DONE
    assert activity.done_on == clock.today() - timedelta(days=1)
    changed = session.scalars(
        select(CaseEvent).where(CaseEvent.kind == EventKind.ACTIVITY_CHANGED)
    ).one()
    assert (changed.facts["state"], changed.subject_id) == ("done", activity.id)
    assert "plan.activity_changed" in session.scalars(select(AuditEvent.action)).all()
    said = browser.get("cases.timeline", case_id=story.case.id).text
    assert f"Hoạt động {activity.position} của kế hoạch: đã xong" in said


def test_only_the_approved_plan_of_this_case_is_offered(
    browser: Browser, session: Session, story: Story
) -> None:
    other = plan_activity(session, approved(session))
    ours = plan_activity(session, story)
    page = give(browser, story, activity_id=str(other.id), expect=422)
    options = [str(option["value"]) for option in page.select("#activity_id option")]
    assert options == ["", str(ours.id)]
    session.get_one(Plan, ours.plan_id).state = PlanState.DRAFT
    session.commit()
    give(browser, story, activity_id=str(ours.id), expect=422)
    assert "chưa được phê duyệt" in browser.get(INDEX, case_id=story.case.id).text


def test_an_activity_nobody_did_in_time_is_late(
    browser: Browser, session: Session, story: Story
) -> None:
    activity = plan_activity(session, story)
    activity.ends_on = clock.today() - timedelta(days=1)
    session.commit()
    page = browser.sign_in(story.worker).get(INDEX, case_id=story.case.id)
    row = page.select_one("section[aria-labelledby=planned-title] tbody tr")
    assert row is not None and "quá hạn" in row.text and "chưa ghi lần nào" in row.text


def test_sums_by_source_with_their_period(browser: Browser, session: Session, story: Story) -> None:
    give(browser, story, from_on=day(-9))
    give(browser, story, amount="500.000", from_on=day(-2), to_on=day(-1))
    give(browser, story, fund_source="enterprise", amount="3.000.000")
    rows = [
        " ".join(row.text.split())
        for row in browser.follow().select("section[aria-labelledby=sums-title] tbody tr")
    ]
    assert rows[0].startswith("Doanh nghiệp") and "3.000.000 đồng" in rows[0]
    assert rows[1].startswith("Quỹ Bảo trợ trẻ em") and "2.000.000 đồng" in rows[1]
    assert f"{day(-9)} đến {day(-1)}" in rows[1] and "2 lần ghi" in rows[1]
    assert rows[2].startswith("Tổng cộng") and "5.000.000 đồng" in rows[2]


# --- correcting and striking out


def test_a_correction_keeps_the_old_record(
    browser: Browser, session: Session, story: Story
) -> None:
    give(browser, story, amount="15.000.000")
    (old,) = standing(session)
    ids = {"case_id": story.case.id, "service_id": old.id}
    browser.submit(EDIT, {**FIX, "amount": "1.500.000"}, **ids)
    (new,) = standing(session)
    assert (new.corrects_id, new.amount, new.note) == (old.id, 1_500_000, "Khám tổng quát")
    assert (old.amount, old.strike_reason) == (15_000_000, FIX["reason"])
    page = browser.follow()
    assert page.select_one(f"#s-{old.id} s") is not None and FIX["reason"] in page.text
    assert page.select_one(f"#s-{old.id} a") is None
    sums = page.select_one("section[aria-labelledby=sums-title]")
    assert sums is not None and "15.000.000" not in sums.text
    log = browser.get("cases.timeline", case_id=story.case.id).text
    assert "Sửa hỗ trợ đã ghi: Y tế" in log and "15.000.000" in log and FIX["reason"] in log
    browser.get(EDIT, **ids, expect=409)


def test_a_correction_needs_a_reason(browser: Browser, session: Session, story: Story) -> None:
    give(browser, story)
    ids = {"case_id": story.case.id, "service_id": standing(session)[0].id}
    page = browser.submit(EDIT, {"amount": "2.000.000", "reason": ""}, **ids, expect=422)
    assert page.select_one('.error-summary a[href="#reason"]') is not None
    assert page.select_one("#amount")["value"] == "2.000.000"  # type: ignore[index]
    assert standing(session)[0].amount == 1_500_000


def test_of_two_who_correct_at_once_the_second_is_told(
    browser: Browser, session: Session, story: Story
) -> None:
    give(browser, story)
    ids = {"case_id": story.case.id, "service_id": standing(session)[0].id}
    stale, client = browser.get(EDIT, **ids), browser.client
    give(browser, story, kind="education")
    browser.client = client
    typed = {**FIX, "amount": "7.777.000"}
    page = browser.submit_page(stale, typed, expect=409)
    assert page.select_one(".conflict") is not None
    assert page.select_one("#amount")["value"] == "7.777.000"  # type: ignore[index]
    assert len(standing(session)) == 2
    browser.submit_page(page, {})
    assert sorted(row.amount or 0 for row in standing(session)) == [1_500_000, 7_777_000]


def test_nothing_is_deleted(browser: Browser, session: Session, story: Story) -> None:
    give(browser, story)
    (row,) = standing(session)
    ids = {"case_id": story.case.id, "service_id": row.id}
    page = browser.get(REMOVE, **ids)
    assert "Bác sĩ Hải" in page.text
    browser.submit_page(page, {"reason": ""}, expect=422)
    browser.submit_page(page, {"reason": "Ghi nhầm hồ sơ khác"})
    assert standing(session) == []
    assert (row.struck_by, row.strike_reason) == (story.worker.id, "Ghi nhầm hồ sơ khác")
    shown = browser.follow()
    assert "Ghi nhầm hồ sơ khác" in shown.text
    assert shown.select_one("section[aria-labelledby=sums-title]") is None
    browser.submit_page(page, {"reason": "Lần hai", "idempotency_key": str(row.id)}, expect=409)
    assert "Gạch bỏ hỗ trợ đã ghi" in browser.get("cases.timeline", case_id=story.case.id).text


def test_a_record_of_another_case_is_not_found(
    browser: Browser, session: Session, story: Story
) -> None:
    give(browser, story)
    other = approved(session)
    ids = {"case_id": other.case.id, "service_id": standing(session)[0].id}
    browser.sign_in(other.worker)
    for endpoint in (EDIT, REMOVE):
        browser.get(endpoint, **ids, expect=404)


# --- who reads


def test_a_closed_section_is_not_even_read(
    browser: Browser, session: Session, story: Story
) -> None:
    give(browser, story)
    case, closed = story.case, frozenset({Section.EVENT})
    case_id = case.id
    with counted(browser.engine) as seen:
        assert queries.services_of(session, case_id, sections=closed) == []
        assert queries.sums_by_source(session, case_id, sections=closed) == []
        assert queries.delivered_by_activity(session, case_id, sections=closed) == {}
        assert queries.planned_activities(session, case, sections=closed) == []
    assert seen == []


@pytest.mark.parametrize(
    ("role", "sees", "records"),
    [
        (Role.CP_WORKER, 200, 200),
        (Role.COMMUNE_CHAIR, 200, 403),
        (Role.SUPERVISOR, 200, 403),
        (Role.AGENCY_OFFICER, 403, 403),
    ],
)
def test_who_sees_and_who_records(
    browser: Browser, story: Story, role: Role, sees: int, records: int
) -> None:
    browser.sign_in(UserFactory(role=role, unit=story.unit))
    browser.get(INDEX, case_id=story.case.id, expect=sees)
    browser.get(NEW, case_id=story.case.id, expect=records)


def test_a_long_list_is_read_page_by_page(browser: Browser, session: Session, story: Story) -> None:
    give(browser, story)
    (first,) = standing(session)
    for _ in range(33):
        session.add(
            ServiceReceived(
                key=first.key, case_id=first.case_id, child_id=first.child_id, kind="health",
                service_type="care_recovery", from_on=first.from_on, happened_at=first.happened_at,
                typed_at=first.typed_at, by_id=first.by_id,
            )
        )  # fmt: skip
    session.commit()
    page = browser.get(INDEX, case_id=story.case.id)
    older = page.select_one('a[rel="next"]')
    assert len(page.select("#records li")) == 30 and older is not None
    assert len(browser.open(str(older["href"])).select("#records li")) == 4
    browser.open(f"{str(older['href']).partition('?')[0]}?before=nonsense")
    assert session.scalar(select(func.count()).select_from(ServiceReceived)) == 34
