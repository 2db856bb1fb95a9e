"""What the check of a report found, corrections, and the informant's compartment."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, Unit, User
from app.auth.permissions import Section
from app.cases.enums import ENDED, CaseState, Category, EventKind, Outcome
from app.cases.models import Case, CaseEvent, Verification
from app.cases.report_data import ReportData, ReportedChild, ReportedInformant, ReportTexts
from app.cases.services.care_rules import start_next
from app.cases.services.intake import Received, receive_report
from app.core import clock
from app.core.db import db
from app.deadlines.models import ClockState, Deadline
from app.people.models import Child
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.factories import (
    PHO_HIEN,
    TAN_HUNG,
    CaseFactory,
    ChildFactory,
    UnitFactory,
    UserFactory,
)
from tests.sql import counted

SAID = "Không tìm thấy ai ở địa chỉ này"


@pytest.fixture
def received(session: Session, worker: User) -> Received:
    """A report about two children, taken by a police desk."""
    desk = UserFactory(role=Role.INTAKE, unit=UnitFactory(police=True))
    data = ReportData(
        category=Category.ABUSED,
        channel="phone",
        received_at=clock.now() - timedelta(hours=2),
        children=(ReportedChild(full_name="Lê Thị Bưởi"), ReportedChild(full_name="Lê Văn Mận")),
        event_commune=PHO_HIEN,
        abuse_forms=("VIOLENCE",),
        texts=ReportTexts(event_place="gần chợ Gạo", family_context="cha mẹ ly hôn"),
        informant=ReportedInformant(name="Trần Văn Báo", phone="0912345678"),
    )
    result = receive_report(session, actor=actor_of(desk), data=data, now=clock.now())
    session.commit()
    return result


@pytest.fixture
def case(received: Received) -> Case:
    return received.cases[0]


def events_of(session: Session, case: Case, kind: EventKind) -> list[CaseEvent]:
    found = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind == kind)
    return list(session.scalars(found.order_by(CaseEvent.section)).unique())


def audit_of(session: Session, case: Case) -> list[dict[str, Any]]:
    told = select(AuditEvent.body).where(AuditEvent.chain_id == case.id)
    bodies = session.scalars(told.order_by(AuditEvent.id))
    return [json.loads(body) if isinstance(body, str) else dict(body) for body in bodies]


def errors_of(page: Any) -> str:
    return " ".join(tag.text for tag in page.select(".error-summary"))


# --- verification


def test_confirmed_report_goes_on(
    browser: Browser, session: Session, worker: User, case: Case
) -> None:
    browser.sign_in(worker).submit("verification.new", {"outcome": "confirmed"}, case_id=case.id)
    session.refresh(case)
    assert (case.state, case.is_ended) == (CaseState.VERIFYING, False)
    (event,) = events_of(session, case, EventKind.VERIFIED)
    assert event.facts == {"outcome": "confirmed"}
    assert {"outcome": "confirmed"} in [body["data"] for body in audit_of(session, case)]


@pytest.mark.parametrize("outcome", [Outcome.NOT_CONFIRMED, Outcome.OUT_OF_SCOPE])
def test_an_ending_outcome_needs_its_reason_and_stops_the_clocks(
    browser: Browser, session: Session, worker: User, case: Case, outcome: Outcome
) -> None:
    browser.sign_in(worker)
    page = browser.submit(
        "verification.new", {"outcome": outcome.value}, case_id=case.id, expect=422
    )
    assert "Ghi lý do" in errors_of(page)
    browser.submit_page(page, {"reason": SAID})
    session.refresh(case)
    assert (case.state, case.is_ended) == (CaseState(outcome.value), True)
    states = {c.rule_key: c.state(clock.now()) for c in clocks_of(session, case)}
    assert set(states.values()) == {ClockState.MISSED, ClockState.VOID}
    assert states["T_EMERG"] is ClockState.VOID
    verification = session.scalars(select(Verification)).unique().one()
    assert verification.reason == SAID
    assert SAID not in str(audit_of(session, case))


def clocks_of(session: Session, case: Case) -> list[Deadline]:
    return list(session.scalars(select(Deadline).where(Deadline.subject_id == case.id)))


def test_the_other_child_of_the_report_goes_its_own_way(
    browser: Browser, session: Session, worker: User, received: Received
) -> None:
    first, second = received.cases
    data = {"outcome": "not_confirmed", "reason": SAID}
    browser.sign_in(worker).submit("verification.new", data, case_id=first.id)
    session.refresh(second)
    assert (second.state, second.is_ended) == (CaseState.RECEIVED, False)
    assert ClockState.VOID not in {c.state(clock.now()) for c in clocks_of(session, second)}


@pytest.fixture
def original(session: Session, commune: Unit) -> Case:
    """An open case of the first child of the report, who has a record of its own there."""
    known = ChildFactory(full_name="Lê Thị Bưởi", residence_commune=PHO_HIEN)
    found = CaseFactory(worked_by=commune, of_child=known, number="HY-2026-000777")
    session.commit()
    return found


REPEATS = {"outcome": "duplicate", "reason": "Cùng một sự việc", "duplicate_of": "HY-2026-000777"}


def test_duplicate_names_another_visible_original(
    browser: Browser, session: Session, worker: User, case: Case, original: Case
) -> None:
    elsewhere = hidden_case(session)
    browser.sign_in(worker)
    for number, said in (
        ("", "Ghi mã hồ sơ"),
        (case.number, "chính hồ sơ này"),
        (elsewhere.number, "Không thấy"),
        ("HY-2020-999999", "Không thấy"),
        ("linh tinh", "Không thấy"),
    ):
        page = browser.submit(
            "verification.new", REPEATS | {"duplicate_of": number}, case_id=case.id, expect=422
        )
        assert said in errors_of(page)
        assert "Cùng một sự việc" in page.text
    spelled = original.number.lower().replace("hy-", "hy ")
    browser.submit("verification.new", REPEATS | {"duplicate_of": spelled}, case_id=case.id)
    verification = session.scalars(select(Verification)).unique().one()
    assert verification.duplicate_of_id == original.id
    page = browser.submit(
        "verification.new",
        REPEATS | {"duplicate_of": case.number},
        case_id=original.id,
        expect=422,
    )
    assert "đã kết thúc" in errors_of(page)


@pytest.mark.parametrize("state", [s for s in CaseState if s in ENDED])
def test_no_report_ends_as_a_duplicate_of_what_nobody_works(
    browser: Browser, session: Session, worker: User, case: Case, original: Case, state: CaseState
) -> None:
    original.state, original.is_ended = state, True
    session.commit()
    page = browser.sign_in(worker).submit("verification.new", REPEATS, case_id=case.id, expect=422)
    assert "không còn ai xử lý" in errors_of(page)
    session.refresh(case)
    assert not case.is_ended


def test_no_report_ends_as_a_duplicate_of_another_child(
    browser: Browser, session: Session, worker: User, received: Received
) -> None:
    case, sibling = received.cases
    browser.sign_in(worker)
    wrong = REPEATS | {"duplicate_of": sibling.number}
    page = browser.submit("verification.new", wrong, case_id=case.id, expect=422)
    assert "không giống trẻ em trong tin này" in errors_of(page)
    sibling.child_id = case.child_id  # the two records were merged
    session.commit()
    browser.submit_page(page, {})
    session.refresh(case)
    assert case.state is CaseState.DUPLICATE


def running_danger(session: Session, case: Case) -> list[Deadline]:
    session.expire_all()
    clocks = clocks_of(session, case)
    return [c for c in clocks if c.rule_key == "T_EMERG" and c.closed_at is None]


@pytest.mark.parametrize("is_danger", [True, False])
def test_danger_that_a_duplicate_told_is_answered_in_the_original(
    browser: Browser,
    session: Session,
    worker: User,
    received: Received,
    original: Case,
    is_danger: bool,
) -> None:
    """Also where the original answered a danger before; its timeline tells the new report."""
    case = received.cases[0]
    received.report.is_present_danger = is_danger
    answered = start_next(session, original, "T_EMERG", started_at=clock.now(), now=clock.now())
    answered.meet(happened_at=clock.now(), now=clock.now())
    session.commit()
    browser.sign_in(worker).submit("verification.new", REPEATS, case_id=case.id)
    started = [c.started_at for c in running_danger(session, original)]
    assert started == ([case.opened_at] if is_danger else [])
    assert not running_danger(session, case)
    (event,) = events_of(session, original, EventKind.REPORT_RECEIVED)
    assert event.facts["repeated_by"] == [case.number]
    text = browser.get("cases.show", case_id=original.id).text
    assert f"tin trùng, {case.number}" in text
    assert ("báo trẻ em đang gặp nguy hiểm" in text) is is_danger


def test_a_case_that_was_never_asked_about_danger_takes_the_clock_over(
    browser: Browser, session: Session, worker: User, case: Case, original: Case
) -> None:
    browser.sign_in(worker).submit("verification.new", REPEATS, case_id=case.id)
    assert [c.started_at for c in running_danger(session, original)] == [case.opened_at]


def test_an_original_does_not_end_over_the_heads_of_its_duplicates(
    browser: Browser, session: Session, worker: User, case: Case, original: Case
) -> None:
    browser.sign_in(worker).submit("verification.new", REPEATS, case_id=case.id)
    page = browser.get("verification.new", case_id=original.id)
    assert case.number in page.select_one("#verification .notice").text
    ends = {"outcome": "not_confirmed", "reason": SAID}
    page = browser.submit_page(page, ends, form="#verification", expect=422)
    assert case.number in errors_of(page)
    session.refresh(original)
    assert not original.is_ended
    browser.submit_page(page, {"heard_repeats": "y"}, form="#verification")
    session.refresh(original)
    assert original.state is CaseState.NOT_CONFIRMED


def test_a_chain_of_duplicates_takes_danger_along(
    browser: Browser,
    session: Session,
    worker: User,
    commune: Unit,
    received: Received,
    original: Case,
) -> None:
    case = received.cases[0]
    received.report.is_present_danger = True
    child = session.get_one(Child, original.child_id)
    last = CaseFactory(worked_by=commune, of_child=child, number="HY-2026-000888")
    session.commit()
    browser.sign_in(worker).submit("verification.new", REPEATS, case_id=case.id)
    further = REPEATS | {"duplicate_of": last.number}
    browser.submit("verification.new", further, case_id=original.id)
    assert len(running_danger(session, last)) == 1
    (event,) = events_of(session, last, EventKind.REPORT_RECEIVED)
    assert event.facts["repeated_by"] == [original.number, case.number]
    ends = {"outcome": "out_of_scope", "reason": SAID}
    page = browser.submit("verification.new", ends, case_id=last.id, expect=422)
    assert case.number in errors_of(page) and original.number in errors_of(page)


def hidden_case(session: Session) -> Case:
    UnitFactory(commune_code=TAN_HUNG)
    desk = UserFactory(role=Role.INTAKE, unit=UnitFactory(hotline=True))
    data = ReportData(
        category=Category.ABUSED,
        channel="phone",
        received_at=clock.now(),
        children=(ReportedChild(full_name="Ngô Thị Cam"),),
        event_commune=TAN_HUNG,
    )
    result = receive_report(session, actor=actor_of(desk), data=data, now=clock.now())
    session.commit()
    return result.cases[0]


@pytest.mark.parametrize(("hours", "said"), [(1, "tương lai"), (-3, "trước lúc nhận tin")])
def test_a_check_happens_after_receipt_and_before_now(
    browser: Browser, session: Session, worker: User, case: Case, hours: int, said: str
) -> None:
    there = clock.local(clock.now() + timedelta(hours=hours))
    data = {
        "outcome": "confirmed",
        "happened_at": [there.strftime("%d/%m/%Y"), there.strftime("%H:%M")],
    }
    page = browser.sign_in(worker).submit("verification.new", data, case_id=case.id, expect=422)
    assert said in errors_of(page)


def test_the_second_of_two_workers_sees_what_the_first_wrote_and_keeps_the_own_words(
    browser: Browser, session: Session, worker: User, case: Case
) -> None:
    stale = browser.sign_in(worker).get("verification.new", case_id=case.id)
    browser.submit("verification.new", {"outcome": "confirmed"}, case_id=case.id)
    data = {"outcome": "not_confirmed", "reason": SAID}
    page = browser.submit_page(stale, data, expect=409)
    assert "Có căn cứ" in page.select_one(".conflict").text
    assert worker.name in page.select_one(".conflict").text
    told = [row.th.text for row in page.select(".conflict tbody tr")]
    assert told == ["Xác minh tin báo"]  # nothing that the page had shown already
    form = page.select_one("main form[method=post]")
    assert str(filled_in(form)["reason"]).strip() == SAID
    browser.submit_page(page, {})
    session.refresh(case)
    assert case.state is CaseState.NOT_CONFIRMED


def test_what_has_ended_takes_nothing_more(
    browser: Browser, session: Session, worker: User, case: Case
) -> None:
    stale = browser.sign_in(worker).get("verification.new", case_id=case.id)
    data = {"outcome": "not_confirmed", "reason": SAID}
    browser.submit("verification.new", data, case_id=case.id)
    page = browser.submit_page(stale, {"outcome": "confirmed"}, expect=409)
    assert "Có người vừa lưu trước bạn" in page.text
    assert "đã kết thúc" in browser.submit_page(page, {}, expect=409).text
    assert not browser.get("verification.new", case_id=case.id).select("#verification")


def test_confirming_twice_is_answered(
    browser: Browser, session: Session, worker: User, case: Case
) -> None:
    browser.sign_in(worker)
    browser.submit("verification.new", {"outcome": "confirmed"}, case_id=case.id)
    page = browser.submit("verification.new", {"outcome": "confirmed"}, case_id=case.id, expect=409)
    assert "Không cần ghi lại" in page.text


def test_who_may_not_verify(browser: Browser, session: Session, commune: Unit, case: Case) -> None:
    chair = UserFactory(role=Role.COMMUNE_CHAIR, unit=commune)
    browser.sign_in(chair).get("verification.new", case_id=case.id, expect=403)
    stranger = UserFactory(unit=UnitFactory(commune_code=TAN_HUNG))
    browser.sign_in(stranger).get("verification.new", case_id=case.id, expect=404)


# --- correction


def test_correction_is_kept_old_and_new_and_reaches_every_case_of_the_report(
    browser: Browser, session: Session, worker: User, received: Received
) -> None:
    case, sibling = received.cases
    changes = {
        "event_place": "chợ Gạo, cổng sau",
        "abuse_forms": ["VIOLENCE", "NEGLECT"],
        "is_caregiver_suspected": "y",
    }
    browser.sign_in(worker).submit("intake.correct", changes, case_id=case.id)
    for one in received.cases:
        session.refresh(one)
        assert one.abuse_forms == ["VIOLENCE", "NEGLECT"]
        assert one.do_not_contact
        event, family = events_of(session, one, EventKind.REPORT_CORRECTED)
        assert (event.section, family.section) == (Section.EVENT, Section.FAMILY)
        assert json.loads(event.note or "")["event_place"] == ["gần chợ Gạo", "chợ Gạo, cổng sau"]
        assert json.loads(family.note or "") == {"is_caregiver_suspected": [False, True]}
    session.refresh(received.report)
    assert received.report.event_place == "chợ Gạo, cổng sau"
    (data,) = [
        body["data"] for body in audit_of(session, sibling) if body["action"] == "report.corrected"
    ]
    assert set(data["fields"]) == {"event_place", "abuse_forms", "is_caregiver_suspected"}
    assert "Gạo" not in str(audit_of(session, case))


def test_nothing_changed_leaves_no_trace(
    browser: Browser, session: Session, worker: User, case: Case
) -> None:
    browser.sign_in(worker).submit("intake.correct", {}, case_id=case.id)
    assert not events_of(session, case, EventKind.REPORT_CORRECTED)


def test_a_stale_correction_shows_the_other_one(
    browser: Browser, session: Session, worker: User, case: Case
) -> None:
    stale = browser.sign_in(worker).get("intake.correct", case_id=case.id)
    browser.submit("intake.correct", {"event_place": "nhà văn hóa thôn"}, case_id=case.id)
    page = browser.submit_page(stale, {"event_place": "sân đình"}, expect=409)
    assert "nhà văn hóa thôn" in page.select_one(".conflict").text
    assert filled_in(page.select_one("#correction"))["event_place"] == "sân đình"
    browser.submit_page(page, {})
    assert len(events_of(session, case, EventKind.REPORT_CORRECTED)) == 2


def test_reading_the_report_to_correct_it_is_logged(
    app: Flask, browser: Browser, session: Session, worker: User, case: Case
) -> None:
    browser.sign_in(worker)
    with counted(db.engine) as seen:
        page = browser.get("intake.correct", case_id=case.id)
    assert len(seen) <= 6
    assert "cha mẹ ly hôn" in page.text
    (read,) = [body for body in audit_of(session, case) if body["action"] == "case.read"]
    assert read["sections"] == [
        *("contact", "event", "family", "health", "hiv", "sexual_abuse"),
    ]


# --- the informant


def test_informant_opens_with_a_reason_and_never_unseen(
    browser: Browser, session: Session, worker: User, case: Case
) -> None:
    browser.sign_in(worker)
    page = browser.get("intake.informant", case_id=case.id)
    assert "Trần Văn Báo" not in page.text
    short = browser.submit_page(page, {"reason": "cần xem"}, expect=422)
    assert "10 ký tự" in errors_of(short)
    opened = browser.submit_page(page, {"reason": "Cần hỏi lại nơi xảy ra"}, expect=200)
    assert "Trần Văn Báo" in opened.text
    (read,) = [b for b in audit_of(session, case) if b["action"] == "report.informant_read"]
    assert read["actor"] == str(worker.id)
    assert "hỏi lại" not in str(read)
    (event,) = events_of(session, case, EventKind.INFORMANT_READ)
    assert event.note == "Cần hỏi lại nơi xảy ra"


def test_informant_is_on_no_other_page(
    browser: Browser, session: Session, worker: User, case: Case
) -> None:
    browser.sign_in(worker)
    for endpoint in ("cases.show", "intake.correct", "verification.new", "cases.timeline"):
        page = browser.get(endpoint, case_id=case.id)
        assert "Trần Văn Báo" not in page.text
        assert "0912345678" not in page.text.replace(" ", "")


@pytest.mark.parametrize("role", [Role.COMMUNE_CHAIR, Role.SUPERVISOR, Role.INTAKE])
def test_who_never_opens_the_informant(
    browser: Browser, session: Session, commune: Unit, case: Case, role: Role
) -> None:
    browser.sign_in(UserFactory(role=role, unit=commune))
    browser.get("intake.informant", case_id=case.id, expect=403)


def test_both_the_number_and_the_reason_are_asked_for_at_once(
    browser: Browser, worker: User, case: Case
) -> None:
    wrong = {"outcome": "duplicate", "duplicate_of": "HY-1999-000001", "reason": ""}
    page = browser.sign_in(worker).submit("verification.new", wrong, case_id=case.id, expect=422)
    summary = page.select_one(".error-summary")
    assert summary is not None
    assert "Không thấy hồ sơ có mã này" in summary.text and "Ghi lý do" in summary.text


def test_a_child_that_may_be_the_same_offers_its_case(
    browser: Browser, session: Session, commune: Unit, worker: User, case: Case
) -> None:
    """One press fills in the number; what was typed stays, nothing is sent."""
    known = ChildFactory(full_name="Lê Thị Bưởi", residence_commune=PHO_HIEN)
    other = CaseFactory(worked_by=commune, of_child=known, number="HY-2026-000777")
    session.commit()
    number = other.number
    page = browser.sign_in(worker).get("verification.new", case_id=case.id)
    button = page.select_one("button[name=same_as]")
    assert button is not None and button["value"] == number
    typed = {"same_as": number, "reason": "Cùng một tin"}
    page = browser.submit_page(page, typed, form="#verification", expect=200)
    form = filled_in(page.select_one("#verification"))  # type: ignore[arg-type]
    assert (form["outcome"], form["duplicate_of"]) == ("duplicate", number)
    assert str(form["reason"]).strip() == "Cùng một tin"
    browser.submit_page(page, {}, form="#verification")
    session.refresh(case)
    assert case.state is CaseState.DUPLICATE


def test_the_report_that_is_judged_stands_beside_the_form(
    browser: Browser, worker: User, case: Case
) -> None:
    for endpoint in ("verification.new", "assessment.new"):
        card = browser.sign_in(worker).get(endpoint, case_id=case.id).select_one(".fold-card")
        assert card is not None and "gần chợ Gạo" in card.text and not card.has_attr("open")


def test_a_form_swapped_in_place_is_the_form_alone(
    browser: Browser, worker: User, case: Case
) -> None:
    page = browser.sign_in(worker).get("verification.new", case_id=case.id)
    sent = filled_in(page.select_one("#verification"))  # type: ignore[arg-type]
    path = f"/cases/{case.id}/verification"
    answer = browser.client.post(path, data=sent, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith("<form") and "<html" not in answer.text
