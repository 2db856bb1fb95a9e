"""Opening a file of another unit in an emergency: read only, an hour, told at once, reviewed."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.grants import end_own_access
from app.auth.models import Role, Unit, User, UserSession
from app.auth.people import actor_of_user
from app.auth.permissions import COMPARTMENTS, Section, sections_of
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent
from app.cases.policy import visible_to
from app.core import clock
from app.core.errors import InvalidInput
from app.deadlines.models import Deadline
from app.oversight.forms.glass import is_telling
from app.oversight.models import BreakGlass
from app.oversight.models.glass import GlassOver, GlassReviewed, OwnGlass
from app.oversight.policy import glass_file
from app.oversight.services import glass as services
from app.oversight.services.glass import GlassData
from app.reminders.models import Channel, Delivery, Obligation
from app.reminders.queries.rules import rules_in_force
from app.reminders.services.fire import fire
from app.reminders.services.scan import scan
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.cases.files import add_entry
from tests.cases.test_at_once import wait_for
from tests.factories import (
    TAN_HUNG,
    CarerFactory,
    CaseDenialFactory,
    CaseFactory,
    ChildFactory,
    UnitFactory,
    UserFactory,
)
from tests.parts.oversight import REASON
from tests.world import Relation, make_world


class Place:
    """A file of one commune; a worker and the Chair of another; a supervisor."""

    def __init__(self) -> None:
        self.unit: Unit = UnitFactory()
        self.owner: User = UserFactory(unit=self.unit)
        self.chair: User = UserFactory(unit=self.unit, role=Role.COMMUNE_CHAIR)
        self.stranger: User = UserFactory(unit=UnitFactory(commune_code=TAN_HUNG))
        self.supervisor: User = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
        self.child = ChildFactory(full_name="Trần Bảo Châu", birth_year=2016)
        CarerFactory(child=self.child)
        self.case: Case = CaseFactory(
            worked_by=self.unit, of_child=self.child, owner_id=self.owner.id
        )


@pytest.fixture
def place(session: Session) -> Place:
    return Place()


def wanted(place: Place, **changes: object) -> GlassData:
    found: dict[str, object] = {
        "number": place.case.number, "full_name": None, "birth_year": None,
        "category": "immediate_danger", "reason": REASON, **changes,
    }  # fmt: skip
    return GlassData(**found)  # type: ignore[arg-type]


def opened(session: Session, place: Place, user: User | None = None) -> BreakGlass:
    glass = services.break_glass(
        session, actor=actor_of(user or place.stranger), data=wanted(place), now=clock.now()
    )
    session.commit()
    return glass


def loaded(session: Session, user: User, glass: BreakGlass) -> BreakGlass:
    """As the page of its review loads it."""
    found = glass_file(actor_of(user)).where(BreakGlass.id == glass.id)
    return session.scalars(found.execution_options(populate_existing=True)).unique().one()


def sees(session: Session, user: User, case: Case) -> bool:
    found = visible_to(actor_of(user)).where(Case.id == case.id)
    return session.scalars(found).first() is not None


def test_the_page_opens_the_file_for_an_hour(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.stranger)
    browser.get("cases.show", case_id=place.case.id, expect=404)
    form = {"number": place.case.number, "category": "brought_in", "reason": REASON}
    browser.submit("glass.new", form)
    page = browser.follow()
    assert "Trần Bảo Châu" in page.text
    banner = page.select_one(".notice.glass")
    assert banner is not None and "chỉ để đọc" in banner.text and "11:00" in banner.text
    with time_machine.travel(clock.now() + timedelta(minutes=59)):
        browser.sign_in(place.stranger)
        assert "1 phút" in browser.get("cases.show", case_id=place.case.id).text
    with time_machine.travel(clock.now() + timedelta(minutes=60)):
        browser.sign_in(place.stranger)
        browser.get("cases.show", case_id=place.case.id, expect=404)


def test_own_files_have_no_banner(browser: Browser, session: Session, place: Place) -> None:
    opened(session, place)
    page = browser.sign_in(place.owner).get("cases.show", case_id=place.case.id)
    assert page.select_one(".notice.glass") is None


def test_it_stands_on_the_timeline_and_the_log(session: Session, place: Place) -> None:
    glass = opened(session, place)
    event = (
        session.scalars(select(CaseEvent).where(CaseEvent.kind == EventKind.GLASS_BROKEN))
        .unique()
        .one()
    )
    assert (event.case_id, event.note, event.by_id) == (place.case.id, REASON, place.stranger.id)
    logged = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "case.glass_broken")
    ).one()
    assert (logged.chain_id, logged.subject_id) == (place.case.id, glass.id)
    assert REASON not in logged.body


def test_who_works_it_and_the_supervisor_are_told_at_once_without_a_name(
    session: Session, place: Place
) -> None:
    glass = opened(session, place)
    rules = rules_in_force(session)
    scan(session, rules, clock.now())
    fire(session, rules, clock.now())
    session.commit()
    told = session.scalars(
        select(Delivery.recipient_id).where(
            Delivery.kind == "glass_review", Delivery.channel == Channel.APP
        )
    ).all()
    assert sorted(told) == sorted([place.chair.id, place.supervisor.id])
    assert "Châu" not in str(rules.kind("glass_review").words)
    due = session.scalars(select(Obligation).where(Obligation.subject_id == glass.id)).one()
    assert (due.unit_id, due.user_id) == (None, None)  # nobody of the unit is asked to do it


def test_a_unit_without_a_chair_is_told_through_its_lead(session: Session, place: Place) -> None:
    place.chair.role = Role.UNIT_LEAD
    session.commit()
    opened(session, place)
    rules = rules_in_force(session)
    scan(session, rules, clock.now())
    fire(session, rules, clock.now())
    told = set(session.scalars(select(Delivery.recipient_id)))
    assert {place.chair.id, place.supervisor.id} <= told
    assert place.owner.id not in told


def test_the_chair_is_told_in_the_application(
    browser: Browser, session: Session, place: Place
) -> None:
    opened(session, place)
    rules = rules_in_force(session)
    scan(session, rules, clock.now())
    fire(session, rules, clock.now())
    session.commit()
    page = browser.sign_in(place.chair).get("reminders.index", tab="told")
    assert page is not None
    due = session.scalars(select(Obligation).where(Obligation.case_id.is_not(None))).one()
    shown = browser.get("reminders.show", obligation_id=due.id)
    assert place.case.number in shown.text


def test_the_review_is_due_in_two_working_days(session: Session, place: Place) -> None:
    with time_machine.travel("2026-11-26 20:00 +0700"):  # a Thursday
        glass = opened(session, place)
    due = session.scalars(select(Deadline).where(Deadline.subject_id == glass.id)).one()
    assert clock.local(due.effective_due_at).strftime("%d/%m %H:%M") == "30/11 17:00"


def test_the_supervisor_reviews_it(browser: Browser, session: Session, place: Place) -> None:
    glass = opened(session, place)
    browser.sign_in(place.supervisor)
    assert f"Mở khẩn cấp: {place.case.number}" in browser.get("home.index").text
    page = browser.get("glass.review", glass_id=glass.id)
    assert REASON in page.text and place.stranger.name in page.text
    refused = browser.submit(
        "glass.review", {"decision": "not_justified"}, glass_id=glass.id, expect=422
    )
    assert "Ghi vì sao" in refused.text
    said = {"decision": "justified", "note": "Đã gọi hỏi, đúng là cấp cứu"}
    browser.submit("glass.review", said, glass_id=glass.id)
    session.refresh(glass)
    assert (glass.decision, glass.note) == ("justified", said["note"])
    due = session.scalars(select(Deadline).where(Deadline.subject_id == glass.id)).one()
    assert due.met_at == glass.decided_at
    kinds = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == place.case.id))
    assert EventKind.GLASS_REVIEWED in list(kinds)
    assert "Mở khẩn cấp:" not in browser.get("home.index").text
    scan(session, rules_in_force(session), clock.now())
    still = Obligation.case_id.is_not(None), Obligation.closed_at.is_(None)
    assert session.scalar(select(func.count()).where(*still)) == 0


def test_a_review_is_made_once_and_not_by_who_opened_it(session: Session, place: Place) -> None:
    glass = opened(session, place)
    with pytest.raises(OwnGlass):
        glass.decide("justified", None, by=place.stranger.id, now=clock.now())
    by, glass = actor_of(place.supervisor), loaded(session, place.supervisor, glass)
    said = {"glass": glass, "decision": "follow_up", "note": "Hỏi thêm", "now": clock.now()}
    services.review_glass(session, actor=by, **said)
    with pytest.raises(GlassReviewed):
        services.review_glass(session, actor=by, **said)


def test_what_was_not_justified_ends_at_once(session: Session, place: Place) -> None:
    glass = opened(session, place)
    assert sees(session, place.stranger, place.case)
    glass = loaded(session, place.supervisor, glass)
    services.review_glass(
        session, actor=actor_of(place.supervisor), glass=glass,
        decision="not_justified", note="Không phải việc của đơn vị", now=clock.now(),
    )  # fmt: skip
    session.commit()
    assert not sees(session, place.stranger, place.case)


def test_the_person_can_end_it_early_and_once(
    browser: Browser, session: Session, place: Place
) -> None:
    glass = opened(session, place)
    browser.sign_in(place.stranger)
    page = browser.get("cases.show", case_id=place.case.id)
    browser.submit_page(page, {}, form=".notice.glass form")
    browser.get("cases.show", case_id=place.case.id, expect=404)
    session.refresh(glass)
    with pytest.raises(GlassOver):
        glass.end(now=clock.now())


def test_the_deny_list_beats_it(browser: Browser, session: Session, place: Place) -> None:
    """Before: as if there were no such file. While it runs: at once."""
    CaseDenialFactory(of_case=place.case, user_id=place.stranger.id, by_id=place.chair.id)
    browser.sign_in(place.stranger)
    form = {"number": place.case.number, "category": "brought_in", "reason": REASON}
    denied = browser.submit("glass.new", form, expect=422)
    missing = browser.submit("glass.new", {**form, "number": "HY-2019-000001"}, expect=422)
    assert _errors(denied) == _errors(missing)
    by_name = {"full_name": "Trần Bảo Châu", "birth_year": "2016", "number": ""}
    denied = browser.submit("glass.new", {**form, **by_name}, expect=422)
    missing = browser.submit(
        "glass.new", {**form, **by_name, "full_name": "Đỗ Không Có"}, expect=422
    )
    assert _errors(denied) == _errors(missing)
    assert session.scalar(select(func.count()).select_from(BreakGlass)) == 0


def _errors(page: object) -> list[str]:
    return [one.text for one in page.select(".error-summary li")]  # type: ignore[attr-defined]


def test_a_denial_ends_what_is_running(session: Session, place: Place) -> None:
    opened(session, place)
    assert sees(session, place.stranger, place.case)
    CaseDenialFactory(of_case=place.case, user_id=place.stranger.id, by_id=place.chair.id)
    assert not sees(session, place.stranger, place.case)


def test_it_is_found_by_the_whole_name_and_the_year_of_birth(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.stranger)
    form = {"category": "found_elsewhere", "reason": REASON, "full_name": "tran bao chau"}
    refused = browser.submit("glass.new", form, expect=422)
    assert "Ghi cả năm sinh" in refused.text
    assert (
        "Không thấy" in browser.submit("glass.new", {**form, "birth_year": "2012"}, expect=422).text
    )
    browser.submit("glass.new", {**form, "birth_year": "2017"})
    assert "Trần Bảo Châu" in browser.follow().text
    searched = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "people.searched")
    ).all()
    assert len(searched) == 2 and all("Châu" not in one.body for one in searched)


def test_of_two_children_of_one_name_none_is_opened(
    browser: Browser, session: Session, place: Place
) -> None:
    twin = ChildFactory(full_name="Trần Bảo Châu", birth_year=2016)
    CaseFactory(worked_by=UnitFactory(), of_child=twin)
    form = {
        "category": "found_elsewhere", "reason": REASON, "full_name": "Trần Bảo Châu",
        "birth_year": "2016",
    }  # fmt: skip
    page = browser.sign_in(place.stranger).submit("glass.new", form, expect=422)
    assert "nhiều trẻ em cùng họ tên" in page.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": "Cấp cứu gấp"}, "Ghi rõ hơn"),
        ({"reason": "a" * 60}, "Ghi rõ hơn"),
        ({"reason": "gấp gấp gấp gấp gấp gấp gấp gấp gấp gấp gấp"}, "Ghi rõ hơn"),
        ({"category": ""}, "Chọn một lý do"),
        ({"number": "Trần Bảo Châu"}, "Ghi như HY-2026-000123"),
        ({"number": ""}, "Ghi mã hồ sơ, hoặc họ tên"),
    ],
)
def test_a_bad_form_is_refused_at_its_field(
    browser: Browser, session: Session, place: Place, changes: dict[str, str], said: str
) -> None:
    form = {"number": place.case.number, "category": "brought_in", "reason": REASON, **changes}
    page = browser.sign_in(place.stranger).submit("glass.new", form, expect=422)
    assert said in page.text
    assert session.scalar(select(func.count()).select_from(BreakGlass)) == 0


def test_ones_own_file_is_not_opened_so(browser: Browser, session: Session, place: Place) -> None:
    form = {"number": place.case.number, "category": "brought_in", "reason": REASON}
    page = browser.sign_in(place.owner).submit("glass.new", form, expect=422)
    assert "đang xem được hồ sơ này" in page.text


def test_twice_is_once(session: Session, place: Place) -> None:
    opened(session, place)
    with pytest.raises(InvalidInput):
        opened(session, place)


def test_of_two_sent_at_the_same_moment_one_opens(
    app: Flask, superuser: Engine, session: Session, place: Place
) -> None:
    """Each has begun, and waits for the row of the person, when the first may go on."""
    form = {"number": place.case.number, "category": "brought_in", "reason": REASON}
    sends = []
    for _ in range(2):
        browser = Browser(app, session).sign_in(place.stranger)
        page = browser.get("glass.new").select_one("#glass-form")
        assert page is not None
        body = {**filled_in(page), **form}
        sends.append(partial(Context().run, browser.client.post, "/break-glass/new", data=body))
    with ThreadPoolExecutor(2) as pool:
        with superuser.begin() as holder:
            holder.exec_driver_sql("SELECT 1 FROM users FOR NO KEY UPDATE")
            answers = [pool.submit(send) for send in sends]
            wait_for(superuser, 2)
        codes = sorted(answer.result(timeout=30).status_code for answer in answers)
    assert codes == [303, 422]
    assert session.scalar(select(func.count()).select_from(BreakGlass)) == 1


def test_a_double_click_opens_once(browser: Browser, session: Session, place: Place) -> None:
    page = browser.sign_in(place.stranger).get("glass.new")
    form = {"number": place.case.number, "category": "brought_in", "reason": REASON}
    browser.submit_page(page, form)
    first = browser.location
    browser.submit_page(page, form)
    assert browser.location == first
    assert session.scalar(select(func.count()).select_from(BreakGlass)) == 1


def test_a_person_opens_only_so_many_in_a_day(session: Session, place: Place) -> None:
    for _ in range(3):
        other = CaseFactory(worked_by=place.unit, of_child=ChildFactory())
        services.break_glass(
            session, actor=actor_of(place.stranger),
            data=wanted(place, number=other.number), now=clock.now(),
        )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        opened(session, place)
    assert "24 giờ" in str(refused.value.text)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert opened(session, place).is_running(clock.now())


def test_the_password_is_asked_for_again(browser: Browser, session: Session, place: Place) -> None:
    browser.sign_in(place.stranger)
    session.execute(update(UserSession).values(confirmed_at=clock.now() - timedelta(minutes=6)))
    session.commit()
    browser.get("glass.new", expect=303)
    assert browser.location is not None and "/auth/confirm" in browser.location


def test_it_opens_this_file_of_the_child_and_no_other(
    browser: Browser, session: Session, place: Place
) -> None:
    other = CaseFactory(worked_by=UnitFactory(), of_child=place.child)
    opened(session, place)
    browser.sign_in(place.stranger)
    browser.get("cases.show", case_id=other.id, expect=404)
    page = browser.get("people.child", child_id=place.child.id)
    assert other.number not in page.text


@pytest.mark.usefixtures("no_csrf")
def test_nothing_can_be_written_in_it(app: Flask, browser: Browser, session: Session) -> None:
    """Every address of a case or a child that writes refuses, whatever it does; so do papers."""
    world = make_world(session)
    theirs = world.ids(Relation.FOREIGN)
    case = session.get_one(Case, theirs["case_id"])
    reader = world.mine.users[Role.CP_WORKER]
    services.break_glass(
        session, actor=actor_of(reader), now=clock.now(),
        data=GlassData(case.number, None, None, "medical", REASON),
    )  # fmt: skip
    session.commit()
    browser.sign_in(reader)
    browser.get("cases.show", case_id=case.id)
    browser.get("people.child", child_id=case.child_id)
    tried = 0
    for rule in app.url_map.iter_rules():
        if not {"case_id", "child_id"} & rule.arguments:
            continue
        path = browser._url(rule.endpoint, {name: theirs[name] for name in rule.arguments})
        if "POST" in (rule.methods or ()):
            sent = {"idempotency_key": str(uuid4())}
            answer = browser._alone(browser.client.post, path, data=sent)
            assert answer.status_code in (403, 404), f"{rule.endpoint}: {answer.status_code}"
            tried += 1
        elif rule.rule.endswith(".pdf"):
            answer = browser._alone(browser.client.get, path)
            assert answer.status_code in (403, 404), f"{rule.endpoint}: {answer.status_code}"
    assert tried > 40


def test_it_is_not_in_an_export(browser: Browser, session: Session, place: Place) -> None:
    opened(session, place)
    own = CaseFactory(
        worked_by=session.get_one(Unit, place.stranger.unit_id), of_child=ChildFactory()
    )
    page = browser.sign_in(place.stranger).get("exports.new", list="cases")
    assert "1 trẻ em" in page.text, own.number


def test_a_role_that_opens_no_file_cannot(browser: Browser, session: Session) -> None:
    for role in (Role.INTAKE, Role.AGENCY_OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR):
        user = UserFactory(role=role, unit=UnitFactory())
        browser.sign_in(user).get("glass.new", expect=403)


def test_the_search_offers_it_and_tells_nothing(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.stranger)
    found = browser.submit("people.search", {"q": "Trần Bảo Châu"}, expect=200)
    missing = browser.submit("people.search", {"q": "Đỗ Không Có"}, expect=200)
    assert found.select_one('a[href="/break-glass/new"]') is not None
    assert missing.select_one('a[href="/break-glass/new"]') is not None


def test_moving_to_another_unit_ends_it(session: Session, place: Place) -> None:
    opened(session, place)
    end_own_access(session, user_id=place.stranger.id, now=clock.now())
    session.commit()
    assert not sees(session, place.stranger, place.case)


def test_two_supervisors_at_once_the_second_is_told(
    app: Flask, browser: Browser, session: Session, place: Place
) -> None:
    glass = opened(session, place)
    other = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    first = browser.sign_in(place.supervisor).get("glass.review", glass_id=glass.id)
    late = Browser(app, session).sign_in(other)
    second = late.get("glass.review", glass_id=glass.id)
    browser.submit_page(first, {"decision": "justified"})
    refused = late.submit_page(second, {"decision": "follow_up", "note": "Hỏi"}, expect=409)
    assert "đã được xem lại" in refused.text
    session.refresh(glass)
    assert glass.decision == "justified"


def test_a_reviewer_sees_nothing_of_a_child_from_whom_they_are_kept_out(
    browser: Browser, session: Session, place: Place
) -> None:
    glass = opened(session, place)
    CaseDenialFactory(of_case=place.case, user_id=place.supervisor.id, by_id=place.chair.id)
    browser.sign_in(place.supervisor).get("glass.review", glass_id=glass.id, expect=404)
    assert place.case.number not in browser.get("glass.index").text
    assert place.case.number not in browser.get("home.index").text


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("aaaa bbbb cccc dddd eeee ffff", False),
        ("Trẻ bị đánh, hàng xóm đưa đến trạm y tế lúc 23 giờ", True),
        ("123 456 789 012 345 678 901", False),
    ],
)
def test_a_reason_is_made_of_words(text: str, is_good: bool) -> None:
    assert is_telling(text, 5) is is_good


def test_a_compartment_stays_closed_to_who_opens_it_in_an_emergency(
    browser: Browser, session: Session, place: Place
) -> None:
    """And meanwhile everywhere but in the files of the own unit."""
    unit = session.get_one(Unit, place.stranger.unit_id)
    own = CaseFactory(worked_by=unit, of_child=ChildFactory(), owner_id=place.stranger.id)
    for case in (place.case, own):
        add_entry(session, case, EventKind.NOTE, Section.HEALTH, note=f"Bầm tím {case.number}")
        for section in COMPARTMENTS:
            add_entry(session, case, EventKind.NOTE, section, note=f"Lời kín {case.number}")
    opened(session, place)
    browser.sign_in(place.stranger)
    for endpoint in ("cases.show", "cases.timeline"):
        text = browser.get(endpoint, case_id=place.case.id).text
        assert f"Bầm tím {place.case.number}" in text
        assert f"Lời kín {place.case.number}" not in text
        assert f"Lời kín {own.number}" in browser.get(endpoint, case_id=own.id).text
    guest = actor_of_user(session, place.stranger.id)
    assert guest is not None and guest.is_guest and COMPARTMENTS.isdisjoint(sections_of(guest))
    owner = browser.sign_in(place.owner).get("cases.show", case_id=place.case.id)
    assert f"Lời kín {place.case.number}" in owner.text
