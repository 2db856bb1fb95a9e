"""Cases change hands without ever being nobody's; who has a conflict of interest is kept out."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.absences import AbsenceData, note_absence
from app.auth.accounts import CasesInHand, disable_user
from app.auth.grants import AccessReason, CaseAccess, CaseDenial
from app.auth.models import Role, Unit, UnitKind, UnitLevel, User
from app.cases.enums import CaseState, EventKind, RiskLevel
from app.cases.models import Case, CaseEvent, CaseTransfer
from app.cases.models.moves import TransferState
from app.cases.policy import case_file, visible_to
from app.cases.services.moves import OWN_PROVINCE, Target, offer_transfer
from app.core import clock
from app.core.errors import InvalidInput
from app.deadlines.models import Deadline
from app.people.models import Child
from app.people.policy import visible_to as children_visible_to
from app.reference.library import code_list
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.cases.story import Story, make_story
from tests.factories import TAN_HUNG, CaseDenialFactory, CaseFactory, UnitFactory, UserFactory

OFFER = {
    "commune": TAN_HUNG,
    "reason": "Gia đình chuyển về Tân Hưng",
    "note": "Em đang ở nhà bà ngoại, kế hoạch sắp đến hạn",
}


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session, hours_ago=5)


@pytest.fixture
def there(session: Session) -> Unit:
    return UnitFactory(commune_code=TAN_HUNG, name="UBND xã Tân Hưng")


@pytest.fixture
def receiver(there: Unit) -> User:
    return UserFactory(unit=there)


def offer(browser: Browser, story: Story, expect: int = 303, **more: Any) -> Any:
    browser.sign_in(story.worker)
    return browser.submit("moves.offer", {**OFFER, **more}, case_id=story.case.id, expect=expect)


def only(session: Session) -> CaseTransfer:
    return session.scalars(select(CaseTransfer)).unique().one()


def answer(
    browser: Browser, who: User, transfer: CaseTransfer, expect: int = 303, **data: Any
) -> Any:
    browser.sign_in(who)
    return browser.submit("moves.answer", data, offered_id=transfer.id, expect=expect)


def test_an_offer_shows_no_name_and_leaves_the_case_where_it_is(
    browser: Browser, session: Session, story: Story, receiver: User
) -> None:
    offer(browser, story)
    case = session.get_one(Case, story.case.id)
    assert case.unit_id == story.unit.id
    browser.sign_in(receiver)
    listed = browser.get("moves.offers").text
    page = browser.get("moves.answer", offered_id=only(session).id).text
    assert case.number in listed and "bà ngoại" in page
    assert "Minh Anh" not in listed + page
    browser.get("cases.show", case_id=case.id, expect=404)


def test_who_accepts_answers_for_the_case_at_once(
    browser: Browser, session: Session, story: Story, receiver: User
) -> None:
    offer(browser, story)
    transfer = only(session)
    refused = answer(browser, receiver, transfer, decision="accept", owner_id="", expect=422)
    assert "không được để không ai phụ trách" in refused.text
    answer(browser, receiver, transfer, decision="accept", owner_id=str(receiver.id))
    case = session.get_one(Case, story.case.id)
    assert (case.unit_id, case.owner_id, case.commune_code) == (
        receiver.unit_id, receiver.id, TAN_HUNG,
    )  # fmt: skip
    clocks = session.scalars(select(Deadline.unit_id).where(Deadline.subject_id == case.id)).all()
    assert set(clocks) == {receiver.unit_id}
    assert browser.get("cases.show", case_id=case.id)
    browser.sign_in(story.worker).get("cases.show", case_id=case.id, expect=404)
    open_rows = session.scalars(
        select(CaseAccess.holder_id).where(
            CaseAccess.case_id == case.id,
            CaseAccess.until.is_(None),
            CaseAccess.reason == AccessReason.UNIT_WORKS,
        )
    ).all()
    assert open_rows == [receiver.unit_id]
    kinds = session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id)).all()
    assert kinds[-2:] == [EventKind.TRANSFER_OFFERED, EventKind.TRANSFER_ANSWERED]


def test_declined_it_stays_with_the_reason(
    browser: Browser, session: Session, story: Story, receiver: User
) -> None:
    offer(browser, story)
    answer(browser, receiver, only(session), decision="decline", expect=422)
    answer(browser, receiver, only(session), decision="decline", answer="Không cư trú ở đây")
    assert session.get_one(Case, story.case.id).unit_id == story.unit.id
    page = browser.sign_in(story.worker).get("moves.index", case_id=story.case.id).text
    assert "Không cư trú ở đây" in page and "không nhận" in page


def test_one_offer_at_a_time_and_it_can_be_taken_back(
    browser: Browser, session: Session, story: Story, receiver: User
) -> None:
    offer(browser, story)
    offer(browser, story, expect=409)
    stale = browser.sign_in(receiver).get("moves.answer", offered_id=only(session).id)
    page = browser.sign_in(story.worker).get("moves.index", case_id=story.case.id)
    browser.submit_page(page, {}, form='form[action$="/withdraw"]')
    assert only(session).state is TransferState.WITHDRAWN
    browser.sign_in(receiver)
    data = {"decision": "accept", "owner_id": str(receiver.id), "csrf_token": _token(browser)}
    browser.submit_page(stale, data, expect=404)
    assert session.get_one(Case, story.case.id).unit_id == story.unit.id


def _token(browser: Browser) -> str:
    field = browser.get("moves.offers").select_one("[name=csrf_token]")
    assert field is not None
    return str(field["value"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"commune": ""}, "commune"),
        ({"commune": "00000"}, "commune"),
        ({"where": "outside", "province": "01"}, "to_body"),
        ({"where": "outside", "to_body": "Sở Y tế"}, "province"),
        ({"where": "outside", "to_body": "Sở Y tế", "province": "33"}, "province"),
        ({"where": "province"}, "unit"),
        ({"reason": ""}, "reason"),
        ({"note": "  "}, "note"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    browser: Browser,
    session: Session,
    story: Story,
    receiver: User,
    change: dict[str, Any],
    field: str,
) -> None:
    page = offer(browser, story, expect=422, **change)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    if field != "reason":
        assert "Gia đình chuyển về" in page.select_one("[name=reason]").text
    assert session.scalar(select(func.count()).select_from(CaseTransfer)) == 0


def test_out_of_the_province_ends_with_a_confirmation_only(
    browser: Browser, session: Session, story: Story
) -> None:
    to = {"where": "outside", "commune": "", "province": "22", "to_body": "Ủy ban nhân dân xã A"}
    offer(browser, story, **to)
    assert not session.get_one(Case, story.case.id).is_ended
    where = {"case_id": story.case.id, "transfer_id": only(session).id}
    receipt = {
        "receipt_number": "15/CV-UBND",
        "receipt_on": f"{clock.today():%d/%m/%Y}",
        "answer": "Bà Lan, Phòng Văn hóa - Xã hội",
    }
    for wrong in (
        {"receipt_number": ""},
        {"receipt_number": "Nguyễn Văn A"},
        {"receipt_on": f"{clock.today() + timedelta(days=1):%d/%m/%Y}"},
        {"receipt_on": f"{clock.today() - timedelta(days=1):%d/%m/%Y}"},
        {"answer": ""},
    ):
        browser.submit("moves.confirm", {**receipt, **wrong}, expect=422, **where)
    assert not session.get_one(Case, story.case.id).is_ended
    browser.submit("moves.confirm", receipt, **where)
    page = browser.get("moves.index", case_id=story.case.id).text
    assert "Tỉnh Quảng Ninh" in page and "15/CV-UBND" in page
    case = session.get_one(Case, story.case.id)
    assert (case.state, case.is_ended) == (CaseState.TRANSFERRED, True)
    running = select(func.count()).where(
        Deadline.subject_id == case.id, Deadline.closed_at.is_(None)
    )
    assert session.scalar(running) == 0


# --- to the province and back


@pytest.fixture
def centre(session: Session) -> Unit:
    """The province's social-work centre."""
    unit: Unit = UnitFactory(
        kind=UnitKind.SHELTER, level=UnitLevel.PROVINCE, commune_code=None, name="Trung tâm CTXH"
    )
    return unit


