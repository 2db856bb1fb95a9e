"""A whole case: report, assessments, meeting, plan, returned, approved, separation, services,
visits, review refused, second cycle, closed, reopened; on a phone, and at the others' desks."""

from collections.abc import Iterable

import pytest
from sqlalchemy import text

from app.cases.enums import EventKind
from app.cases.labels import EVENT_TITLES
from tests.stories import whole_case as step
from tests.stories.axe import Examiner
from tests.stories.conftest import Visit
from tests.stories.pages import SEEN
from tests.stories.place import Place
from tests.stories.visitor import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.wide, pytest.mark.timeout(900)]

# Of referrals and consents: tests/stories/test_three_agencies.py.
WITH_AGENCIES = frozenset(
    kind for kind in EventKind if kind.startswith(("referral_", "consent_", "prosecution_"))
) | {EventKind.PROCURACY_INFORMED, EventKind.ROOM_NOTE}
# Not of this story: a second worker, a lowered level, corrections, another commune, groups, a
# second record of the child, what nobody answered (tests/stories/test_reminders.py), legal holds
# and erasure, emergency openings.
ELSEWHERE = frozenset(
    {
        *(EventKind.ASSIGNED, EventKind.OVERRIDE_ASKED, EventKind.OVERRIDE_DECIDED),
        *(EventKind.NO_MEASURE_NEEDED,),
        *(EventKind.CHILD_EDITED, EventKind.REPORT_CORRECTED, EventKind.NOTE),
        *(EventKind.TRANSFER_OFFERED, EventKind.TRANSFER_ANSWERED, EventKind.CARE_REFUSED),
        *(EventKind.GROUP_RECORDED, EventKind.GROUP_ENDED, EventKind.YEARLY_REVIEWED),
        *(EventKind.RECORDS_MERGED, EventKind.RECORDS_SEPARATED, EventKind.FILE_REMOVED),
        *(EventKind.REMINDER_ESCALATED, EventKind.REMINDER_WAIVED),
        *(kind for kind in EventKind if kind.startswith(("hold_", "erasure_", "glass_"))),
        EventKind.CHILD_ERASED,
    }
)
SAID = {  # titles that say what it was
    EventKind.MEASURE: "Đưa em đi khám ngay",
    EventKind.ACTIVITY_CHANGED: "Gia đình tự giám sát được",
}


def test_a_whole_case(place: Place, visit: Visit) -> None:
    desk, worker, chair, supervisor = visit(), visit(width=PHONE), visit(), visit()
    examined = Examiner(SEEN)
    for visitor in (desk, worker, chair, supervisor):
        visitor.on_page = examined
    number = step.report(desk)
    case = first_days(place, worker, chair, number)
    plan_it(place, worker, chair, case)
    keep_it_safe(place, worker, chair, case)
    first_cycle(place, worker, chair, case)
    second_cycle(place, worker, chair, case)
    further = closed_and_reopened(place, worker, chair, case)
    assert_linked(worker, case, further, number)
    assert_all_told(place, worker, supervisor, case)
    assert examined.found == []


def first_days(place: Place, worker: Visitor, chair: Visitor, number: str) -> str:
    """Within twelve hours; then the specific assessment and the call for the meeting."""
    case = step.take_over(worker, number)
    step.assess_first(worker, case)
    step.add_photo(worker, case)
    chair.sign_in("chair")
    place.let_pass(days=1)
    step.assess_specifically(worker, case)
    step.ask_for_time(worker, case)
    step.answer_for_time(chair, case)
    step.call_meeting(worker, case)
    return case


def plan_it(place: Place, worker: Visitor, chair: Visitor, case: str) -> None:
    """The meeting; a plan that lacks a goal, is returned, is mended, is approved."""
    place.let_pass(days=2)
    step.hold_meeting(worker, case)
    step.draft_plan(worker, case)
    step.add_goal_and_submit(worker, case)
    step.return_plan(chair, case)
    step.mend_plan(worker, case)
    step.approve_plan(chair, case, "27/QĐ-UBND")


