"""Who opened a file and why; what of the readings stands out; questions about them."""

import uuid
from datetime import date, datetime, timedelta
from random import Random

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.audit.services import record
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Role, Unit, UnitKind, User
from app.cases.models import Case
from app.core import clock
from app.oversight.models import ReadingDay, ReadingFinding, ReadingQuestion
from app.oversight.models.questions import QuestionAnswered
from app.oversight.models.readings import LookedAt
from app.oversight.policy import finding_file
from app.oversight.queries.relations import Reader, Relations
from app.oversight.rules import NightRules, rules
from app.oversight.services.days import derive_readings
from app.oversight.services.findings import look_at
from app.oversight.services.glass import GlassData, break_glass
from app.oversight.services.questions import (
    Opening,
    answer_question,
    ask_about,
    ask_of_week,
    picked,
)
from app.oversight.standing_out import Reading, standing_out
from app.reminders.models import Delivery, Obligation
from app.reminders.queries.rules import rules_in_force
from app.reminders.services.fire import fire
from app.reminders.services.scan import scan
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import (
    TAN_HUNG,
    CaseDenialFactory,
    CaseFactory,
    ChildFactory,
    UnitFactory,
    UserFactory,
)
from tests.parts.oversight import REASON

THURSDAY = "2026-11-26 10:00 +0700"
LATER = "2026-11-27 03:00 +0700"  # Thursday is over
MONDAY = "2026-11-30 03:00 +0700"


class Place:
    """Two communes, their workers, a supervisor; the file of one child in the first."""

    def __init__(self) -> None:
        self.unit: Unit = UnitFactory()
        self.owner: User = UserFactory(unit=self.unit, name="Phạm Thị Lan")
        self.colleague: User = UserFactory(unit=self.unit, name="Đinh Văn Sơn")
        self.stranger: User = UserFactory(
            unit=UnitFactory(commune_code=TAN_HUNG), name="Vũ Thị Mai"
        )
        self.supervisor: User = UserFactory(
            role=Role.SUPERVISOR, unit=UnitFactory(doh=True), name="Ngô Đức Anh"
        )
        self.child = ChildFactory(full_name="Trần Bảo Châu", residence_commune=TAN_HUNG)
        self.case: Case = self.file(self.child)

    def file(self, child: object | None = None) -> Case:
        made: Case = CaseFactory(
            worked_by=self.unit,
            of_child=child or ChildFactory(full_name="Trần Gia Huy"),
            owner_id=self.owner.id,
            opened_at=clock.now() - timedelta(days=30),
        )
        return made


@pytest.fixture
def place(session: Session) -> Place:
    with time_machine.travel(THURSDAY):
        place = Place()
        session.add(
            CaseAccess(
                case_id=place.case.id, child_id=place.child.id, holder_id=place.owner.id,
                reason=AccessReason.ASSIGNED, since=clock.now() - timedelta(days=30),
            )
        )  # fmt: skip
        session.commit()
    return place


def read(session: Session, user: User, case: Case, at: str | datetime, times: int = 1) -> None:
    """As the pages of the file write it to the log."""
    with time_machine.travel(at):
        for _ in range(times):
            record(session, actor_of(user), AuditAction.CASE_READ, at=clock.now(), case_id=case.id)
        session.commit()


def derive(session: Session, at: str = LATER) -> int:
    with time_machine.travel(at):
        done = derive_readings(session, clock.now())
        session.commit()
    return done


def kinds(session: Session) -> list[str]:
    return sorted(session.scalars(select(ReadingFinding.kind)))


# Who opened this file