def test_a_case_goes_up_to_the_province_and_back(
    browser: Browser, session: Session, story: Story, centre: Unit
) -> None:
    there, commune = UserFactory(unit=centre), story.case.commune_code
    offer(browser, story, where="province", commune="", unit=str(centre.id))
    assert session.get_one(Case, story.case.id).unit_id == story.unit.id, "until it is accepted"
    answer(browser, there, only(session), decision="accept", owner_id=str(there.id))
    case = session.get_one(Case, story.case.id)
    assert (case.unit_id, case.owner_id, case.commune_code) == (centre.id, there.id, commune)
    clocks = select(Deadline.unit_id, Deadline.commune_code).where(Deadline.subject_id == case.id)
    assert {tuple(row) for row in session.execute(clocks)} == {(centre.id, commune)}
    browser.sign_in(story.worker).get("cases.show", case_id=case.id, expect=404)
    browser.sign_in(there).get("cases.show", case_id=case.id)
    back = {**OFFER, "commune": commune}
    browser.submit("moves.offer", back, case_id=case.id)
    wanted = select(CaseTransfer).where(CaseTransfer.state == TransferState.OFFERED)
    offered = session.scalars(wanted).unique().one()
    data = {"decision": "accept", "owner_id": str(story.worker.id)}
    answer(browser, story.worker, offered, **data)
    case = session.get_one(Case, story.case.id)
    assert (case.unit_id, case.owner_id) == (story.unit.id, story.worker.id)
    browser.sign_in(there).get("cases.show", case_id=case.id, expect=404)