def keep_it_safe(place: Place, worker: Visitor, chair: Visitor, case: str) -> None:
    """Separated for fourteen days; the page gets louder on the twelfth and the last of them."""
    step.ask_separation(worker, case)
    step.decide_separation(chair, case)
    step.read_shelter(worker, case)
    step.visit_child(worker, case, "Em ăn được, còn sợ")
    place.let_pass(days=12)
    chair.go(f"{case}/care")
    assert "Đánh giá lại cha, mẹ, người chăm sóc và chuẩn bị kết thúc cách ly." in chair.text
    worker.go(f"{case}/follow-up")
    assert worker.page.locator("li.missed").count() == 1, "a visit that was not made is seen"
    place.let_pass(days=1)
    chair.go(f"{case}/care")
    assert "Sắp hết thời hạn." in chair.text
    step.extend_separation(chair, case)
    step.end_separation(worker, case)
    step.ask_care(worker, case)
    step.decide_care(chair, case)


def first_cycle(place: Place, worker: Visitor, chair: Visitor, case: str) -> None:
    """Closing is refused by what is open, which the page names; then by the Chair."""
    step.give_service(worker, case, 0, finishes=True)
    step.review(worker, case, "close", expect=422)
    assert "Còn 1 hoạt động của kế hoạch chưa xong" in worker.text
    assert "Trẻ em chưa được giao cho người nhận chăm sóc thay thế." in worker.text
    step.hand_over(worker, case)
    step.visit_child(worker, case, "Em vui, đi học đều")
    step.finish_activity(worker, case, 1)
    step.end_care(chair, case)
    step.review(worker, case, "close")
    assert "Đề nghị đóng hồ sơ đang chờ Chủ tịch." in worker.text
    step.refuse_closing(chair, case, "Mẹ chưa học xong lớp kỹ năng")
    worker.go(f"{case}/reviews")
    assert "Mẹ chưa học xong lớp kỹ năng" in worker.text
    step.review(worker, case, "new_cycle", level="MEDIUM")
    assert "Bắt đầu chu kỳ mới" in worker.text


def second_cycle(place: Place, worker: Visitor, chair: Visitor, case: str) -> None:
    """Another plan; an edit voids its approval; approved again and done."""
    place.let_pass(days=1)
    step.draft_plan(worker, case)
    step.add_goal_and_submit(worker, case)
    step.approve_plan(chair, case, "45/QĐ-UBND")
    step.edit_after_approval(worker, case)
    step.approve_plan(chair, case, "46/QĐ-UBND")
    place.let_pass(days=9)
    for number in range(len(step.ACTIVITIES)):
        step.give_service(worker, case, number, finishes=True)
    step.visit_child(worker, case, "Mẹ đã học xong, nhà yên ổn")


def closed_and_reopened(place: Place, worker: Visitor, chair: Visitor, case: str) -> str:
    step.review(worker, case, "close")
    step.close(chair, case)
    place.let_pass(days=90)
    step.check_again(worker, case)
    return step.reopen(worker)


def assert_linked(worker: Visitor, case: str, further: str, number: str) -> None:
    """Each episode leads to the other; the old one stays closed, the new one has its own clock."""
    assert further != case
    worker.go(f"{further}/reviews").press(number)
    assert worker.path.startswith(case)
    worker.go(f"{case}/reviews")
    assert worker.page.locator(f"main a[href^='{further}']").count() == 1
    worker.go(further)
    assert "Can thiệp khẩn cấp" in worker.text
    assert step.CHILD in worker.heading


def assert_all_told(place: Place, worker: Visitor, supervisor: Visitor, case: str) -> None:
    """Every kind of event of the story is on the timeline, and in the supervisor's audit."""
    kinds = set(EventKind) - ELSEWHERE - WITH_AGENCIES
    assert kinds_of(place, case) == kinds
    assert unsaid(kinds, whole_log(worker.go(f"{case}/timeline"))) == []
    audit = whole_log(supervisor.sign_in("supervisor").go(f"{case}/timeline?audit=1"))
    assert unsaid(kinds, audit) == []
    for trace in ("Mở hồ sơ lần đầu", "In biểu mẫu", "Xem hồ sơ"):
        assert trace in audit, trace


def unsaid(kinds: Iterable[EventKind], log: str) -> list[EventKind]:
    return [kind for kind in kinds if (SAID.get(kind) or str(EVENT_TITLES[kind])) not in log]


def kinds_of(place: Place, case: str) -> set[str]:
    asked = text("SELECT DISTINCT kind FROM case_events WHERE case_id = :case")
    with place.superuser.connect() as connection:
        return set(connection.scalars(asked, {"case": case.rpartition("/")[2]}))


def whole_log(visitor: Visitor) -> str:
    """The words of all pages of the log."""
    words = visitor.text
    while visitor.page.locator("main a[rel=next]").count():
        words += visitor.press("Cũ hơn").text
    return words