def test_the_page_lists_who_opened_the_file_by_day_with_their_relation(
    browser: Browser, session: Session, place: Place
) -> None:
    now = clock.now()
    for user, times in ((place.owner, 2), (place.colleague, 1), (place.supervisor, 1)):
        read(session, user, place.case, now - timedelta(hours=1), times)
    data = GlassData(place.case.number, None, None, "medical", REASON)
    break_glass(session, actor=actor_of(place.stranger), data=data, now=now)
    read(session, place.stranger, place.case, now)
    page = browser.sign_in(place.owner).get("readings.of_case", case_id=place.case.id)
    said = {row.select_one("b").text: row.text for row in page.select("main .refs li")}
    assert "Người phụ trách" in said[place.owner.name] and "2 lần" in said[place.owner.name]
    assert "Đơn vị phụ trách" in said[place.colleague.name]
    assert "Giám sát" in said[place.supervisor.name]
    assert "Mở khẩn cấp" in said[place.stranger.name]
    others = browser.get("readings.of_case", case_id=place.case.id, show="others")
    names = {row.select_one("b").text for row in others.select("main .refs li")}
    assert names == {place.supervisor.name, place.stranger.name}
    glass = browser.get("readings.of_case", case_id=place.case.id, show="glass")
    assert [row.select_one("b").text for row in glass.select("main .refs li")] == [
        place.stranger.name
    ]


def test_the_page_is_itself_on_the_log(browser: Browser, session: Session, place: Place) -> None:
    browser.sign_in(place.owner).get("readings.of_case", case_id=place.case.id)
    logged = session.scalars(select(AuditEvent).where(AuditEvent.action == "audit.read")).one()
    assert logged.chain_id == place.case.id and '"view":"readings"' in logged.body


def test_only_who_works_the_file_and_a_supervisor_see_it(
    browser: Browser, session: Session, place: Place
) -> None:
    data = GlassData(place.case.number, None, None, "medical", REASON)
    break_glass(session, actor=actor_of(place.stranger), data=data, now=clock.now())
    session.commit()
    browser.sign_in(place.stranger)
    browser.get("readings.of_case", case_id=place.case.id, expect=403)
    timeline = browser.get("cases.timeline", case_id=place.case.id)
    assert "Ai đã mở hồ sơ" not in timeline.text
    browser.sign_in(place.supervisor).get("readings.of_case", case_id=place.case.id)
    CaseDenialFactory(of_case=place.case, user_id=place.supervisor.id, by_id=place.owner.id)
    browser.get("readings.of_case", case_id=place.case.id, expect=404)


def test_attempts_that_were_refused_are_no_readings(
    browser: Browser, session: Session, place: Place
) -> None:
    """Who is kept out of the file is not shown by trying."""
    CaseDenialFactory(of_case=place.case, user_id=place.colleague.id, by_id=place.owner.id)
    browser.sign_in(place.colleague).get("cases.show", case_id=place.case.id, expect=404)
    page = browser.sign_in(place.owner).get("readings.of_case", case_id=place.case.id)
    assert place.colleague.name not in page.text


def test_a_long_list_is_paged_without_gap_or_repetition(
    browser: Browser, session: Session, place: Place
) -> None:
    people = [UserFactory(unit=place.unit, name=f"Người đọc {n}") for n in range(95)]
    start = clock.now() - timedelta(days=3)
    for number, user in enumerate(people):
        read(session, user, place.case, start + timedelta(minutes=30 * number))
    browser.sign_in(place.owner)
    page, found = browser.get("readings.of_case", case_id=place.case.id), []
    while True:
        found += [row.select_one("b").text for row in page.select("main .refs li")]
        older = page.select_one('a[rel="next"]')
        if older is None:
            break
        page = browser.open(str(older["href"]))
    found = [name for name in found if name.startswith("Người đọc")]
    assert sorted(found) == sorted(user.name for user in people)


def test_the_page_of_another_file_of_the_child_is_no_reading_of_this_one(
    browser: Browser, session: Session, place: Place
) -> None:
    elsewhere = UserFactory(unit=UnitFactory(commune_code=TAN_HUNG), name="Cán bộ nơi khác")
    CaseFactory(worked_by=session.get_one(Unit, elsewhere.unit_id), of_child=place.child)
    browser.sign_in(elsewhere).get("people.child", child_id=place.child.id)
    page = browser.sign_in(place.owner).get("readings.of_case", case_id=place.case.id)
    assert "Cán bộ nơi khác" not in page.text


