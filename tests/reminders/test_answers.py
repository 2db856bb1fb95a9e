"""What one has to do, through pages: the list, one thing, its answers, one's own reminders."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.models import Role, User, UserSession
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent
from app.cases.pages.clocks import due_words
from app.core import clock
from app.core.db import db
from app.core.outbox import dispatch
from app.deadlines.models import Deadline
from app.people.models import Child
from app.referrals.models import Referral
from app.reminders.models import (
    Channel,
    Delivery,
    Obligation,
    ObligationAnswer,
    PersonalReminder,
)
from app.reminders.policy import (
    APPROVE,
    does_it,
    done_by,
    dropped_by,
    handed_by,
    may_drop,
    may_hand_over,
    may_put_off,
    put_off_by,
)
from app.reminders.services.answers import (
    decide_not_needed,
    not_needed,
    note,
    pending_answer,
    put_off,
)
from app.reminders.services.passes import run_pass
from app.web.filters import vn_datetime
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import CaseDenialFactory, UnitFactory, UserFactory
from tests.parts.reminders_answers import an_obligation
from tests.referrals.story import Agencies, accept, make_agencies, send
from tests.reminders.story import be_away

WHY = "Gia đình hẹn sang tuần sau mới có nhà, đã gọi điện hôm nay."
WHY_NOT = "Em vẫn ở nhà cũ, công an xã đã xác nhận sáng nay."


@pytest.fixture
def story(session: Session) -> Story:
    made = make_story(session)
    made.case.owner_id = made.worker.id
    child = session.scalars(select(Child).where(Child.id == made.case.child_id)).unique().one()
    child.full_name = "Nguyễn Minh Khôi"
    session.commit()
    return made


@pytest.fixture(autouse=True)
def at_seven(story: Story) -> Iterator[None]:
    """Seven hours after the report: half of the twelve are over, its worker is told."""
    moment = story.received_at + timedelta(hours=7)
    with time_machine.travel(moment, tick=False):
        a_pass(moment)
        yield


def a_pass(now: datetime | None = None) -> None:
    run_pass(db.sessionmaker, {}, now or clock.now())


def of(session: Session, kind: str = "clock.T_EMERG") -> Obligation:
    session.rollback()
    return session.scalars(select(Obligation).where(Obligation.kind == kind)).one()


def later(browser: Browser, one: Obligation, data: dict[str, Any], **more: Any) -> BeautifulSoup:
    sent = {f"later-{name}": value for name, value in data.items()}
    return browser.submit("reminders.show", sent, form="#later-form", obligation_id=one.id, **more)


def drop(browser: Browser, one: Obligation, reason: str = WHY, **more: Any) -> BeautifulSoup:
    return browser.submit(
        "reminders.show", {"drop-reason": reason}, form="#drop-form", obligation_id=one.id, **more
    )


def give(browser: Browser, one: Obligation, to: User, **more: Any) -> BeautifulSoup:
    sent: dict[str, object] = {"give-to_id": str(to.id), "give-reason": "Tôi đi họp"}
    return browser.submit("reminders.show", sent, form="#give-form", obligation_id=one.id, **more)


def titles(page: BeautifulSoup) -> list[str]:
    return [link.text for link in page.select(".rows .row-title")]


def test_the_list_says_what_is_due_and_leads_to_the_page_that_does_it(
    browser: Browser, story: Story
) -> None:
    page = browser.sign_in(story.worker).get("reminders.index")
    assert titles(page)[:2] == [
        "Chuyển tin báo về xã, phường",
        "Can thiệp khẩn cấp trong 12 giờ",
    ]
    groups = [found.text for found in page.select(".due-group")]
    assert groups[0] == "Khẩn cấp" and "Trong 7 ngày tới" in groups
    about = page.select(".rows p")[1].text
    assert "Nguyễn Minh Khôi" in about and story.case.number in about
    tabs = [tab.text.split()[0] for tab in page.select(".tabs a")]
    assert tabs == ["Của", "Cả", "Để"]


def test_the_list_goes_on_from_page_to_page(browser: Browser, story: Story) -> None:
    browser.sign_in(story.worker)
    page, seen = browser.get("reminders.index", limit=1), []
    for _ in range(4):
        seen += titles(page)
        more = page.select_one("a[rel=next]")
        if more is None:
            break
        page = browser.open(f"{more['href']}&limit=1")
    assert len(seen) == 3 and len(set(seen)) == 3


def test_when_nothing_is_due_the_list_says_so(
    session: Session, browser: Browser, story: Story
) -> None:
    other = UserFactory(unit=UnitFactory())
    page = browser.sign_in(other).get("reminders.index")
    assert "Đã xong hết việc" in page.text
    for deadline in session.scalars(select(Deadline)):
        deadline.meet(happened_at=clock.now(), now=clock.now())
    session.commit()
    page = browser.sign_in(story.worker).get("reminders.index")
    assert titles(page) == [], "what was recorded a moment ago is not shown until the next pass"
    one = of(session)
    assert one.closed_at is None
    page = browser.get("reminders.show", obligation_id=one.id)
    assert "Việc này đã xong" in page.text and page.select("main form") == []


def test_opening_is_reading_and_the_log_knows(
    session: Session, browser: Browser, story: Story
) -> None:
    browser.sign_in(story.worker)
    assert "1 nhắc việc" not in browser.get("reminders.bell").text
    before = browser.get("reminders.bell").select_one(".count")
    assert before is not None and before.text == "2"
    browser.get("reminders.show", obligation_id=of(session).id)
    assert browser.get("reminders.bell").select_one(".count").text == "1"  # type: ignore[union-attr]
    browser.get("reminders.index")
    assert browser.get("reminders.bell").text.strip() == ""
    session.rollback()
    read = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.REMINDER_READ))
    assert len(read.all()) == 2
    own = select(Delivery).where(Delivery.recipient_id == story.worker.id)
    assert all(one.read_at and not one.acted_at for one in session.scalars(own))


def test_the_bell_is_on_every_page_and_keeps_no_session_awake(
    session: Session, browser: Browser, story: Story
) -> None:
    page = browser.sign_in(story.worker).get("cases.index")
    bell = page.select_one("a.bell")
    assert bell is not None and bell["href"] == "/reminders/"
    assert bell.select_one("[hx-get='/reminders/bell']") is not None
    seen = session.scalars(select(UserSession.last_seen_at)).all()
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        browser.get("reminders.bell")
        assert session.scalars(select(UserSession.last_seen_at)).all() == seen
    analyst = UserFactory(unit=UnitFactory(doh=True), role=Role.ANALYST)
    assert browser.sign_in(analyst).get("home.index").select("a.bell") == []


def test_put_off_is_counted_and_comes_back(
    session: Session, browser: Browser, story: Story
) -> None:
    browser.sign_in(story.worker)
    later(browser, of(session), {"when": "hour", "reason": WHY})
    one = of(session)
    assert one.snoozes == 1 and one.snoozed_until == clock.now() + timedelta(hours=1)
    assert "Can thiệp khẩn cấp" not in browser.get("reminders.index").text
    assert "đã để sau 1 lần" in browser.get("reminders.index", tab="later").text
    page = browser.get("reminders.show", obligation_id=one.id)
    assert "đã để sau 1 lần" in page.text and WHY in page.text
    with time_machine.travel(clock.now() + timedelta(hours=1, minutes=1), tick=False):
        a_pass()
        page = browser.sign_in(story.worker).get("reminders.index")
        assert "Can thiệp khẩn cấp" in page.text
    answered = session.scalars(
        select(AuditEvent).where(AuditEvent.action == AuditAction.REMINDER_ANSWERED)
    ).one()
    assert answered.chain_id == story.case.id


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"when": "hour", "reason": ""}, "Ghi lý do để sau"),
        ({"reason": WHY}, "Chọn lúc nhắc lại"),
        ({"when": "hour", "reason": "bận"}, "Ghi lý do để sau"),
        ({"when": "other", "reason": WHY}, "Ghi ngày và giờ nhắc lại"),
        ({"when": "other", "until": ["01/01/2020", "08:00"], "reason": WHY}, "thời điểm chưa đến"),
        ({"when": "other", "until": ["29/02/2027", "08:00"], "reason": WHY}, "không có thật"),
        ({"when": "monday", "reason": WHY}, "Không để quá thời hạn của luật"),
    ],
)
def test_what_cannot_be_put_off_so_is_said_and_what_was_typed_stays(
    session: Session, browser: Browser, story: Story, data: dict[str, Any], said: str
) -> None:
    browser.sign_in(story.worker)
    page = later(browser, of(session), data, expect=422)
    if said != "không có thật":
        assert said in page.text
    assert page.select_one(".error-summary") is not None
    assert data["reason"] in page.select_one("#later-reason").text  # type: ignore[union-attr]
    assert of(session).snoozes == 0


def test_who_puts_off_too_often_says_more_and_the_chair_is_told(
    session: Session, browser: Browser, story: Story
) -> None:
    one = of(session, "clock.T_PLAN")
    one.snoozes = 3
    session.commit()
    browser.sign_in(story.worker)
    page = later(browser, one, {"when": "hour", "reason": "Bận họp"}, expect=422)
    assert "từ 30 chữ trở lên" in page.text
    later(browser, one, {"when": "hour", "reason": WHY})
    page = browser.sign_in(story.chair).get("reminders.index", tab="told")
    assert titles(page) == ["Trình kế hoạch hỗ trợ, can thiệp"]
    assert "đã để sau 4 lần" in page.text
    page = browser.get("reminders.show", obligation_id=one.id)
    assert "đã để sau quá nhiều lần" in page.text and WHY in page.text
    assert page.select("#later-form") == [], "who was told does not put off for who does it"
    browser.submit_page(page, {}, form="#noted-form")
    assert titles(browser.get("reminders.index", tab="told")) == []


def test_a_legal_clock_is_dropped_only_by_two(
    session: Session, browser: Browser, story: Story
) -> None:
    one = of(session, "clock.T_PLAN")
    drop(browser.sign_in(story.worker), one, "Trùng hồ sơ của chị gái em")
    assert of(session, "clock.T_PLAN").closed_at is None
    page = browser.get("reminders.show", obligation_id=one.id)
    assert page.select("#decide-form, #drop-form") == [], "nobody agrees with oneself"
    assert "đang chờ người khác đồng ý" in page.text
    page = browser.sign_in(story.chair).get("home.index")
    assert "xin không làm" in page.text and "Xem và quyết định" in page.text
    page = browser.get("reminders.show", obligation_id=one.id)
    assert "Trùng hồ sơ của chị gái em" in page.text
    stale = page
    browser.submit_page(page, {"decide-decision": "approved"}, form="#decide-form")
    ended = of(session, "clock.T_PLAN")
    assert ended.waived_at is not None and ended.next_at is None
    page = browser.get("reminders.show", obligation_id=one.id)
    assert "Thời hạn của luật vẫn tính; hồ sơ vẫn ghi quá hạn." in page.text
    assert "Bạn không phải làm gì thêm" not in page.text
    late = browser.submit_page(
        stale,
        {"decide-decision": "refused", "idempotency_key": "0" * 8 + "-0000-4000-8000-" + "1" * 12},
        form="#decide-form",
        expect=409,
    )
    assert "vừa xong" in late.text
    a_pass(clock.now() + timedelta(days=9))
    told = select(Delivery).where(Delivery.kind == "clock.T_PLAN", Delivery.occurrence == "p1")
    assert session.scalars(told).all() == []


def test_refused_it_goes_on(session: Session, browser: Browser, story: Story) -> None:
    one = of(session, "clock.T_PLAN")
    drop(browser.sign_in(story.worker), one)
    page = browser.sign_in(story.chair).get("reminders.show", obligation_id=one.id)
    sent: dict[str, object] = {"decide-decision": "refused", "decide-reason": WHY_NOT}
    browser.submit_page(page, sent, form="#decide-form")
    assert of(session, "clock.T_PLAN").closed_at is None
    page = browser.sign_in(story.worker).get("reminders.show", obligation_id=one.id)
    said = page.select_one("#answered-title").find_parent("section").text  # type: ignore[union-attr]
    assert f"{story.chair.name} không đồng ý lúc {vn_datetime(clock.now())}" in said
    assert WHY_NOT in said and page.select_one("#drop-form") is not None
    words = session.scalars(select(ObligationAnswer).where(ObligationAnswer.answer == "refused"))
    assert words.one().by_id == story.chair.id
    answered = select(AuditEvent).where(AuditEvent.action == AuditAction.REMINDER_ANSWERED)
    assert len(session.scalars(answered).all()) == 2, "the asking, and the refusal once"


@pytest.mark.parametrize("kind", ["clock.T_PLAN", "clock.T_EMERG"])  # before a step, and after
def test_refused_the_asker_is_told_at_the_next_pass_though_it_was_put_off(
    session: Session, browser: Browser, story: Story, kind: str
) -> None:
    one = of(session, kind)
    browser.sign_in(story.worker)
    drop(browser, one)
    later(browser, one, {"when": "hour", "reason": WHY})
    page = browser.sign_in(story.chair).get("reminders.show", obligation_id=one.id)
    browser.submit_page(page, {"decide-decision": "refused"}, form="#decide-form")
    assert of(session, kind).snoozed_until is None
    told = select(Delivery.id).where(
        Delivery.obligation_id == one.id,
        Delivery.recipient_id == story.worker.id,
        Delivery.channel == Channel.APP,
        Delivery.acted_at.is_(None),
    )
    assert session.scalars(told).all() == []
    for minutes in (1, 2):
        a_pass(clock.now() + timedelta(minutes=minutes))
        session.rollback()
        assert len(session.scalars(told).all()) == 1, "told once"


def test_the_chair_who_asks_needs_a_supervisor(
    session: Session, browser: Browser, story: Story
) -> None:
    one = of(session, "clock.T_PLAN")
    drop(browser.sign_in(story.chair), one)
    assert browser.get("reminders.show", obligation_id=one.id).select("#decide-form") == []
    page = browser.sign_in(story.supervisor).get("home.index")
    assert "xin không làm" in page.select_one("#escalated-title").find_parent("section").text  # type: ignore[union-attr]
    page = browser.get("reminders.show", obligation_id=one.id)
    browser.submit_page(page, {"decide-decision": "approved"}, form="#decide-form")
    assert of(session, "clock.T_PLAN").waived_at is not None


def test_handed_over_the_colleague_is_told_and_does_it(
    session: Session, browser: Browser, story: Story
) -> None:
    colleague = UserFactory(unit=story.unit)
    give(browser.sign_in(story.worker), of(session), colleague)
    assert "Can thiệp khẩn cấp" not in browser.get("reminders.index").text
    a_pass(clock.now() + timedelta(minutes=1))
    told = select(Delivery.channel).where(Delivery.recipient_id == colleague.id)
    assert Channel.APP in session.scalars(told).all()
    page = browser.sign_in(colleague).get("reminders.index")
    assert titles(page) == ["Can thiệp khẩn cấp trong 12 giờ"]
    page = browser.get("reminders.show", obligation_id=of(session).id)
    assert "Tôi đi họp" in page.text
    assert session.get_one(Case, story.case.id).owner_id == story.worker.id


def test_nothing_is_handed_to_who_is_kept_out_or_elsewhere(
    session: Session, browser: Browser, story: Story
) -> None:
    kept_out, stranger = UserFactory(unit=story.unit), UserFactory(unit=UnitFactory())
    good = UserFactory(unit=story.unit)
    CaseDenialFactory(of_case=story.case, user_id=kept_out.id, by_id=story.chair.id)
    session.commit()
    browser.sign_in(story.worker)
    page = browser.get("reminders.show", obligation_id=of(session).id)
    offered = {str(one["value"]) for one in page.select("#give-to_id option")}
    assert offered == {"", str(good.id)}
    for user in (kept_out, stranger, story.worker):
        give(browser, of(session), user, expect=422)
    assert of(session).handed_to_id is None


def test_a_case_that_moves_to_another_unit_takes_back_what_was_handed_over(
    session: Session, browser: Browser, story: Story
) -> None:
    colleague, there = UserFactory(unit=story.unit), UnitFactory()
    give(browser.sign_in(story.worker), of(session), colleague)
    case = session.get_one(Case, story.case.id)
    case.move(there.id, UserFactory(unit=there).id, there.commune_code)
    session.commit()
    a_pass()
    assert (of(session).handed_to_id, of(session).unit_id) == (None, there.id)
    browser.sign_in(colleague).get("reminders.show", expect=404, obligation_id=of(session).id)


def test_what_was_done_is_acted_on(session: Session, story: Story) -> None:
    for deadline in session.scalars(select(Deadline)):
        deadline.meet(happened_at=clock.now(), now=clock.now())
    session.commit()
    a_pass()
    session.rollback()
    of_cases = select(Delivery).where(Delivery.kind != "board_values")
    assert {one.acted_at for one in session.scalars(of_cases)} == {clock.now()}


def test_the_deputy_sees_what_the_absent_colleague_has_to_do(
    session: Session, browser: Browser, story: Story
) -> None:
    deputy = UserFactory(unit=story.unit)
    browser.sign_in(deputy)
    assert titles(browser.get("reminders.index")) == []
    be_away(session, story, deputy)
    assert "Can thiệp khẩn cấp trong 12 giờ" in titles(browser.get("reminders.index"))
    a_pass()  # which notes who stands in
    later(browser, of(session), {"when": "hour", "reason": WHY})
    answer = session.scalars(select(ObligationAnswer)).one()
    assert answer.by_id == deputy.id


def test_a_closed_account_leaves_no_orphan(
    session: Session, browser: Browser, story: Story
) -> None:
    colleague = UserFactory(unit=story.unit)
    session.get_one(User, story.worker.id).is_active = False
    session.commit()
    page = browser.sign_in(colleague).get("reminders.index")
    assert "Can thiệp khẩn cấp trong 12 giờ" in titles(page)
    page = browser.get("reminders.index", tab="unit")
    assert f"người làm: {story.worker.name}" in page.text


def test_who_is_kept_out_never_sees_it(session: Session, browser: Browser, story: Story) -> None:
    one = of(session)
    CaseDenialFactory(of_case=story.case, user_id=story.worker.id, by_id=story.chair.id)
    session.commit()
    browser.sign_in(story.worker)
    for tab in ("mine", "unit", "later"):
        page = browser.get("reminders.index", tab=tab)
        assert titles(page) == [] and story.case.number not in page.text
    browser.get("reminders.show", expect=404, obligation_id=one.id)
    assert story.case.number not in browser.get("home.index").text


def test_another_unit_finds_nothing(session: Session, browser: Browser, story: Story) -> None:
    one = of(session)
    for role in (Role.CP_WORKER, Role.COMMUNE_CHAIR, Role.UNIT_LEAD):
        stranger = UserFactory(unit=UnitFactory(), role=role)
        browser.sign_in(stranger).get("reminders.show", expect=404, obligation_id=one.id)
        assert titles(browser.get("reminders.index", tab="unit")) == []


def test_a_double_click_answers_once_and_a_late_answer_keeps_its_words(
    session: Session, browser: Browser, story: Story
) -> None:
    browser.sign_in(story.worker)
    page = browser.get("reminders.show", obligation_id=of(session).id)
    sent: dict[str, object] = {"later-when": "hour", "later-reason": WHY}
    stale = browser.get("reminders.show", obligation_id=of(session).id)
    for _ in range(2):
        browser.submit_page(page, sent, form="#later-form")
    assert of(session).snoozes == 1
    for deadline in session.scalars(select(Deadline)):
        deadline.meet(happened_at=clock.now(), now=clock.now())
    session.commit()
    a_pass()
    answer = browser.submit_page(stale, sent, form="#later-form", expect=409)
    assert WHY in answer.text and "vừa xong" in answer.text
    assert of(session).snoozes == 1


def test_more_time_is_asked_on_its_own_page(
    session: Session, browser: Browser, story: Story
) -> None:
    page = browser.sign_in(story.worker).get(
        "reminders.show", obligation_id=of(session, "clock.T_PLAN").id
    )
    links = {str(link["href"]) for link in page.select("main a[href]")}
    assert any(link.endswith("/extension") for link in links)


def test_the_page_says_who_was_told_and_who_is_next(
    session: Session, browser: Browser, story: Story
) -> None:
    page = browser.sign_in(story.worker).get("reminders.show", obligation_id=of(session).id)
    told = page.select_one("#told-title").find_parent("section").text  # type: ignore[union-attr]
    coming = page.select_one("#coming-title").find_parent("section").text  # type: ignore[union-attr]
    assert "đã qua 50% thời hạn" in told and story.worker.name in told
    assert "đã qua 80% thời hạn" in coming and "Chủ tịch Ủy ban nhân dân" in coming


def test_one_sets_a_reminder_for_oneself_and_is_done_with_it(
    session: Session, browser: Browser, story: Story
) -> None:
    browser.sign_in(story.worker)
    due = clock.local(clock.now() + timedelta(hours=3))
    sent: dict[str, object] = {
        "text": "Gọi cô giáo chủ nhiệm",
        "due_at": [due.strftime("%d/%m/%Y"), due.strftime("%H:%M")],
    }
    browser.submit("case_reminders.index", sent, case_id=story.case.id)
    page = browser.follow()
    assert "Gọi cô giáo chủ nhiệm" in page.text
    a_pass()
    for user in (story.chair, UserFactory(unit=story.unit)):
        others = browser.sign_in(user).get("case_reminders.index", case_id=story.case.id)
        assert "Gọi cô giáo chủ nhiệm" not in others.text
        own = of(session, "personal")
        browser.get("reminders.show", expect=404, obligation_id=own.id)
    browser.sign_in(story.worker)
    page = browser.get("reminders.index")
    assert "Gọi cô giáo chủ nhiệm" in titles(page)
    form = f"form[action='/reminders/{of(session, 'personal').id}/done']"
    browser.submit_page(page, {}, form=form)
    assert "Gọi cô giáo chủ nhiệm" not in titles(browser.follow())
    session.rollback()
    assert session.scalars(select(PersonalReminder)).one().done_at is not None
    assert of(session, "personal").closed_at is not None


def test_done_on_the_case_too_and_only_once(
    session: Session, browser: Browser, story: Story
) -> None:
    browser.sign_in(story.worker)
    browser.submit("case_reminders.index", {"text": "Gọi bà ngoại"}, case_id=story.case.id)
    page = browser.follow()
    stale = page
    browser.submit_page(page, {}, form="form[action$='/done']")
    assert "Gọi bà ngoại" not in browser.follow().text
    browser.submit_page(
        stale,
        {"idempotency_key": "0" * 8 + "-0000-4000-8000-" + "2" * 12},
        form="form[action$='/done']",
        expect=409,
    )


def test_a_reminder_in_the_past_or_without_words_is_refused(
    session: Session, browser: Browser, story: Story
) -> None:
    browser.sign_in(story.worker)
    for bad in ({"text": ""}, {"due_at": ["01/01/2020", "08:00"]}, {"due_at": ["", ""]}):
        sent = {"text": "Gọi trường học", **bad}
        browser.submit("case_reminders.index", sent, expect=422, case_id=story.case.id)
    assert session.scalars(select(PersonalReminder)).all() == []


def test_the_case_leads_to_its_reminders(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    assert page.select_one(f".next a[href='/cases/{story.case.id}/reminders']") is not None
    page = browser.open(f"/cases/{story.case.id}/reminders")
    assert "Can thiệp khẩn cấp trong 12 giờ" in titles(page)


def test_the_log_says_what_was_answered_and_not_why(
    browser: Browser, session: Session, story: Story
) -> None:
    one, actor, chair = of(session), actor_of(story.worker), actor_of(story.chair)
    until = clock.now() + timedelta(hours=2)
    put_off(session, actor=actor, obligation=one, until=until, reason=WHY, now=clock.now())
    not_needed(session, actor=actor, obligation=one, reason=WHY, now=clock.now())
    asked = pending_answer(session, one)
    assert asked is not None
    decide_not_needed(
        session, actor=chair, obligation=one, answer=asked, approved=False, now=clock.now()
    )
    note(session, actor=chair, obligation=one, now=clock.now())
    session.commit()
    text = browser.sign_in(story.supervisor).get("audit.index").text
    emergency = "Can thiệp khẩn cấp trong 12 giờ"
    for words in ("Xin không làm", "Không đồng ý", "Đã biết"):
        assert f"{words}: {emergency}." in text
    assert f"Để sau đến {clock.local(until):%H:%M %d/%m}: {emergency}." in text
    assert WHY not in text


def test_nobody_answered_stands_on_the_timeline_in_words(
    session: Session, browser: Browser, story: Story
) -> None:
    a_pass(story.received_at + timedelta(hours=10))
    dispatch(session, story.received_at + timedelta(hours=10))
    session.commit()
    page = browser.sign_in(story.worker).get("cases.timeline", case_id=story.case.id)
    assert "Việc: Can thiệp khẩn cấp trong 12 giờ." in page.text


@pytest.fixture
def asked(session: Session, story: Story) -> Agencies:
    """The hospital was sent a referral that it is to answer; the pass has told its officers."""
    agencies = make_agencies(session)
    send(session, agencies)
    a_pass()
    return agencies


def test_what_a_unit_was_asked_is_refused_with_an_answer_not_dropped(
    session: Session, browser: Browser, asked: Agencies
) -> None:
    one = of(session, "referral_new")
    for user in (asked.officer, asked.lead):
        page = browser.sign_in(user).get("reminders.show", obligation_id=one.id)
        assert page.select("#drop-form") == []
        assert page.select_one("#give-form") is not None, "a colleague may still do it"
        link = page.find("a", string=lambda text: text and "Không giúp được?" in text)
        assert link is not None and link["href"] == f"/referrals/{one.subject_id}"
        browser.open(str(link["href"]))
    form = page.select_one("#later-form")
    assert form is not None
    form["action"] = f"/reminders/{one.id}/not-needed"
    browser.submit_page(page, {"drop-reason": WHY}, form="#later-form", expect=404)
    assert of(session, "referral_new").closed_at is None


@pytest.mark.parametrize("kind", ["referral_service", "dispute", "procuracy"])
def test_what_only_an_answer_elsewhere_ends_is_never_not_needed(
    session: Session, browser: Browser, story: Story, kind: str
) -> None:
    one = an_obligation(
        story.case, story.worker, kind, story.case.id, clock.now(), clock.now() + timedelta(days=1)
    )
    assert not may_drop(actor_of(story.worker), one)
    assert not may_drop(actor_of(story.chair), one)
    one.kind = "visit"
    assert may_drop(actor_of(story.worker), one) and may_drop(actor_of(story.chair), one)


def offered(page: BeautifulSoup) -> list[str]:
    return [str(one["value"]) for one in page.select("#later-form input[name=later-when]")]


def error_at(page: BeautifulSoup, field: str) -> str:
    """What is said at this field of the form of "later"."""
    found = page.select_one(f"#later-form [name={field}]")
    assert found is not None
    holder = found.find_parent("fieldset")
    assert holder is not None
    return " ".join(one.text for one in holder.select(".error"))


def at_local(moment: datetime) -> list[str]:
    there = clock.local(moment)
    return [there.strftime("%d/%m/%Y"), there.strftime("%H:%M")]


def test_a_late_clock_of_the_law_is_put_off_for_a_day_at_most(
    session: Session, browser: Browser, story: Story
) -> None:
    late = story.received_at + timedelta(hours=20)
    noon = datetime.combine(clock.local(late).date() + timedelta(days=1), time(12), clock.LOCAL)
    with time_machine.travel(noon, tick=False):
        a_pass()
        one = of(session)
        page = browser.sign_in(story.worker).get("reminders.show", obligation_id=one.id)
        assert {"hour", "tomorrow", "other"} <= set(offered(page))
        beyond = at_local(clock.now() + timedelta(hours=24, minutes=1))
        sent: dict[str, Any] = {"when": "other", "until": beyond, "reason": WHY}
        page = later(browser, one, sent, expect=422)
        assert "chỉ để sau nhiều nhất 24 giờ" in error_at(page, "later-until")
        assert error_at(page, "later-when") == "" and of(session).snoozes == 0
        sent["until"] = at_local(clock.now() + timedelta(hours=24))
        later(browser, one, sent)
        assert of(session).snoozed_until == clock.now() + timedelta(hours=24)
    with time_machine.travel(noon - timedelta(hours=6), tick=False):
        page = browser.sign_in(story.worker).get("reminders.show", obligation_id=one.id)
        assert offered(page) == ["hour", "other"], "eight tomorrow is more than a day away"


def test_a_quick_choice_that_is_refused_is_not_offered_and_says_so_where_it_was_made(
    session: Session, browser: Browser, story: Story
) -> None:
    one = of(session)
    with time_machine.travel(one.due_at - timedelta(minutes=30), tick=False):
        page = browser.sign_in(story.worker).get("reminders.show", obligation_id=one.id)
        assert offered(page) == ["other"]
        page = later(browser, one, {"when": "hour", "reason": WHY}, expect=422)
        assert "Không để quá thời hạn của luật" in error_at(page, "later-when")
        assert error_at(page, "later-until") == "" and offered(page) == ["other"]


@pytest.mark.parametrize("kind", ["referral_new", "referral_service"])
def test_what_a_unit_was_asked_is_not_put_off_beyond_its_time(
    session: Session, browser: Browser, asked: Agencies, kind: str
) -> None:
    one = of(session, "referral_new")
    if kind == "referral_service":
        accept(session, session.get_one(Referral, one.subject_id), asked.officer)
        a_pass()
        one = of(session, kind)
    sent: dict[str, Any] = {"when": "other", "until": at_local(one.due_at), "reason": WHY}
    browser.sign_in(asked.officer)
    moment = one.due_at.replace(second=0, microsecond=0)
    beyond = {**sent, "until": at_local(moment + timedelta(minutes=1))}
    page = later(browser, one, beyond, expect=422)
    assert "Không để quá hạn của phiếu" in error_at(page, "later-until")
    with time_machine.travel(one.due_at + timedelta(minutes=1), tick=False):
        browser.sign_in(asked.officer)
        beyond["until"] = at_local(clock.now() + timedelta(hours=25))
        page = later(browser, one, beyond, expect=422)
        assert "nhiều nhất 24 giờ" in error_at(page, "later-until")


def test_answered_a_referral_is_done_at_once_though_its_service_is_due(
    session: Session, browser: Browser, asked: Agencies
) -> None:
    one = of(session, "referral_new")
    accept(session, session.get_one(Referral, one.subject_id), asked.officer)
    page = browser.sign_in(asked.officer).get("reminders.show", obligation_id=one.id)
    assert of(session, "referral_new").closed_at is None
    assert "Việc này đã xong" in page.text and page.select("main form") == []


def test_what_is_said_not_to_be_needed_waits_among_the_decisions_of_the_chair(
    session: Session, browser: Browser, story: Story
) -> None:
    one = of(session, "clock.T_PLAN")
    drop(browser.sign_in(story.worker), one)
    page = browser.sign_in(story.chair).get("home.index")
    decisions = page.select_one("#decisions")
    assert decisions is not None and f"Không cần làm: {story.case.number}" in decisions.text
    assert "Trình kế hoạch hỗ trợ, can thiệp" in decisions.text
    assert story.worker.name in decisions.text and WHY not in page.text
    link = decisions.select_one(f"a.btn[href='/reminders/{one.id}']")
    assert link is not None and "Xem và quyết định" in link.text
    (button,) = browser.get("reminders.index", tab="told").select(".rows a.btn")
    assert "Xem và quyết định" in button.text and button["href"] == f"/reminders/{one.id}"
    page = browser.open(str(link["href"]))
    browser.submit_page(page, {"decide-decision": "refused"}, form="#decide-form")
    page = browser.get("home.index")
    assert "Không cần làm" not in page.select_one("#decisions").text  # type: ignore[union-attr]


def test_who_asked_is_not_asked_and_no_other_chair_is(
    session: Session, browser: Browser, story: Story
) -> None:
    one = of(session, "clock.T_PLAN")
    drop(browser.sign_in(story.chair), one)
    page = browser.get("home.index").select_one("#decisions")
    assert page is not None and page.select("a.btn") == []
    for tab in ("unit", "told"):
        assert "Xem và quyết định" not in browser.get("reminders.index", tab=tab).text
    other = UserFactory(unit=UnitFactory(), role=Role.COMMUNE_CHAIR)
    assert story.case.number not in browser.sign_in(other).get("home.index").text
    page = browser.sign_in(story.worker).get("reminders.index")
    assert "Xem và quyết định" not in page.text, "a worker does not decide"


NOBODY = "Đơn vị chưa có đồng nghiệp nào nhận được việc này."


def test_with_no_colleague_there_is_nothing_to_fill_in(
    session: Session, browser: Browser, story: Story
) -> None:
    one = of(session)
    page = browser.sign_in(story.worker).get("reminders.show", obligation_id=one.id)
    assert page.select("#give-form") == [] and NOBODY in page.text
    UserFactory(unit=story.unit)
    session.commit()
    page = browser.get("reminders.show", obligation_id=one.id)
    assert page.select_one("#give-form") is not None and NOBODY not in page.text


def test_to_approve_is_said_to_be_the_chairs(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get("case_reminders.index", case_id=story.case.id)
    row = next(row for row in page.select(".rows li") if "Phê duyệt kế hoạch" in row.text)
    assert "người làm: Chủ tịch" in row.text


def test_one_link_to_the_file_is_enough(session: Session, browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get("reminders.show", obligation_id=of(session).id)
    addresses = [link["href"] for link in page.select("main .next a")]
    assert len(addresses) == len(set(addresses))


def test_to_approve_is_answered_by_the_chair_alone(session: Session, story: Story) -> None:
    """A worker who puts it off, or takes it, would hide it from the Chair."""
    one = session.scalars(select(Obligation).where(Obligation.kind == APPROVE)).one()
    worker, chair = actor_of(story.worker), actor_of(story.chair)
    may = (does_it, may_put_off, may_drop, may_hand_over)
    assert [rule(worker, one) for rule in may] == [False] * 4
    assert [rule(chair, one) for rule in may] == [True, True, True, False]
    for find in (done_by, put_off_by, dropped_by, handed_by):
        rows = find(worker).where(Obligation.kind == APPROVE)
        assert session.scalars(rows).all() == [], find
    found = put_off_by(chair).where(Obligation.kind == APPROVE)
    assert session.scalars(found).one() is one


def test_an_extended_clock_leads_to_its_new_end(
    session: Session, browser: Browser, story: Story
) -> None:
    """Whoever opens the link of an older mail is not told that nothing is left to do."""
    one = of(session, "clock.T_PLAN")
    clock_of_it = session.get_one(Deadline, one.subject_id)
    clock_of_it.effective_due_at += timedelta(days=5)
    session.commit()
    run_pass(db.sessionmaker, {}, clock.now())
    newer = session.scalars(
        select(Obligation).where(
            Obligation.subject_id == one.subject_id, Obligation.closed_at.is_(None)
        )
    ).one()
    page = browser.sign_in(story.worker).get("reminders.show", obligation_id=one.id)
    assert "Việc này có hạn mới" in page.text and "Bạn không phải làm gì thêm" not in page.text
    assert str(newer.id) in page.select_one("main .next a.btn-primary")["href"]


def test_a_far_end_is_said_with_its_year() -> None:
    now = clock.now()
    assert due_words(now).count("/") == 1
    assert due_words(now + timedelta(days=800)).endswith(f"/{(now + timedelta(days=800)).year}")


def test_what_need_not_be_done_stands_on_the_timeline(session: Session, story: Story) -> None:
    one = of(session, "clock.T_EMERG")
    actor, now = actor_of(story.worker), clock.now()
    not_needed(session, actor=actor, obligation=one, reason="Em đã ở nơi an toàn", now=now)
    session.commit()
    answer = pending_answer(session, one)
    assert answer is not None
    decide_not_needed(
        session, actor=actor_of(story.chair), obligation=one, answer=answer, approved=True, now=now
    )
    session.commit()
    dispatch(session, now)
    found = session.scalars(select(CaseEvent).where(CaseEvent.kind == EventKind.REMINDER_WAIVED))
    (entry,) = found.all()
    assert entry.case_id == story.case.id and entry.facts["kind"] == "clock.T_EMERG"
    assert "an toàn" not in str(entry.facts)