def test_a_unit_without_a_worker_is_not_offered(
    browser: Browser, session: Session, story: Story, centre: Unit
) -> None:
    """There would be nobody to answer for the child."""
    UserFactory(unit=centre, role=Role.AGENCY_OFFICER)
    page = browser.sign_in(story.worker).get("moves.offer", case_id=story.case.id)
    assert str(centre.id) not in str(page)
    with pytest.raises(InvalidInput, match="unit"):
        offer_transfer(
            session,
            actor=actor_of(story.worker),
            case=session.scalars(case_file(actor_of(story.worker))).unique().one(),
            to=Target(unit_id=centre.id),
            reason="Cần chuyên môn",
            note="Đang ở nhà bà",
            now=clock.now(),
        )


def test_there_are_34_provinces() -> None:
    known = code_list("provinces").choices()
    assert len(known) == len({label for _code, label in known}) == 34
    assert dict(known)[OWN_PROVINCE] == "Tỉnh Hưng Yên"


# --- inside the unit


def test_only_who_may_change_the_owner_is_led_there(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.owner_id = story.worker.id
    session.commit()
    for user, is_led in ((story.worker, False), (story.chair, True)):
        page = browser.sign_in(user).get("moves.index", case_id=story.case.id)
        assert bool(page.select_one(f"main a[href='/cases/{story.case.id}/owner']")) is is_led


def test_an_account_is_closed_only_after_its_cases_were_given_on(
    browser: Browser, session: Session, story: Story
) -> None:
    colleague = UserFactory(unit=story.unit, name="Đồng nghiệp")
    story.case.owner_id = story.worker.id
    session.commit()
    with pytest.raises(CasesInHand) as refused:
        disable_user(session, None, story.worker, now=clock.now())
    assert "1 hồ sơ" in str(refused.value.message)
    session.rollback()
    browser.sign_in(story.chair)
    data = {"from_id": str(story.worker.id), "to_id": str(colleague.id)}
    browser.submit("moves.reassign", data)
    assert session.get_one(Case, story.case.id).owner_id == colleague.id
    disable_user(session, None, session.get_one(User, story.worker.id), now=clock.now())
    session.commit()
    browser.submit("moves.reassign", {**data, "to_id": str(story.worker.id)}, expect=422)


def test_a_deputy_sees_the_cases_of_whom_they_stand_in_for(
    browser: Browser, session: Session, story: Story
) -> None:
    deputy = UserFactory(unit=story.unit, name="Người Làm Thay")
    story.case.owner_id = story.worker.id
    session.commit()
    mine = browser.sign_in(deputy).open("/cases/?who=mine").text
    assert story.case.number not in mine
    today = clock.today()
    data = {
        "user_id": str(story.worker.id),
        "deputy_id": str(deputy.id),
        "since_on": f"{today:%d/%m/%Y}",
        "until_on": f"{today + timedelta(days=3):%d/%m/%Y}",
    }
    browser.sign_in(story.worker).submit("auth.absence", data)
    assert "Người Làm Thay" in browser.get("moves.index", case_id=story.case.id).text
    assert story.case.number in browser.sign_in(deputy).open("/cases/?who=mine").text
    page = browser.sign_in(story.worker).get("auth.absence")
    stranger = UserFactory(unit=UnitFactory(commune_code=TAN_HUNG))
    path = str(page.select_one('form[action$="/cancel"]')["action"])
    for other, refused in ((deputy, 403), (stranger, 404)):  # neither whose it is nor the Chair
        form = browser.sign_in(other).get("auth.absence").select_one("main form")
        browser.post(path, filled_in(form), expect=refused)
    browser.sign_in(story.worker)
    page = browser.get("auth.absence")
    browser.submit_page(page, {}, form='form[action$="/cancel"]')
    assert story.case.number not in browser.sign_in(deputy).open("/cases/?who=mine").text


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [(3, 1, "until_on"), (-5, -3, "until_on"), (0, 800, "until_on")],
)
def test_an_absence_has_days_that_can_be(
    browser: Browser, session: Session, story: Story, since: int, until: int, field: str
) -> None:
    deputy, today = UserFactory(unit=story.unit), clock.today()
    data = {
        "user_id": str(story.worker.id),
        "deputy_id": str(deputy.id),
        "since_on": f"{today + timedelta(days=since):%d/%m/%Y}",
        "until_on": f"{today + timedelta(days=until):%d/%m/%Y}",
    }
    page = browser.sign_in(story.worker).submit("auth.absence", data, expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None


def test_a_deputy_who_is_away_too_is_refused(session: Session, story: Story) -> None:
    one, two, today = UserFactory(unit=story.unit), UserFactory(unit=story.unit), clock.today()
    until = today + timedelta(days=2)

    def away(user: User, deputy: User) -> None:
        data = AbsenceData(user.id, deputy.id, today, until)
        note_absence(session, actor=actor_of(story.chair), data=data, now=clock.now())

    away(one, two)
    with pytest.raises(Exception, match="deputy_id"):
        away(two, one)


# --- conflict of interest


@pytest.mark.parametrize("role", [Role.CP_WORKER, Role.SUPERVISOR])
def test_who_is_kept_out_finds_nothing_by_any_way(
    browser: Browser, session: Session, story: Story, role: Role
) -> None:
    unit = story.unit if role is Role.CP_WORKER else UnitFactory(doh=True)
    uncle = UserFactory(unit=unit, role=role)
    case = story.case
    browser.sign_in(uncle).get("cases.show", case_id=case.id)
    browser.sign_in(story.chair)
    data = {"user_id": str(uncle.id), "reason": "Là chú ruột của trẻ"}
    browser.submit("moves.deny", data, case_id=case.id)
    actor = actor_of(uncle)
    assert session.scalars(visible_to(actor)).all() == []
    assert session.scalars(children_visible_to(actor)).unique().all() == []
    browser.sign_in(uncle)
    browser.get("cases.show", case_id=case.id, expect=404)
    browser.get("people.child", child_id=case.child_id, expect=404)
    assert case.number not in browser.get("cases.index").text
    found = browser.submit("people.search", {"q": "Minh Anh"}, expect=200)
    assert case.number not in found.text
    page = browser.sign_in(story.chair).get("moves.index", case_id=case.id)
    assert "Là chú ruột" in page.text
    browser.submit_page(page, {}, form='form[action$="/end"]')
    browser.sign_in(uncle).get("cases.show", case_id=case.id)


def test_neither_oneself_nor_who_answers_for_the_case_is_kept_out(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.owner_id = story.worker.id
    session.commit()
    browser.sign_in(story.chair)
    for user in (story.chair, story.worker):  # neither is offered
        data = {"user_id": str(user.id), "reason": "Thử"}
        browser.submit("moves.deny", data, case_id=story.case.id, expect=422)
    assert session.scalar(select(func.count()).select_from(CaseDenial)) == 0


def keep_out(browser: Browser, story: Story, who: User, expect: int = 303) -> None:
    browser.sign_in(story.chair)
    data = {"user_id": str(who.id), "reason": "Là cậu ruột của trẻ"}
    browser.submit("moves.deny", data, case_id=story.case.id, expect=expect)


def test_nobody_who_is_kept_out_is_made_to_answer_for_the_child(
    browser: Browser, session: Session, story: Story
) -> None:
    """The case would be in the hands of somebody who cannot open it: in nobody's."""
    story.case.owner_id = story.worker.id
    uncle = UserFactory(unit=story.unit)
    session.commit()
    keep_out(browser, story, uncle)
    page = browser.submit(
        "owner.change", {"owner_id": str(uncle.id)}, case_id=story.case.id, expect=422
    )
    assert "bị chặn khỏi hồ sơ" in page.text
    data = {"from_id": str(story.worker.id), "to_id": str(uncle.id)}
    page = browser.submit("moves.reassign", data, expect=422)
    assert "bị chặn khỏi 1 hồ sơ" in page.text
    assert session.get_one(Case, story.case.id).owner_id == story.worker.id


def test_a_case_is_not_taken_over_for_somebody_who_is_kept_out(
    browser: Browser, session: Session, story: Story, there: Unit, receiver: User
) -> None:
    """Nor does that person read what the offer says of the child."""
    offer(browser, story)
    uncle = UserFactory(unit=there)
    CaseDenialFactory(of_case=story.case, user_id=uncle.id, by_id=story.chair.id)
    data = {"decision": "accept", "owner_id": str(uncle.id)}
    page = answer(browser, receiver, only(session), 422, **data)
    assert "bị chặn khỏi hồ sơ" in page.text
    assert only(session).state is TransferState.OFFERED
    browser.sign_in(uncle).get("moves.answer", offered_id=only(session).id, expect=404)
    assert story.case.number not in browser.get("moves.offers").text


def test_who_answers_for_another_case_of_the_child_is_not_kept_out(
    browser: Browser, session: Session, story: Story
) -> None:
    colleague = UserFactory(unit=story.unit)
    child = session.get_one(Child, story.case.child_id)
    other = CaseFactory(worked_by=story.unit, of_child=child, owner_id=colleague.id)
    session.commit()
    keep_out(browser, story, colleague, expect=422)
    other.is_ended = True
    session.commit()
    keep_out(browser, story, colleague)


def test_reading_an_offer_is_on_the_log(
    browser: Browser, session: Session, story: Story, receiver: User
) -> None:
    offer(browser, story)
    browser.sign_in(receiver).get("moves.answer", offered_id=only(session).id)
    read = select(func.count()).where(
        AuditEvent.action == AuditAction.CASE_READ,
        AuditEvent.actor_id == receiver.id,
        AuditEvent.subject_id == only(session).id,
    )
    assert session.scalar(read) == 1


# --- what comes and what went is said where people look


def _give_risk(session: Session, story: Story) -> None:
    case = session.get_one(Case, story.case.id)
    case.risk_level, case.age_at_report = RiskLevel.HIGH, 9
    session.commit()


def test_a_case_that_comes_is_the_first_thing_of_the_day(
    browser: Browser, session: Session, story: Story, receiver: User, there: Unit
) -> None:
    _give_risk(session, story)
    chair = UserFactory(unit=there, role=Role.COMMUNE_CHAIR)
    offer(browser, story)
    for person, place in (
        (receiver, "section[aria-labelledby=today-title]"),
        (chair, "#decisions"),
    ):
        page = browser.sign_in(person).get("home.index")
        first = page.select_one(f"{place} li")
        assert first is not None and f"Hồ sơ chuyển đến: {story.case.number}" in first.text
        assert "Minh Anh" not in page.text
        button = first.select_one("a.btn-primary")
        assert button is not None and str(button["href"]).endswith(str(only(session).id))
    today = browser.sign_in(receiver).get("home.index")
    assert "Nguy cơ cao" in today.text and "9 tuổi" in today.text
    assert "Đã xong hết việc" not in today.text
    tab = browser.sign_in(receiver).get("moves.offers").select_one(".ways-bar .count")
    assert tab is not None and tab.text == "1"
    answer(browser, receiver, only(session), decision="accept", owner_id=str(receiver.id))
    assert "Hồ sơ chuyển đến:" not in browser.get("home.index").text
    assert browser.get("moves.offers").select_one(".ways-bar .count") is None


def test_who_is_kept_out_is_told_nothing_of_it(
    browser: Browser, session: Session, story: Story, receiver: User
) -> None:
    CaseDenialFactory(of_case=story.case, user_id=receiver.id, by_id=story.chair.id)
    offer(browser, story)
    browser.sign_in(receiver)
    assert story.case.number not in browser.get("home.index").text
    listed = browser.get("moves.offers")
    assert story.case.number not in listed.text and listed.select_one(".count") is None


def test_the_sender_is_told_what_became_of_it(
    browser: Browser, session: Session, story: Story, receiver: User
) -> None:
    offer(browser, story)
    number = story.case.number
    waiting = browser.sign_in(story.worker).get("moves.offers").select_one("#gone")
    assert waiting is not None and number in waiting.text and "chờ trả lời" in waiting.text
    answer(browser, receiver, only(session), decision="accept", owner_id=str(receiver.id))
    home = browser.sign_in(story.worker).get("home.index").text
    assert f"đã nhận {number} lúc" in home
    gone = browser.get("moves.offers").select_one("#gone")
    assert gone is not None and f"đã nhận {number} lúc" in gone.text
    assert gone.select("a") == [], "the case is there now"


def test_a_refused_offer_leads_back_to_the_case(
    browser: Browser, session: Session, story: Story, receiver: User
) -> None:
    offer(browser, story)
    answer(browser, receiver, only(session), decision="decline", answer="Em không ở đây")
    page = browser.sign_in(story.worker).get("home.index")
    notice = next(p for p in page.select(".notice-danger") if "không nhận" in p.text)
    link = notice.select_one("a")
    assert link is not None and "Em không ở đây" in browser.open(str(link["href"])).text


def test_who_is_asked_sees_age_risk_and_clocks_and_the_only_person_is_chosen(
    browser: Browser, session: Session, story: Story, receiver: User
) -> None:
    _give_risk(session, story)
    offer(browser, story)
    browser.sign_in(receiver)
    page = browser.get("moves.answer", offered_id=only(session).id)
    about = page.select_one("section[aria-labelledby=about-title] dl")
    assert about is not None and "9 tuổi" in about.text and "Nguy cơ cao" in about.text
    clocks = session.scalars(select(Deadline).where(Deadline.subject_id == story.case.id)).all()
    running = [one for one in clocks if one.closed_at is None]
    assert running and about.text.count("hạn ") >= len(running)
    browser.submit_page(page, {"decision": "accept"}, form="#answer-form")
    assert session.get_one(Case, story.case.id).owner_id == receiver.id


def test_the_day_of_a_receipt_says_from_when(
    browser: Browser, session: Session, story: Story
) -> None:
    offer(browser, story, where="outside", commune="", province="22", to_body="Sở Y tế Hà Nội")
    where = {"case_id": story.case.id, "transfer_id": only(session).id}
    today = clock.today()
    data = {
        "receipt_number": "15/CV-UBND",
        "receipt_on": f"{today - timedelta(days=1):%d/%m/%Y}",
        "answer": "Phòng trẻ em nhận",
    }
    page = browser.submit("moves.confirm", data, expect=422, **where)
    assert f"phải từ {today:%d/%m/%Y} (ngày đề nghị) trở đi" in page.text
    browser.submit("moves.confirm", {**data, "receipt_on": f"{today:%d/%m/%Y}"}, **where)
    moved = browser.get("moves.index", case_id=story.case.id).text
    assert f"{story.worker.name} ghi lúc" in moved and "trả lời lúc" not in moved


def test_each_destination_asks_for_its_own_fields_only(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get("moves.offer", case_id=story.case.id)
    for part, field in (
        ("inside", "commune"),
        ("province", "unit"),
        ("outside", "province"),
        ("outside", "to_body"),
    ):
        assert page.select_one(f".offer-form .only-{part} [name={field}]") is not None, field
    assert "Chưa có đơn vị cấp tỉnh nào" in page.text