def test_a_relation_that_ended_before_is_none(session: Session, place: Place) -> None:
    now = clock.now()
    session.add(
        CaseAccess(
            case_id=place.case.id, child_id=place.child.id, holder_id=place.stranger.unit_id,
            reason=AccessReason.REFERRAL, since=now - timedelta(days=9),
            until=now - timedelta(days=2),
        )
    )  # fmt: skip
    session.commit()
    relations = Relations(session, {place.case.id})
    reader = Reader(place.stranger.id, place.stranger.unit_id, place.stranger.role)
    before = now - timedelta(days=5)
    assert relations.of(place.case.id, reader, before, before) == "referral"
    assert relations.of(place.case.id, reader, now, now) == "other"


# What stands out


def test_a_day_is_derived_once_it_is_over_and_only_once(session: Session, place: Place) -> None:
    read(session, place.owner, place.case, THURSDAY, 3)
    assert derive(session, "2026-11-26 23:00 +0700") == 7  # the days before
    assert session.scalar(select(func.count()).select_from(ReadingDay)) == 0
    assert derive(session) == 1
    row = session.scalars(select(ReadingDay)).one()
    assert (row.day, row.times, row.relation) == (date(2026, 11, 26), 3, "assigned")
    assert derive(session) == 0
    assert session.scalar(select(func.count()).select_from(ReadingDay)) == 1


def test_days_that_were_missed_are_caught_up_a_few_at_a_time(
    session: Session, place: Place
) -> None:
    derive(session)
    read(session, place.owner, place.case, "2026-12-05 09:00 +0700")
    assert derive(session, "2026-12-10 09:00 +0700") == 7
    assert derive(session, "2026-12-10 09:00 +0700") == 6
    assert session.scalars(select(ReadingDay.day)).all() == [date(2026, 12, 5)]


def test_ordinary_work_finds_nothing(session: Session, place: Place) -> None:
    read(session, place.owner, place.case, THURSDAY, 5)
    read(session, place.colleague, place.case, THURSDAY)
    derive(session)
    assert kinds(session) == []


def test_reading_without_a_relation_is_found(session: Session, place: Place) -> None:
    with time_machine.travel(THURSDAY):
        data = GlassData(place.case.number, None, None, "medical", REASON)
        break_glass(session, actor=actor_of(place.stranger), data=data, now=clock.now())
    read(session, place.stranger, place.case, "2026-11-26 10:20 +0700")
    derive(session)
    found = session.scalars(select(ReadingFinding).order_by(ReadingFinding.kind)).all()
    assert [one.kind for one in found] == ["no_relation", "own_commune"]
    assert found[0].facts == {"relation": "break_glass", "times": 1}
    assert found[1].user_id == place.stranger.id  # works where the child lives


def test_a_supervisor_who_searched_for_the_child_is_found(
    browser: Browser, session: Session, place: Place
) -> None:
    with time_machine.travel(THURSDAY):
        browser.sign_in(place.supervisor)
        browser.submit("people.search", {"q": "Trần Bảo Châu"}, expect=200)
    read(session, place.supervisor, place.case, THURSDAY)
    derive(session)
    assert kinds(session) == ["searched"]


def test_the_same_rare_surname_is_found_and_not_kept(session: Session, place: Place) -> None:
    child = ChildFactory(full_name="Đinh Bảo An")
    case = place.file(child)
    read(session, place.colleague, case, THURSDAY)
    derive(session)
    found = session.scalars(select(ReadingFinding)).one()
    assert (found.kind, found.user_id) == ("same_surname", place.colleague.id)
    assert "inh" not in str(found.facts)


def test_reading_at_night_is_found_but_of_units_on_duty(session: Session, place: Place) -> None:
    night = "2026-11-26 23:30 +0700"
    health = UserFactory(
        unit=UnitFactory(kind=UnitKind.HEALTH), role=Role.AGENCY_OFFICER, name="Bùi Trực Đêm"
    )
    session.add(
        CaseAccess(
            case_id=place.case.id, child_id=place.child.id, holder_id=health.unit_id,
            reason=AccessReason.REFERRAL, since=clock.now() - timedelta(days=900),
        )
    )  # fmt: skip
    session.commit()
    for user in (place.owner, place.colleague, health):
        read(session, user, place.case, night)
    derive(session)
    found = session.scalars(select(ReadingFinding)).one()
    assert (found.kind, found.user_id, found.case_id) == ("off_hours", place.colleague.id, None)


