"""One package, several people at once: the worker on a phone, hospital, police and school at their
desks. One accepts and helps, one asks first, one declines and the need goes to another; in the end
the outcome stands on the child's timeline, and the supervisor sees how long each took."""

import re

import pytest
from sqlalchemy import text

from app.cases.enums import EventKind
from app.cases.labels import EVENT_TITLES
from tests.stories import three_agencies as step
from tests.stories import whole_case
from tests.stories.axe import Examiner
from tests.stories.conftest import Visit
from tests.stories.pages import SEEN
from tests.stories.place import Place
from tests.stories.three_agencies import CARE, CRIME, LESSONS, PACKAGE, SAFETY, TALK, Slip
from tests.stories.visitor import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.wide]

K = EventKind
TOLD = (
    *(K.CONSENT_GIVEN, K.REFERRAL_SENT, K.REFERRAL_OPENED, K.REFERRAL_ASKED, K.REFERRAL_REPLIED),
    *(K.REFERRAL_ACCEPTED, K.REFERRAL_DECLINED, K.REFERRAL_CONTACTED, K.REFERRAL_DELIVERED),
    *(K.REFERRAL_COMPLETED, K.REFERRAL_ENDED, K.CONSENT_WITHDRAWN),
)
ON_THE_LOG = (  # of needs whose entries are closed to a supervisor as well
    *("Gửi phiếu. Cấp cứu", "Đã xem. Cấp cứu", "Nhận. Cấp cứu", "Cung cấp dịch vụ. Cấp cứu"),
    *("Báo kết quả. Cấp cứu", "Hỏi thêm thông tin. Tiếp nhận tố giác", "Từ chối. Tham vấn"),
    *("Hết chỗ, không đủ người.", "Gửi cho đơn vị khác. Tham vấn", "Thu hồi. Bảo vệ an toàn"),
)


def test_three_agencies_and_one_package(place: Place, visit: Visit) -> None:
    worker, supervisor = visit(width=PHONE), visit()
    hospital, police, school = visit(), visit(), visit()
    examined = Examiner(SEEN)
    for visitor in (worker, supervisor, hospital, police, school):
        visitor.on_page = examined
    number = whole_case.report(visit())
    case = whole_case.take_over(worker, number)
    sent = ask_all_at_once(place, worker, case)
    place.let_pass(hours=1)
    the_hospital_helps(hospital.sign_in("hospital"), sent[CARE])
    the_police_asks_first(place, police.sign_in("police"), worker, sent)
    again = the_school_declines(school.sign_in("school"), worker, sent[TALK])
    doors_close(worker, case, police, school, sent)
    step.close(worker, sent[CARE])
    assert_of_its_own_only(hospital, sent[CARE])
    assert_on_the_timeline(worker, case)
    assert_seen_from_above(supervisor, case, sent, again)
    assert examined.found == []


def ask_all_at_once(place: Place, worker: Visitor, case: str) -> dict[str, Slip]:
    step.record_consent(worker, case)
    step.take_package(worker, case)
    step.edit_package(worker)
    step.preview(worker)
    sent = step.send_once(worker, case)
    counted = text("SELECT count(*) FROM referrals WHERE case_id = :case")
    with place.superuser.connect() as connection:
        asked = {"case": case.rpartition("/")[2]}
        assert connection.scalar(counted, asked) == len(PACKAGE)
    return sent


def the_hospital_helps(hospital: Visitor, slip: Slip) -> None:
    step.accept(hospital, slip)
    step.help_child(hospital, slip)


def the_police_asks_first(
    place: Place, police: Visitor, worker: Visitor, sent: dict[str, Slip]
) -> None:
    """The question stops the clock; four hours later the other answer is late."""
    step.look_at(police, sent[CRIME])
    step.answer(police, "ask", sent[CRIME], question=step.QUESTION)
    place.let_pass(hours=4)
    step.reply(worker, sent[CRIME])
    assert step.ANSWER in step.look_at(police, sent[CRIME])
    step.answer(police, "accept", sent[CRIME])
    step.accept(police, sent[SAFETY])


