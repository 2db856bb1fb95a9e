"""Erasing a child: two people, a waiting time, nothing that stands against it; and afterwards every
page goes on, and no word of the child is anywhere."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.audit.verify import verify
from app.auth.actor import Actor
from app.auth.models import Role, User
from app.cases.enums import CaseState, EventKind
from app.cases.erasing import FORGET, ChildIds, Destroyed
from app.cases.exporting import EXPORTS
from app.cases.models import Case, CaseEvent, Draft, ErasureRequest, Export, LegalHold, Report
from app.cases.models.erasures import (
    ErasureAnswered,
    ErasureRunning,
    ErasureState,
    HoldLifted,
    NobodyOversees,
    OwnErasure,
)
from app.cases.services import erasures as services
from app.cases.services.drafts import save_draft
from app.cases.services.erasing_run import ErasureFailed, erase_due
from app.cases.services.erasures import AskerGone, ErasureBlocked, ErasureData, NotAllSeen
from app.cases.services.exports import ExportData, ask_export
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, KeyDestroyed
from app.core.sealed import DataKey, Sealed, SealedRow
from app.core.tasks import run_waiting
from app.deadlines import services as clocks
from app.documents.models import FileChunk, StoredFile
from app.people.merging import merge_children
from app.people.models import Carer, Child
from app.referrals.enums import OPEN
from app.referrals.models import Referral
from app.register.models import GroupMembership, ImportRow
from app.reminders.jobs import remind
from tests.actors import actor_of
from tests.browser import Browser
from tests.canaries import Cage, fill
from tests.cases.story import Story, make_story
from tests.factories import (
    TAN_HUNG,
    CaseDenialFactory,
    CaseFactory,
    ChildFactory,
    UnitFactory,
    UserFactory,
)
from tests.register.people import in_group
from tests.test_canaries import READERS, posts, squeezed, walk
from tests.tiers import short_for
from tests.world import World, make_world

REASON = "Người đại diện hợp pháp có đơn ngày 20/11, đã đối chiếu giấy tờ"
ASKED = {"ground": "request", "reason": REASON, "is_understood": "y"}
YES = {"decision": "approved"}


@pytest.fixture
def story(session: Session) -> Story:
    made = make_story(session)
    close(session, made.case)
    return made


@pytest.fixture
def second(story: Story) -> User:
    found: User = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    return found


def close(session: Session, case: Case) -> None:
    """The case has ended, as if by its whole way."""
    case.state, case.is_ended, case.ended_at = CaseState.CLOSED, True, clock.now()
    clocks.void_all(session, subject_id=case.id, now=clock.now())
    session.commit()


def ask(session: Session, by: User, case: Case, **data: str) -> ErasureRequest:
    given = {"ground": "request", "reason": REASON} | data
    made = services.ask_erasure(
        session, actor=actor_of(by), case=case, data=ErasureData(**given), now=clock.now()
    )
    session.commit()
    return made


def decide(session: Session, by: User, request: ErasureRequest, *, is_yes: bool = True) -> None:
    case = session.get_one(Case, request.case_id)
    services.decide_erasure(
        session, actor=actor_of(by), case=case, erasure_id=request.id,
        is_yes=is_yes, answer=None, now=clock.now(),
    )  # fmt: skip
    session.commit()


def erase(session: Session, request: ErasureRequest) -> None:
    """The job, on the day."""
    session.commit()
    erase_due(session, clock.now() + timedelta(days=7, minutes=1))
    session.rollback()
    session.expire_all()
    session.refresh(request)


def kinds(session: Session, case: Case) -> list[EventKind]:
    rows = session.scalars(
        select(CaseEvent.kind).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
    )
    return list(rows)


def steps(session: Session, case: Case, action: str) -> list[dict[str, Any]]:
    bodies = session.scalars(
        select(AuditEvent.body)
        .where(AuditEvent.chain_id == case.id, AuditEvent.action == action)
        .order_by(AuditEvent.id)
    )
    return [json.loads(body)["data"] for body in bodies]


def name_of(session: Session, case: Case) -> str | None:
    session.expire_all()
    return session.scalars(select(Child).where(Child.id == case.child_id)).unique().one().full_name


# Two people


def test_two_people_and_seven_days(
    browser: Browser, session: Session, story: Story, second: User
) -> None:
    case, base = story.case, f"/cases/{story.case.id}/erasure"
    page = browser.sign_in(story.chair).open(f"{base}/")
    browser.open(f"{base}/new")
    browser.submit_page(browser.open(f"{base}/new"), ASKED, form="#erasure-form", expect=303)
    request = session.scalars(select(ErasureRequest)).unique().one()
    assert "Trả lời" not in browser.open(f"{base}/").select_one("main").get_text()
    home = browser.sign_in(story.supervisor).open("/")
    assert home.select_one(f"a[href='{base}/{request.id}/decide']")
    page = browser.open(f"{base}/{request.id}/decide")
    assert REASON in page.get_text()
    browser.submit_page(page, YES, form="#erasure-decision", expect=303)
    session.refresh(request)
    assert request.state is ErasureState.AGREED
    assert request.due_at == request.decided_at + timedelta(days=7)
    erase_due(session, clock.now() + timedelta(days=6, hours=23))
    assert name_of(session, case) == "Nguyễn Minh Anh"
    erase(session, request)
    assert request.state is ErasureState.DONE
    assert name_of(session, case) == "đã xóa"
    assert kinds(session, case)[-3:] == [
        EventKind.ERASURE_ASKED, EventKind.ERASURE_DECIDED, EventKind.CHILD_ERASED,
    ]  # fmt: skip
    found = steps(session, case, "case.erasure_changed")
    assert [one["step"] for one in found] == ["asked", "approved"]
    (done,) = steps(session, case, "child.erased")
    assert (done["keys"], done["cases"]) == (2, [str(case.id)])  # the child's, and its report's
    told = browser.open(f"/cases/{case.id}").get_text()
    assert "Đã xóa dữ liệu của trẻ em" in told
    assert story.chair.name in told
    assert story.supervisor.name in told


def test_nobody_decides_on_their_own_request(session: Session, story: Story) -> None:
    request = ask(session, story.supervisor, story.case)
    with pytest.raises(OwnErasure):
        decide(session, story.supervisor, request)


def test_a_commune_alone_erases_nothing(session: Session, story: Story) -> None:
    """What it did must not be erased by itself; one of the two oversees it."""
    request = ask(session, story.chair, story.case)
    deputy = UserFactory(role=Role.COMMUNE_CHAIR, unit=story.unit)
    with pytest.raises(NobodyOversees):
        decide(session, deputy, request)
    session.rollback()
    decide(session, story.supervisor, request)


def test_the_chair_may_be_the_second(session: Session, story: Story) -> None:
    request = ask(session, story.supervisor, story.case)
    decide(session, story.chair, request)
    assert request.state is ErasureState.AGREED


def test_who_is_kept_out_has_no_part(browser: Browser, session: Session, story: Story) -> None:
    CaseDenialFactory(user_id=story.chair.id, of_case=story.case, by_id=story.worker.id)
    browser.sign_in(story.chair)
    browser.open(f"/cases/{story.case.id}/erasure/new", expect=404)


def test_who_is_kept_out_since_asking_stops_it(
    session: Session, story: Story, second: User
) -> None:
    request = ask(session, story.chair, story.case)
    CaseDenialFactory(user_id=story.chair.id, of_case=story.case, by_id=story.worker.id)
    with pytest.raises(AskerGone):
        decide(session, story.supervisor, request)
    session.rollback()
    decide(session, story.supervisor, request, is_yes=False)  # a no is always possible
    other = ask(session, story.supervisor, story.case)
    decide(session, second, other)
    CaseDenialFactory(user_id=second.id, of_case=story.case, by_id=story.worker.id)
    erase(session, other)
    assert (other.state, other.obstacles) == (ErasureState.STOPPED, ["people"])
    assert name_of(session, story.case) == "Nguyễn Minh Anh"


def test_an_account_that_is_closed_since_stops_it(session: Session, story: Story) -> None:
    request = ask(session, story.chair, story.case)
    decide(session, story.supervisor, request)
    story.chair.is_active = False
    erase(session, request)
    assert request.obstacles == ["people"]


@pytest.mark.parametrize("state", ["withdrawn", "refused", "approved", "done"])
def test_what_is_answered_is_answered(session: Session, story: Story, state: str) -> None:
    request = ask(session, story.chair, story.case)
    if state == "withdrawn":
        take_back(session, story.chair, request)
    else:
        decide(session, story.supervisor, request, is_yes=state != "refused")
    if state == "done":
        erase(session, request)
    for is_yes in (True, False):
        with pytest.raises(ErasureAnswered):
            decide(session, story.supervisor, request, is_yes=is_yes)
        session.rollback()


def take_back(session: Session, by: User, request: ErasureRequest) -> None:
    case = session.get_one(Case, request.case_id)
    services.withdraw_erasure(
        session, actor=actor_of(by), case=case, erasure_id=request.id, now=clock.now()
    )
    session.commit()


def test_until_the_day_it_can_be_taken_back(
    browser: Browser, session: Session, story: Story
) -> None:
    request = ask(session, story.chair, story.case)
    decide(session, story.supervisor, request)
    page = browser.sign_in(story.chair).open(f"/cases/{story.case.id}/erasure/")
    browser.submit_page(page, {}, form="form[action$='/withdraw']", expect=303)
    session.refresh(request)
    assert request.state is ErasureState.WITHDRAWN
    erase(session, request)
    assert name_of(session, story.case) == "Nguyễn Minh Anh"
    with pytest.raises(ErasureAnswered):
        take_back(session, story.chair, request)
    session.rollback()
    ask(session, story.chair, story.case)  # and asked for anew


def test_one_request_at_a_time(session: Session, story: Story) -> None:
    ask(session, story.chair, story.case)
    with pytest.raises(ErasureRunning):
        ask(session, story.supervisor, story.case)


def test_a_double_click_asks_once(browser: Browser, session: Session, story: Story) -> None:
    page = browser.sign_in(story.chair).open(f"/cases/{story.case.id}/erasure/new")
    for _ in range(2):
        browser.submit_page(page, ASKED, form="#erasure-form", expect=303)
    assert session.scalar(select(func.count(ErasureRequest.id))) == 1


def test_a_page_left_open_decides_nothing_twice(
    browser: Browser, session: Session, story: Story
) -> None:
    request = ask(session, story.chair, story.case)
    page = browser.sign_in(story.supervisor).open(
        f"/cases/{story.case.id}/erasure/{request.id}/decide"
    )
    take_back(session, story.chair, request)
    answer = browser.submit_page(page, YES, form="#erasure-decision", expect=409)
    assert "đã rút" in answer.get_text()
    session.refresh(request)
    assert request.state is ErasureState.WITHDRAWN


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": ""}, "Ghi lý do."),
        ({"reason": "ngắn"}, "ít nhất 30 ký tự"),
        ({"ground": ""}, "Chọn một căn cứ."),
        ({"ground": "khác"}, "Căn cứ"),
        ({"ground": "retention_over"}, "chưa hết"),
        ({"is_understood": ""}, "Đánh dấu"),
        ({"reason": "x" * 2001}, "2000"),
    ],
)
def test_what_is_missing_is_said_at_the_field(
    browser: Browser, session: Session, story: Story, typed: dict[str, str], said: str
) -> None:
    page = browser.sign_in(story.chair).open(f"/cases/{story.case.id}/erasure/new")
    body = {**ASKED, **typed}
    if not typed.get("is_understood", "y"):
        del body["is_understood"]
    answer = browser.submit_page(page, body, form="#erasure-form", expect=422)
    assert said in answer.select_one("main").get_text()
    assert session.scalar(select(func.count(ErasureRequest.id))) == 0


# What stands against it


def obstacle(session: Session, story: Story, what: str) -> None:
    case = story.case
    if what == "open_case":
        CaseFactory(worked_by=story.unit, of_child=child_of(session, case))
    elif what == "clock":
        clocks.start_clocks(
            session, subject_id=case.id, subject_label=case.number, rule_keys=("T_PLAN",),
            started_at=clock.now(), unit_id=story.unit.id, commune_code=None, now=clock.now(),
            cycle=9,
        )  # fmt: skip
    elif what == "check":
        case.check_on = clock.today() + timedelta(days=30)
    elif what == "group":
        in_group(session, case, story.worker, "ORPHAN")
    elif what == "hold":
        hold(session, story)
    session.commit()


def child_of(session: Session, case: Case) -> Child:
    return session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()


def hold(session: Session, story: Story, ground: str = "proceedings") -> LegalHold:
    made = services.set_hold(
        session, actor=actor_of(story.supervisor), case=story.case, ground=ground,
        reason="Quyết định khởi tố số 12", now=clock.now(),
    )  # fmt: skip
    session.commit()
    return made


@pytest.mark.parametrize("what", ["open_case", "clock", "check", "group", "hold"])
def test_what_runs_stands_against_it(session: Session, story: Story, what: str) -> None:
    obstacle(session, story, what)
    with pytest.raises(ErasureBlocked) as refused:
        ask(session, story.supervisor, story.case)
    assert [one.code for one in refused.value.obstacles] == [what]


@pytest.mark.parametrize("what", ["open_case", "clock", "check", "group"])
def test_what_began_meanwhile_stops_it(session: Session, story: Story, what: str) -> None:
    request = ask(session, story.chair, story.case)
    decide(session, story.supervisor, request)
    obstacle(session, story, what)
    erase(session, request)
    assert (request.state, request.obstacles) == (ErasureState.STOPPED, [what])
    assert name_of(session, story.case) == "Nguyễn Minh Anh"
    assert kinds(session, story.case)[-1] is EventKind.ERASURE_STOPPED


def test_a_hold_stops_what_was_agreed_to(session: Session, story: Story) -> None:
    request = ask(session, story.chair, story.case)
    decide(session, story.supervisor, request)
    made = hold(session, story)
    session.refresh(request)
    assert (request.state, request.obstacles) == (ErasureState.STOPPED, ["hold"])
    lift(session, story, made)
    erase(session, request)  # lifting it does not bring the request back
    assert name_of(session, story.case) == "Nguyễn Minh Anh"


def lift(session: Session, story: Story, made: LegalHold) -> None:
    services.lift_hold(
        session, actor=actor_of(story.supervisor), case=story.case, hold_id=made.id,
        reason="Bản án đã có hiệu lực", now=clock.now(),
    )  # fmt: skip
    session.commit()


def test_a_hold_is_set_and_lifted_once(browser: Browser, session: Session, story: Story) -> None:
    base = f"/cases/{story.case.id}/erasure"
    typed = {"ground": "complaint", "reason": "Đơn khiếu nại số 5 đang giải quyết"}
    page = browser.sign_in(story.supervisor).open(f"{base}/holds/new")
    for _ in range(2):  # a double click
        browser.submit_page(page, typed, form="#hold-form", expect=303)
    again = browser.submit_page(
        browser.open(f"{base}/holds/new"), typed, form="#hold-form", expect=422
    )
    assert "được giữ vì căn cứ này rồi" in again.get_text()
    (made,) = session.scalars(select(LegalHold)).unique()
    page = browser.open(f"{base}/holds/{made.id}/lift")
    browser.submit_page(page, {"reason": ""}, form="#lift-form", expect=422)
    browser.submit_page(page, {"reason": "Đã giải quyết xong đơn"}, form="#lift-form", expect=303)
    page = browser.open(f"{base}/holds/{made.id}/lift")
    browser.submit_page(page, {"reason": "Lần nữa"}, form="#lift-form", expect=409)
    with pytest.raises(HoldLifted):
        lift(session, story, made)
    session.rollback()
    found = steps(session, story.case, "case.hold_changed")
    assert [one["step"] for one in found] == ["set", "lifted"]
    assert kinds(session, story.case)[-2:] == [EventKind.HOLD_SET, EventKind.HOLD_LIFTED]


def test_only_the_supervisor_holds(browser: Browser, session: Session, story: Story) -> None:
    for user in (story.chair, story.worker):
        browser.sign_in(user).open(f"/cases/{story.case.id}/erasure/holds/new", expect=403)


def test_who_does_not_see_all_cases_of_the_child_asks_for_nothing(
    session: Session, story: Story
) -> None:
    other = CaseFactory(
        worked_by=UnitFactory(commune_code=TAN_HUNG), of_child=child_of(session, story.case)
    )
    close(session, other)
    with pytest.raises(NotAllSeen):
        ask(session, story.chair, story.case)
    session.rollback()
    request = ask(session, story.supervisor, story.case)
    with pytest.raises(NotAllSeen):
        decide(session, story.chair, request)


# What goes, what stays


def test_all_records_of_the_child_go(session: Session, story: Story, second: User) -> None:
    """One that was merged into it, too, and every case of it."""
    twin = ChildFactory(full_name="Nguyễn Minh Ánh", national_id_hash=b"x" * 16)
    later = CaseFactory(worked_by=story.unit, of_child=twin)
    close(session, later)
    kept = child_of(session, story.case)
    merge_children(
        session, actor=actor_of(story.chair), kept=kept, merged_id=twin.id,
        reason="Cùng một trẻ", now=clock.now(),
    )  # fmt: skip
    session.commit()
    erase(session, agreed(session, story, second))
    session.refresh(twin)
    assert twin.key.is_destroyed
    assert twin.national_id_hash is None
    assert kinds(session, later)[-1] is EventKind.CHILD_ERASED


def agreed(session: Session, story: Story, second: User) -> ErasureRequest:
    request = ask(session, story.supervisor, story.case)
    decide(session, second, request)
    return request


def test_a_sibling_keeps_the_report(session: Session, story: Story, second: User) -> None:
    case = story.case
    report = session.get_one(Report, case.report_id)
    report.child_condition = "Hai chị em bị đánh"
    sibling = CaseFactory(worked_by=story.unit, of_child=ChildFactory(), of_report=report)
    session.commit()
    request = agreed(session, story, second)
    erase(session, request)
    assert session.get_one(Report, sibling.report_id).child_condition == "Hai chị em bị đánh"
    session.refresh(case)
    part = session.get_one(Report, case.report_id)
    assert part.id != report.id
    assert part.split_from_id == report.id
    assert (part.child_condition, part.family_context) == ("đã xóa", None)
    assert (part.category, part.received_at) == (report.category, report.received_at)
    close(session, sibling)
    story.case = sibling
    erase(session, agreed(session, story, second))  # the last one takes it along
    session.expire_all()
    assert session.get_one(Report, report.id).child_condition == "đã xóa"


def test_unsent_words_and_exports_go(session: Session, story: Story, second: User) -> None:
    save_draft(
        session, actor=actor_of(story.worker), form="visit", subject_id=story.case.id,
        fields=[("note", "Em Minh Anh kể lại")], now=clock.now(),
    )  # fmt: skip
    request = agreed(session, story, second)
    erase(session, request)
    assert session.scalar(select(func.count(Draft.id))) == 0


def test_the_log_still_verifies(session: Session, story: Story, second: User) -> None:
    erase(session, agreed(session, story, second))
    assert verify(session, [], now=clock.now()).is_intact


def test_nothing_more_is_written_about_the_child(
    browser: Browser, session: Session, story: Story, second: User
) -> None:
    erase(session, agreed(session, story, second))
    with pytest.raises(KeyDestroyed):
        ask(session, story.supervisor, story.case)
    session.rollback()
    with pytest.raises(KeyDestroyed):
        hold(session, story)
    session.rollback()
    page = browser.sign_in(story.supervisor).open(f"/cases/{story.case.id}/erasure/")
    assert not page.select("a[href$='/erasure/new'], a[href$='/holds/new']")
    assert "đã được xóa" in page.get_text()


def test_one_that_fails_does_not_hold_up_the_others(
    session: Session, story: Story, second: User
) -> None:
    """Each child is a transaction of its own, and the job is seen to fail."""
    first = agreed(session, story, second)
    failing = story.case.child_id
    story.case = CaseFactory(worked_by=story.unit, of_child=ChildFactory())
    close(session, story.case)
    other = agreed(session, story, second)

    def break_off(_session: Session, ids: ChildIds, _now: datetime) -> Destroyed:
        if failing in ids.children:
            raise ValueError
        return Destroyed()

    FORGET.append(break_off)
    try:
        with pytest.raises(ErasureFailed):
            erase_due(session, clock.now() + timedelta(days=8))
    finally:
        FORGET.remove(break_off)
    session.rollback()
    session.expire_all()
    assert (first.state, other.state) == (ErasureState.AGREED, ErasureState.DONE)
    erase(session, first)  # the next run makes it good
    assert first.state is ErasureState.DONE


def test_two_schedulers_erase_once(session: Session, story: Story, second: User) -> None:
    request = agreed(session, story, second)
    for _ in range(2):
        erase_due(session, clock.now() + timedelta(days=8))
    session.rollback()
    assert len(steps(session, story.case, "child.erased")) == 1
    assert kinds(session, story.case).count(EventKind.CHILD_ERASED) == 1
    assert session.get_one(ErasureRequest, request.id).state is ErasureState.DONE


# Every page, and every word


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def cage(session: Session, world: World) -> Cage:
    return fill(session, world.mine)


@pytest.fixture
def erased(session: Session, world: World, cage: Cage) -> Case:
    """The case of `world.mine`, full of canaries, after the erasure of its child."""
    case = session.get_one(Case, world.mine.ids["case_id"])
    now = clock.now()
    ended: list[tuple[Any, dict[str, Any]]] = [
        (Case, {"is_ended": True, "state": CaseState.CLOSED, "ended_at": now, "check_on": None}),
        (LegalHold, {"until": now}),
        (ErasureRequest, {"state": ErasureState.REFUSED, "ended_at": now}),
        (GroupMembership, {"until": clock.today()}),
    ]
    for table, values in ended:
        session.execute(update(table).values(**values))
    session.execute(text("UPDATE deadlines SET closed_at = now() WHERE closed_at IS NULL"))
    session.execute(
        update(Referral)
        .where(Referral.state.in_(OPEN) | Referral.is_disputed)
        .values(state="completed", is_disputed=False)
    )
    session.commit()
    session.expire_all()
    supervisor = world.mine.users[Role.SUPERVISOR]
    request = ask(session, world.mine.users[Role.COMMUNE_CHAIR], case)
    decide(session, supervisor, request)
    erase(session, request)
    assert request.state is ErasureState.DONE, request.obstacles
    return session.get_one(Case, case.id)


# No words about the child: why somebody asked, under a key of their own; the row of a spreadsheet
# that is nobody known.
OF_STAFF = ("Export.", "ErasureRequest.", "SheetImport.", "ImportRow.")


def gone(cage: Cage) -> list[Any]:
    return [one for one in cage.canaries if not one.where.startswith(OF_STAFF)]


def readable(session: Session) -> str:
    """Everything that the keyset in hand opens, of every table, and what stands in clear."""
    found = []
    for table in SealedRow.__subclasses__():
        names = [name for name, one in vars(table).items() if isinstance(one, Sealed)]
        for row in session.scalars(select(table)).unique():
            found += [str(getattr(row, name)) for name in names]
    return "\n".join(found)


def test_the_keyset_in_hand_opens_no_word_of_the_child(
    session: Session, cage: Cage, world: World
) -> None:
    before = readable(session)
    assert [one.where for one in gone(cage) if not one.is_in(before)] == []


def test_after_the_erasure_it_opens_none(
    session: Session, cage: Cage, erased: Case, world: World
) -> None:
    after = readable(session)
    assert [one.where for one in gone(cage) if one.is_in(after)] == []
    assert session.get(ImportRow, world.mine.ids["row_id"]) is None  # it was alike: had the name
    child = child_of(session, erased)
    assert child.national_id_hash is None
    carers = session.scalars(select(Carer.phone_hash).where(Carer.child_id == child.id))
    assert set(carers) == {None}
    keys = session.scalar(
        select(func.count()).select_from(DataKey).where(DataKey.destroyed_at.is_not(None))
    )
    assert keys is not None
    assert keys >= 4


def test_no_file_and_no_export_of_it_is_left(session: Session, erased: Case) -> None:
    exports = session.scalars(select(Export).where(Export.file_id.is_not(None))).unique()
    assert not any(str(erased.id) in one.case_ids for one in exports)
    of_child = select(FileChunk.id).where(
        FileChunk.file_id.in_(
            text(
                "SELECT f.id FROM stored_files f JOIN data_keys k ON k.id = f.key_id"
                " WHERE k.wrapped IS NULL"
            )
        )
    )
    assert session.scalars(of_child).all() == []


def test_no_name_is_found_any_more(
    browser: Browser, session: Session, cage: Cage, erased: Case, world: World
) -> None:
    words = {one.where: one.spellings[0] for one in cage.canaries}
    browser.sign_in(world.mine.users[Role.SUPERVISOR])
    for where in ("Child.full_name", "Child.aliases", "Child.national_id"):
        page = browser.submit("people.search", {"q": words[where]}, expect=200)
        assert erased.number not in page.select_one("main").get_text(), where
    found = browser.submit("people.search", {"q": erased.number}, expect=200)
    assert "đã xóa" in found.select_one("main").get_text()


def test_lists_and_exports_count_as_before(
    browser: Browser, session: Session, story: Story, second: User
) -> None:
    asker = actor_of(story.worker)
    before = EXPORTS["cases"].size(session, asker, "show=ended", clock.now())
    erase(session, agreed(session, story, second))
    assert EXPORTS["cases"].size(session, asker, "show=ended", clock.now()) == before
    listed = browser.sign_in(story.worker).open("/cases/?show=ended").select_one("main").get_text()
    assert story.case.number in listed
    assert "đã xóa" in listed
    data = ExportData("cases", "show=ended", "Đối chiếu với sổ theo dõi của phường")
    ask_export(session, actor=asker, data=data, now=clock.now())
    session.commit()
    run_waiting(session, clock.now())
    session.rollback()
    assert session.scalars(select(Export)).unique().one().made_at is not None


def test_an_export_that_holds_the_child_goes(session: Session, story: Story, second: User) -> None:
    asker = actor_of(story.worker)
    data = ExportData("cases", "show=ended", "Đối chiếu với sổ theo dõi của phường")
    export = ask_export(session, actor=asker, data=data, now=clock.now())
    session.commit()
    run_waiting(session, clock.now())
    session.rollback()
    session.refresh(export)
    file_key = session.get_one(StoredFile, export.file_id).key_id
    request = agreed(session, story, second)
    session.execute(update(Export).values(made_at=clock.now() + timedelta(days=7)))  # kept still
    erase(session, request)
    session.refresh(export)
    assert export.file_id is None
    assert session.get_one(DataKey, file_key).is_destroyed
    assert session.scalar(select(func.count(FileChunk.id))) == 0


def test_reminders_go_on(session: Session, erased: Case, caplog: pytest.LogCaptureFixture) -> None:
    remind(session, clock.now() + timedelta(days=1))
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == []


@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("role", short_for([], READERS))
def test_every_form_answers(
    app: Flask, session: Session, world: World, cage: Cage, erased: Case, role: Role
) -> None:
    browser = Browser(app, session).sign_in(world.mine.users[role])
    for path, answer in posts(app, browser, world.mine.ids):
        assert answer.status_code < 500, f"{path}: {answer.status_code}"
        page = squeezed(answer)
        assert [one.where for one in gone(cage) if one.is_in(page)] == [], path


def test_two_answer_at_once(app: Flask, session: Session, story: Story, second: User) -> None:
    request = ask(session, story.chair, story.case)
    people, start = [actor_of(one) for one in (story.supervisor, second)], threading.Barrier(2)

    def answer(actor: Actor) -> str:
        with app.app_context(), db.sessionmaker() as mine:
            case = mine.get_one(Case, request.case_id)
            start.wait()
            try:
                services.decide_erasure(
                    mine, actor=actor, case=case, erasure_id=request.id, is_yes=True,
                    answer=None, now=clock.now(),
                )  # fmt: skip
            except ErasureAnswered:
                return "late"
            mine.commit()
            return "done"

    with ThreadPoolExecutor(2) as pool:
        said = [one.result() for one in [pool.submit(answer, actor) for actor in people]]
    assert sorted(said) == ["done", "late"]
    assert len(steps(session, story.case, "case.erasure_changed")) == 2


def test_what_is_being_erased_is_not_merged(session: Session, story: Story) -> None:
    twin = CaseFactory(worked_by=story.unit, of_child=ChildFactory())
    ask(session, story.chair, story.case)
    with pytest.raises(InvalidInput):
        merge_children(
            session, actor=actor_of(story.chair), kept=child_of(session, twin),
            merged_id=story.case.child_id, reason="Cùng một trẻ", now=clock.now(),
        )  # fmt: skip


@pytest.mark.wide
@pytest.mark.parametrize("role", [*READERS, Role.INTAKE, Role.UNIT_LEAD])
def test_every_page_goes_on(
    app: Flask, session: Session, world: World, cage: Cage, erased: Case, role: Role
) -> None:
    browser = Browser(app, session).sign_in(world.mine.users[role])
    seen = {}
    for path, answer in walk(app, browser, world.mine.ids, papers=role in READERS):
        assert answer.status_code < 500 or path.startswith("/readyz"), (
            f"{path}: {answer.status_code}"
        )
        seen[path] = (answer.status_code, squeezed(answer) if answer.status_code == 200 else "")
    leaks = [
        (path, one.where)
        for path, (_status, page) in seen.items()
        for one in gone(cage)
        if one.is_in(page)
    ]
    assert leaks == []
    if role in READERS:
        assert "đãxóa" in seen[f"/cases/{erased.id}"][1]