def test_many_readers_of_one_file_and_far_more_files_than_peers(
    session: Session, place: Place
) -> None:
    for number in range(6):
        read(session, UserFactory(unit=place.unit, name=f"Lý {number}"), place.case, THURSDAY)
    for _ in range(12):
        read(session, place.owner, place.file(), THURSDAY)
    derive(session)
    assert kinds(session) == ["above_peers", "many_readers"]


def test_a_supervisor_looks_at_it_with_a_note_and_once(
    browser: Browser, session: Session, place: Place
) -> None:
    read(session, place.colleague, place.case, "2026-11-26 23:30 +0700")
    derive(session)
    finding = session.scalars(select(ReadingFinding)).one()
    browser.sign_in(place.supervisor)
    assert "1 lần đọc nên xem lại" in browser.get("home.index").text
    assert "Đọc ngoài giờ" in browser.get("readings.index").text
    assert "1 hồ sơ được mở trong đêm" in browser.get("readings.show", finding_id=finding.id).text
    browser.submit("readings.show", {"note": ""}, finding_id=finding.id, expect=422)
    browser.submit("readings.show", {"note": "Trực đêm"}, finding_id=finding.id)
    assert "nên xem lại" not in browser.get("home.index").select_one("main").text
    assert "Trực đêm" in browser.get("readings.show", finding_id=finding.id).text
    session.refresh(finding)
    with pytest.raises(LookedAt):
        look_at(
            session, actor=actor_of(place.supervisor), finding=finding, note="Nữa",
            now=clock.now(),
        )  # fmt: skip


def test_a_supervisor_does_not_look_at_what_is_about_them(
    browser: Browser, session: Session, place: Place
) -> None:
    read(session, place.supervisor, place.case, "2026-11-26 23:30 +0700")
    derive(session)
    finding = session.scalars(select(ReadingFinding)).one()
    browser.sign_in(place.supervisor)
    browser.get("readings.show", finding_id=finding.id, expect=404)
    other = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    browser.sign_in(other).get("readings.show", finding_id=finding.id)


def test_asking_the_person_is_looking_at_it(
    browser: Browser, session: Session, place: Place
) -> None:
    read(session, place.colleague, place.case, "2026-11-26 23:30 +0700")
    derive(session)
    finding = session.scalars(select(ReadingFinding)).one()
    page = browser.sign_in(place.supervisor).get("readings.show", finding_id=finding.id)
    browser.submit_page(page, {}, form=f'form[action$="{finding.id}/ask"]')
    browser.sign_in(place.colleague)
    home = browser.get("home.index")
    assert "Ngày 26/11/2026 bạn mở nhiều hồ sơ, hoặc mở ngoài giờ" in home.text
    question = session.scalars(select(ReadingQuestion)).one()
    browser.submit("questions.answer", {"answer": "working"}, question_id=question.id)
    shown = browser.sign_in(place.supervisor).get("questions.asked")
    assert "Tôi đang làm việc với hồ sơ này" in shown.text


ids = st.integers(0, 4).map(lambda n: uuid.UUID(int=n + 1))
readings = st.builds(
    Reading,
    user_id=ids,
    case_id=ids,
    role=st.just(Role.CP_WORKER),
    unit_kind=st.sampled_from(["commune_pc", "hotline"]),
    relation=st.sampled_from(["assigned", "works", "break_glass", "supervises", "other"]),
    times=st.integers(1, 9),
    at_night=st.integers(0, 3),
    surname=st.sampled_from(["", "tran", "dinh"]),
    child_surname=st.sampled_from(["", "tran", "dinh"]),
    reader_commune=st.sampled_from([None, "1", "2"]),
    child_commune=st.sampled_from([None, "1", "2"]),
    is_searched=st.booleans(),
)


