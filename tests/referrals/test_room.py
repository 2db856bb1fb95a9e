"""The shared room: who reads which note, tasks, own activities, and that it closes in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.grants import CaseAccess
from app.auth.models import Role, User
from app.cases.enums import EventKind
from app.cases.models import Case, CaseConference, CaseEvent, ConferencePerson, PlanActivity
from app.cases.models.plans import ActivityState
from app.core import clock
from app.core.errors import InvalidInput
from app.people.models import Child
from app.referrals.errors import ReferralChanged, RoomClosed
from app.referrals.models import Referral, RoomNote, RoomTask
from app.referrals.services import room, sender
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import CaseDenialFactory, UserFactory
from tests.referrals.story import (
    Agencies,
    accept,
    make_agencies,
    plan_with_two,
    send,
    whole,
    whole_case,
)

NOTE, WORDS = "room.received_note", "Em sợ đến trường một mình"


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


@pytest.fixture
def health(session: Session, agencies: Agencies) -> Referral:
    """Accepted by the hospital, which may know of others; the plan goes along."""
    return _accepted(session, agencies, "health_care", agencies.officer, tells_others=True)


@pytest.fixture
def police(session: Session, agencies: Agencies) -> Referral:
    return _accepted(session, agencies, "child_safety", agencies.police_officer, tells_others=True)


def _accepted(
    session: Session, agencies: Agencies, service: str, by: User, *, tells_others: bool
) -> Referral:
    sections = ("identity", "health", "plan") if service == "health_care" else ("identity",)
    over = {"tells_others": tells_others, "sections": sections}
    [sent] = send(session, agencies, service, **over)
    return accept(session, sent, by)


def text_of(browser: Browser, user: User, endpoint: str, **values: object) -> str:
    return str(browser.sign_in(user).get(endpoint, **values).text)


def read_by_agency(browser: Browser, user: User, referral: Referral) -> str:
    return text_of(browser, user, "room.received", received_id=referral.id)


def read_by_commune(browser: Browser, user: User, agencies: Agencies) -> str:
    return text_of(browser, user, "room.of_case", case_id=agencies.case.id)


# --- notes


def test_a_note_is_for_the_commune_unless_another_agency_is_chosen(
    browser: Browser, session: Session, agencies: Agencies, health: Referral, police: Referral
) -> None:
    browser.sign_in(agencies.officer).submit(NOTE, {"text": WORDS}, received_id=health.id)
    assert WORDS in read_by_commune(browser, agencies.worker, agencies)
    assert WORDS in read_by_agency(browser, agencies.colleague, health), "one's own lane"
    assert WORDS not in read_by_agency(browser, agencies.police_officer, police)
    chosen = {"text": "Cùng đến nhà em chiều nay", "unit_ids": [str(agencies.police.id)]}
    browser.sign_in(agencies.officer).submit(NOTE, chosen, received_id=health.id)
    assert "Cùng đến nhà em" in read_by_agency(browser, agencies.police_officer, police)


def test_what_the_commune_writes_is_its_own_until_it_chooses(
    browser: Browser, session: Session, agencies: Agencies, health: Referral
) -> None:
    where = {"case_id": agencies.case.id}
    browser.sign_in(agencies.worker).submit("room.note", {"text": WORDS}, **where)
    assert WORDS not in read_by_agency(browser, agencies.officer, health)
    chosen = {"text": "Mẹ em đã đồng ý", "unit_ids": [str(agencies.hospital.id)]}
    browser.sign_in(agencies.worker).submit("room.note", chosen, **where)
    assert "Mẹ em đã đồng ý" in read_by_agency(browser, agencies.officer, health)


def test_the_timeline_says_that_not_what(
    session: Session, agencies: Agencies, health: Referral
) -> None:
    actor = actor_of(agencies.officer)
    case = whole(session, health, agencies.officer).case
    room.add_note(session, actor=actor, case=case, text=WORDS, unit_ids=(), now=clock.now())
    session.commit()
    wanted = select(CaseEvent).where(CaseEvent.kind == EventKind.ROOM_NOTE)
    event = session.scalars(wanted).unique().one()
    assert (event.lane, event.note, event.facts) == ("health", None, {})


def test_a_role_without_health_reads_no_note(
    browser: Browser, session: Session, agencies: Agencies, health: Referral
) -> None:
    browser.sign_in(agencies.officer).submit(NOTE, {"text": WORDS}, received_id=health.id)
    page = read_by_commune(browser, agencies.story.supervisor, agencies)
    assert WORDS not in page and "không thuộc phạm vi" in page
    assert WORDS in read_by_commune(browser, agencies.story.chair, agencies)


def test_agencies_that_may_not_know_of_each_other_do_not_meet(
    browser: Browser, session: Session, agencies: Agencies, health: Referral
) -> None:
    secret = _accepted(session, agencies, "school_support", agencies.teacher, tells_others=False)
    for user, referral, other in (
        (agencies.officer, health, "Trường thử"),
        (agencies.teacher, secret, "Bệnh viện thử"),
    ):
        assert other not in read_by_agency(browser, user, referral)
    with pytest.raises(InvalidInput, match="unit_ids"):
        room.add_note(
            session,
            actor=actor_of(agencies.officer),
            case=whole(session, health, agencies.officer).case,
            text=WORDS,
            unit_ids=[agencies.school.id],
            now=clock.now(),
        )


def test_an_empty_note_is_refused_at_its_field(
    browser: Browser, agencies: Agencies, health: Referral
) -> None:
    browser.sign_in(agencies.officer)
    page = browser.submit(NOTE, {"text": " "}, expect=422, received_id=health.id)
    assert page.select_one('.error-summary a[href="#text"]') is not None


# --- the room closes with the packet


def test_before_the_answer_and_after_the_end_there_is_no_room(
    browser: Browser, session: Session, agencies: Agencies, health: Referral
) -> None:
    [unanswered] = send(session, agencies, "crime_report")
    browser.sign_in(agencies.police_officer)
    browser.get("room.received", received_id=unanswered.id, expect=409)
    page = browser.sign_in(agencies.officer).get(NOTE, received_id=health.id)
    sender.recall_referral(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, health, agencies.worker),
        reason="Gửi nhầm",
        now=clock.now(),
    )
    session.commit()
    browser.get("room.received", received_id=health.id, expect=409)
    browser.submit_page(page, {"text": WORDS}, expect=409)
    assert session.scalars(select(RoomNote.id)).all() == []


def test_a_packet_that_ends_meanwhile_closes_the_room(
    session: Session, agencies: Agencies, health: Referral
) -> None:
    case = whole(session, health, agencies.officer).case
    access = session.scalars(select(CaseAccess).where(CaseAccess.reason == "referral")).one()
    access.until = clock.now() - timedelta(seconds=1)
    session.commit()
    actor = actor_of(agencies.officer)
    with pytest.raises(RoomClosed):
        room.add_note(session, actor=actor, case=case, text=WORDS, unit_ids=(), now=clock.now())


def test_a_stranger_finds_no_room(browser: Browser, agencies: Agencies, health: Referral) -> None:
    browser.sign_in(agencies.police_officer)
    browser.get("room.received", received_id=health.id, expect=404)
    browser.get("room.of_case", case_id=agencies.case.id, expect=404)


# --- tasks


def _in_days(days: int) -> str:
    return f"{clock.today() + timedelta(days=days):%d/%m/%Y}"


def test_a_task_is_given_seen_by_both_sides_and_done_with_a_result(
    browser: Browser, session: Session, agencies: Agencies, health: Referral, police: Referral
) -> None:
    asked = {
        "to_unit_id": str(agencies.police.id),
        "what": "Xác minh nơi ở của người gây hại",
        "due_on": _in_days(3),
    }
    browser.sign_in(agencies.officer)
    browser.submit("room.received_task", asked, received_id=health.id)
    assert "Xác minh nơi ở" in read_by_commune(browser, agencies.worker, agencies)
    assert "Xác minh nơi ở" in read_by_commune(browser, agencies.story.supervisor, agencies)
    assert "Xác minh nơi ở" in read_by_agency(browser, agencies.police_officer, police)
    task = session.scalars(select(RoomTask)).unique().one()
    where = {"received_id": health.id, "room_task_id": task.id}
    browser.sign_in(agencies.officer).get("room.received_done", expect=404, **where)
    where["received_id"] = police.id
    done = {"result": "Đã đi khỏi địa bàn"}
    page = browser.sign_in(agencies.police_officer).get("room.received_done", **where)
    browser.submit_page(page, done)
    browser.submit_page(page, {**done, "idempotency_key": None}, expect=400)
    assert "Đã đi khỏi" in read_by_agency(browser, agencies.officer, health)
    with pytest.raises(ReferralChanged):
        room.finish_task(
            session,
            actor=actor_of(agencies.police_officer),
            case=whole(session, police, agencies.police_officer).case,
            task=session.scalars(select(RoomTask)).unique().one(),
            result="Lần nữa",
            now=clock.now(),
        )


def test_the_commune_asks_and_is_asked(
    browser: Browser, session: Session, agencies: Agencies, health: Referral
) -> None:
    asked = {"to_unit_id": str(agencies.story.unit.id), "what": "Đưa em đi", "due_on": _in_days(1)}
    browser.sign_in(agencies.officer).submit("room.received_task", asked, received_id=health.id)
    task_id = session.scalars(select(RoomTask.id)).one()
    where = {"case_id": agencies.case.id, "room_task_id": task_id}
    browser.sign_in(agencies.worker).submit("room.done", {"result": "Đã đưa"}, **where)
    assert session.get_one(RoomTask, task_id).result == "Đã đưa"


def test_a_day_that_is_over_is_refused(
    browser: Browser, agencies: Agencies, health: Referral
) -> None:
    asked = {"to_unit_id": str(agencies.hospital.id), "what": "Khám lại", "due_on": _in_days(-1)}
    where = {"case_id": agencies.case.id}
    page = browser.sign_in(agencies.worker).submit("room.task", asked, expect=422, **where)
    assert page.select_one('.error-summary a[href="#due_on"]') is not None


# --- the plan: own activities only


def test_an_agency_sees_and_updates_its_own_activities_only(
    browser: Browser, session: Session, agencies: Agencies, health: Referral
) -> None:
    ours, theirs = plan_with_two(session, agencies)
    page = read_by_agency(browser, agencies.officer, health)
    assert "Khám lại vết thương" in page and "Gọi hỏi" not in page
    where = {"received_id": health.id}
    browser.get("room.activity", activity_id=theirs.id, expect=404, **where)
    stale = browser.get("room.activity", activity_id=ours.id, **where)
    done = {"state": "done", "done_on": _in_days(0), "result": "Vết thương đã lành"}
    browser.submit("room.activity", done, activity_id=ours.id, **where)
    saved = session.get_one(PlanActivity, ours.id)
    assert (saved.state, saved.result) == (ActivityState.DONE, "Vết thương đã lành")
    late = {"state": "not_done", "result": "Chữ đã gõ"}
    page = str(browser.submit_page(stale, late, expect=409))
    assert "Chữ đã gõ" in page and "Vết thương đã lành" in page


def test_without_the_plan_in_the_packet_no_activity_is_shown(
    browser: Browser, session: Session, agencies: Agencies, police: Referral
) -> None:
    _, theirs = plan_with_two(session, agencies)
    assert "Gọi hỏi" not in read_by_agency(browser, agencies.police_officer, police)
    where = {"received_id": police.id, "activity_id": theirs.id}
    browser.get("room.activity", expect=404, **where)


# --- the joint meeting


@pytest.mark.parametrize(
    ("agency", "is_invited"),
    [("Bệnh viện thử, trưởng khoa Nhi", True), ("Công an thử", False), (None, False)],
)
def test_place_and_hour_of_a_meeting_are_told_to_the_invited(
    browser: Browser,
    session: Session,
    agencies: Agencies,
    health: Referral,
    agency: str | None,
    is_invited: bool,
) -> None:
    case = whole_case(session, agencies)
    meeting = CaseConference(
        key=case.child.key,
        case_id=case.id,
        cycle=case.cycle,
        happened_at=clock.now() + timedelta(days=1),
        place="Nhà văn hóa thôn",
        situation="Điều chỉ nói trong họp",
        by_id=agencies.worker.id,
        typed_at=clock.now(),
    )
    meeting.people.append(
        ConferencePerson(key=case.child.key, position=1, role="health", agency=agency)
    )
    session.add(meeting)
    session.commit()
    page = read_by_agency(browser, agencies.officer, health)
    assert ("Nhà văn hóa thôn" in page) is is_invited
    assert "Điều chỉ nói trong họp" not in page


def test_who_is_kept_out_of_the_child_finds_no_room(
    browser: Browser, session: Session, agencies: Agencies, health: Referral
) -> None:
    uncle = UserFactory(unit=agencies.hospital, role=Role.AGENCY_OFFICER)
    CaseDenialFactory(of_case=agencies.case, user_id=uncle.id, by_id=agencies.story.chair.id)
    browser.sign_in(uncle).get("room.received", received_id=health.id, expect=404)


def test_the_room_leads_back_to_the_slip_and_names_the_child_only_where_that_is_open(
    browser: Browser, session: Session, agencies: Agencies, police: Referral
) -> None:
    child = session.scalars(select(Child).where(Child.id == agencies.case.child_id)).unique().one()
    browser.sign_in(agencies.police_officer)
    back = browser.get("room.received", received_id=police.id).select_one(".eyebrow a")
    assert back is not None and (child.full_name or "?") in back.text
    assert police.number in browser.open(str(back["href"])).text
    access = session.get_one(CaseAccess, police.access_id)
    access.sections = ["event"]
    session.commit()
    page = browser.get("room.received", received_id=police.id).text
    assert (child.full_name or "?") not in page and police.number in page


def test_a_note_names_its_author_and_says_who_reads_it(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    alone = _accepted(session, agencies, "school_support", agencies.teacher, tells_others=False)
    browser.sign_in(agencies.teacher)
    form = browser.get(NOTE, received_id=alone.id)
    assert "Chỉ nơi phụ trách hồ sơ đọc" in form.text
    browser.submit(NOTE, {"text": WORDS}, received_id=alone.id)
    assert agencies.teacher.name in read_by_agency(browser, agencies.teacher, alone)
    assert agencies.teacher.name in read_by_commune(browser, agencies.worker, agencies)


# --- what waits in a room is said outside it


def _news(browser: Browser, user: User, endpoint: str, **values: object) -> str:
    return " ".join(text_of(browser, user, endpoint, **values).split())


def test_a_task_and_a_note_are_said_where_an_agency_looks(
    browser: Browser, session: Session, agencies: Agencies, health: Referral, police: Referral
) -> None:
    actor, case = actor_of(agencies.worker), whole_case(session, agencies)
    data = room.TaskData(agencies.hospital.id, WORDS, clock.today() + timedelta(days=1))
    room.give_task(session, actor=actor, case=case, data=data, now=clock.now())
    units = [agencies.hospital.id]
    room.add_note(session, actor=actor, case=case, text=WORDS, unit_ids=units, now=clock.now())
    session.commit()
    said = f"1 việc nhờ, trước {_in_days(1)}, 1 ghi chú mới"
    inbox = browser.sign_in(agencies.officer).get("referrals.inbox").select_one("#rooms")
    assert inbox is not None and said in inbox.text and health.number in inbox.text
    assert WORDS not in inbox.text
    slip = _news(browser, agencies.officer, "referrals.show", referral_id=health.id)
    assert f"Phòng phối hợp: {said}" in slip
    other = browser.sign_in(agencies.police_officer).get("referrals.inbox")
    assert other.select_one("#rooms") is None, "neither is for the police"
    session.get_one(CaseAccess, health.access_id).until = clock.now()
    session.commit()
    closed = browser.sign_in(agencies.officer).get("referrals.inbox")
    assert closed.select_one("#rooms") is None


def test_a_note_and_a_finished_task_are_said_where_the_worker_looks(
    browser: Browser, session: Session, agencies: Agencies, health: Referral
) -> None:
    session.get_one(Case, agencies.case.id).owner_id = agencies.worker.id
    session.commit()
    actor, case = actor_of(agencies.worker), whole_case(session, agencies)
    data = room.TaskData(agencies.hospital.id, WORDS, clock.today())
    task = room.give_task(session, actor=actor, case=case, data=data, now=clock.now())
    session.commit()
    there = whole(session, health, agencies.officer).case
    officer, now = actor_of(agencies.officer), clock.now()
    room.finish_task(session, actor=officer, case=there, task=task, result=WORDS, now=now)
    room.add_note(session, actor=officer, case=there, text=WORDS, unit_ids=(), now=now)
    back = room.TaskData(agencies.story.unit.id, WORDS, clock.today())
    room.give_task(session, actor=officer, case=there, data=back, now=now)
    session.commit()
    said = f"1 việc nhờ, trước {_in_days(0)}, 1 ghi chú mới, 1 việc bạn nhờ đã xong"
    case_page = _news(browser, agencies.worker, "referrals.of_case", case_id=case.id)
    assert f"Phòng phối hợp: {said}" in case_page
    inbox = browser.sign_in(agencies.worker).get("referrals.inbox").select_one("#rooms")
    assert inbox is not None and case.number in inbox.text and said in inbox.text
    assert WORDS not in inbox.text
    watched = _news(browser, agencies.story.supervisor, "referrals.of_case", case_id=case.id)
    assert said not in watched