def the_school_declines(school: Visitor, worker: Visitor, slip: Slip) -> Slip:
    """With a reason; the need goes to the centre of social work. Returns that referral."""
    step.look_at(school, slip)
    note = "Thầy tư vấn nghỉ phép hết tháng"
    step.answer(school, "decline", slip, code="no_capacity", note=note)
    assert note in worker.go(slip.path).text
    again = step.send_elsewhere(worker, slip, step.SHELTER)
    assert "đã xong" in school.go(f"/referrals/inbox?number={slip.number}").text.lower()
    return again


def doors_close(
    worker: Visitor, case: str, police: Visitor, school: Visitor, sent: dict[str, Slip]
) -> None:
    """A recall and a withdrawn consent: the next request of either shows nothing."""
    step.accept(school, sent[LESSONS])
    step.withdraw_consent(worker, case)
    step.assert_closed(school, sent[LESSONS], "Sự đồng ý không còn")
    step.recall(worker, sent[SAFETY])
    step.assert_closed(police, sent[SAFETY], "Nơi gửi thu hồi")
    assert step.CHILD in police.go(sent[CRIME].path).text, "the other one goes on"


def assert_of_its_own_only(hospital: Visitor, slip: Slip) -> None:
    """The hospital helps the child, and reads not a word of what the police were told."""
    pages = step.all_that(hospital, slip)
    assert [path for path, page in pages.items() if step.CHILD in page]
    assert {path: step.spoken(page, step.OF_THE_POLICE) for path, page in pages.items()} == {
        path: [] for path in pages
    }


def assert_on_the_timeline(worker: Visitor, case: str) -> None:
    """What came of it, by itself, and each kind of step before it."""
    log = whole_case_log(worker.go(f"{case}/timeline"))
    assert "Nhu cầu đã được đáp ứng" in log and step.OUTCOME in log
    assert [kind for kind in TOLD if str(EVENT_TITLES[kind]) not in log] == []


def whole_case_log(visitor: Visitor) -> str:
    words = visitor.text
    while visitor.page.locator("main a[rel=next]").count():
        words += visitor.press("Cũ hơn").text
    return words


def assert_seen_from_above(
    supervisor: Visitor, case: str, sent: dict[str, Slip], again: Slip
) -> None:
    """In the list, in the measures and on the log: when each was sent, seen, answered, how late."""
    supervisor.sign_in("supervisor")
    for slip, state in ((sent[CARE], "Đã kết thúc"), (sent[TALK], "Từ chối"), (again, "Đã gửi")):
        supervisor.go(f"/referrals/sent?number={slip.number}")
        card = supervisor.page.locator("ul.cards > li", has_text=slip.number)
        assert state in card.inner_text()
    late = supervisor.go(sent[SAFETY].path).page.locator("[aria-labelledby=clocks-title]")
    assert re.search(r"Trả lời.*muộn", late.inner_text(), re.DOTALL)
    kept = supervisor.go(sent[CARE].path).page.locator("[aria-labelledby=clocks-title]")
    assert re.search(r"Trả lời.*đúng hạn", kept.inner_text(), re.DOTALL)
    assert_measured(supervisor, sent)
    audit = whole_case_log(supervisor.go(f"{case}/timeline?audit=1"))
    assert step.spoken(audit, ON_THE_LOG) == list(ON_THE_LOG)
    assert step.OUTCOME not in audit, "words of health stay closed"


def assert_measured(supervisor: Visitor, sent: dict[str, Slip]) -> None:
    supervisor.go("/referrals/measures/")
    hospital = supervisor.page.locator("main tr", has_text=step.HOSPITAL).first
    assert re.search(r"\d+ (giờ|phút)", hospital.inner_text())
    late = supervisor.go("/referrals/measures/list?what=late_answer").text
    assert sent[SAFETY].number in late and sent[CARE].number not in late
    declined = supervisor.go("/referrals/measures/list?what=declined&reason=no_capacity").text
    assert sent[TALK].number in declined