@given(st.lists(readings, max_size=12))
@settings(max_examples=60, deadline=None)
def test_findings_are_of_these_people_and_files_once_of_a_kind(seen: list[Reading]) -> None:
    once = list({(one.user_id, one.case_id): one for one in seen}.values())
    found = standing_out(once, {Role.CP_WORKER: 1.0}, rules().unusual)
    keys = [(one.kind, one.user_id, one.case_id) for one in found]
    assert len(keys) == len(set(keys))
    assert {one.user_id for one in found} <= {one.user_id for one in once} | {None}
    assert {one.case_id for one in found} <= {one.case_id for one in once} | {None}
    assigned = {(one.user_id, one.case_id) for one in once if one.relation == "assigned"}
    assert not assigned & {(one.user_id, one.case_id) for one in found}


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 23))
def test_a_night_may_go_over_midnight(starts: int, ends: int, hour: int) -> None:
    night = NightRules(starts=starts, ends=ends, on_duty=(), left_out=())
    hours = {(starts + n) % 24 for n in range((ends - starts) % 24)}
    assert night.covers(hour) is (hour in hours)


# Questions of the week


def test_each_week_a_few_readings_of_each_unit_are_asked_about(
    session: Session, place: Place
) -> None:
    for user in (place.owner, place.colleague, place.supervisor):
        read(session, user, place.case, THURSDAY)
        read(session, user, place.file(), THURSDAY)
    for at in (LATER, MONDAY):
        derive(session, at)
    with time_machine.travel(MONDAY):
        assert ask_of_week(session, clock.now()) == 3
        assert ask_of_week(session, clock.now()) == 0
    asked = session.scalars(select(ReadingQuestion)).unique().all()
    people = {one.user_id for one in asked}
    assert people == {place.owner.id, place.colleague.id, place.supervisor.id}
    assert {one.week for one in asked} == {date(2026, 11, 23)}
    assert {clock.local(one.due_at).strftime("%d/%m %H:%M") for one in asked} == {"03/12 17:00"}


def test_a_week_waits_until_its_last_day_is_derived(session: Session, place: Place) -> None:
    read(session, place.owner, place.case, THURSDAY)
    derive(session)
    with time_machine.travel(MONDAY):
        assert ask_of_week(session, clock.now()) == 0
    derive(session, MONDAY)
    with time_machine.travel(MONDAY):
        assert ask_of_week(session, clock.now()) == 1


openings = st.lists(
    st.builds(
        Opening,
        user_id=ids,
        case_id=ids,
        unit_id=st.just(uuid.UUID(int=9)),
        relation=st.sampled_from(sorted(rules().sample.weights)),
        day=st.just(date(2026, 11, 26)),
    ),
    max_size=20,
)


@given(openings, st.integers())
@settings(deadline=None)
def test_the_choice_is_of_these_few_of_one_person_and_repeatable(
    found: list[Opening], seed: int
) -> None:
    wanted = rules().sample
    chosen = picked(found, Random(seed), wanted)
    assert chosen == picked(found, Random(seed), wanted)
    assert all(one in found for one in chosen)
    people = [one.user_id for one in chosen]
    assert len(people) == len(set(people)) <= wanted.a_unit
    assert len(chosen) == min(wanted.a_unit, len({one.user_id for one in found}))


def test_weak_relations_are_asked_about_more_often() -> None:
    weak, strong = (
        Opening(uuid.UUID(int=n), uuid.UUID(int=n), uuid.UUID(int=9), relation, date(2026, 1, 1))
        for n, relation in ((1, "other"), (2, "assigned"))
    )
    wanted = rules().sample.model_copy(update={"a_unit": 1})
    chosen = [picked([weak, strong], Random(n), wanted)[0] for n in range(300)]
    assert chosen.count(weak) > 2 * chosen.count(strong) > 0


def asked(session: Session, place: Place) -> ReadingQuestion:
    read(session, place.colleague, place.case, THURSDAY)
    derive(session, MONDAY)
    with time_machine.travel(MONDAY):
        ask_of_week(session, clock.now())
        session.commit()
    return session.scalars(select(ReadingQuestion)).unique().one()


def test_one_tap_answers_it(browser: Browser, session: Session, place: Place) -> None:
    question = asked(session, place)
    browser.sign_in(place.colleague)
    home = browser.get("home.index")
    assert f"Bạn mở hồ sơ {place.case.number} ngày 26/11/2026 để làm gì?" in home.text
    page = browser.get("questions.answer", question_id=question.id)
    buttons = {one["value"] for one in page.select('button[name="answer"]')}
    assert {"working", "referral", "colleague_away", "mistake", "other"} <= buttons
    refused = browser.submit(
        "questions.answer", {"answer": "other"}, question_id=question.id, expect=422
    )
    assert "Ghi lý do khác đó" in refused.text
    browser.submit("questions.answer", {"answer": "colleague_away"}, question_id=question.id)
    logged = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "oversight.question_changed")
    ).one()
    assert logged.chain_id == place.case.id and "colleague_away" in logged.body
    assert "để làm gì?" not in browser.get("home.index").text
    session.refresh(question)
    with pytest.raises(QuestionAnswered):
        answer_question(
            session, actor=actor_of(place.colleague), question=question,
            answer="mistake", words=None, now=clock.now(),
        )  # fmt: skip


def test_it_is_told_as_other_things_that_are_due(
    browser: Browser, session: Session, place: Place
) -> None:
    question = asked(session, place)
    with time_machine.travel(MONDAY):
        rules_now = rules_in_force(session)
        scan(session, rules_now, clock.now())
        fire(session, rules_now, clock.now())
        session.commit()
    of_cases = Delivery.kind != "board_values"
    told = session.scalars(select(Delivery.recipient_id).where(of_cases).distinct()).all()
    assert told == [place.colleague.id]
    browser.sign_in(place.colleague)
    assert "vì sao bạn mở hồ sơ" in browser.get("reminders.index").text
    due = session.scalars(select(Obligation).where(Obligation.kind != "board_values")).one()
    page = browser.get("reminders.show", obligation_id=due.id)
    assert page.select_one(f'a[href="/questions/{question.id}"]') is not None
    browser.submit("questions.answer", {"answer": "working"}, question_id=question.id)
    scan(session, rules_now, clock.now())
    session.refresh(due)
    assert due.closed_at is not None


def test_without_an_answer_it_goes_to_the_supervisor(
    browser: Browser, session: Session, place: Place
) -> None:
    asked(session, place)
    with time_machine.travel("2026-12-03 16:00 +0700"):
        browser.sign_in(place.supervisor)
        assert place.colleague.name not in browser.get("questions.asked").text
    with time_machine.travel("2026-12-03 17:30 +0700"):
        browser.sign_in(place.supervisor)
        assert "1 câu hỏi, trả lời cần xem" in browser.get("home.index").text
        page = browser.get("questions.asked")
        assert place.colleague.name in page.text and "chưa trả lời, quá hạn" in page.text
        browser.submit_page(page, {}, form='form[action$="/seen"]')
        assert place.colleague.name not in browser.get("questions.asked").text
        assert place.colleague.name in browser.get("questions.asked", show="all").text


def test_a_mistake_goes_to_the_supervisor_and_work_does_not(
    browser: Browser, session: Session, place: Place
) -> None:
    question = asked(session, place)
    browser.sign_in(place.colleague)
    said = {"answer": "mistake", "words": "Bấm nhầm dòng"}
    browser.submit("questions.answer", said, question_id=question.id)
    page = browser.sign_in(place.supervisor).get("questions.asked")
    assert "Mở nhầm" in page.text and "Bấm nhầm dòng" in page.text


def test_nobody_answers_for_another(browser: Browser, session: Session, place: Place) -> None:
    question = asked(session, place)
    browser.sign_in(place.owner).get("questions.answer", question_id=question.id, expect=404)


def test_the_question_about_a_finding_is_asked_once(session: Session, place: Place) -> None:
    read(session, place.colleague, place.case, "2026-11-26 23:30 +0700")
    derive(session)
    actor = actor_of(place.supervisor)
    finding = session.scalars(finding_file(actor)).unique().one()
    said = {"actor": actor, "finding": finding, "now": clock.now()}
    ask_about(session, **said)
    with pytest.raises(LookedAt):
        ask_about(session, **said)
