"""The steps of a whole case, each as the one who takes it sees it: pages, forms, buttons.

Every step begins at an address of the case and ends with what the page says; `case` is the path of
the case, "/cases/<id>".
"""

import re
from base64 import b64decode
from datetime import timedelta
from io import BytesIO
from unicodedata import normalize

from playwright.sync_api import Locator
from pypdf import PdfReader

from app.core import clock
from tests.stories.visitor import Visitor

PHO_HIEN = "11953"
CHILD = "Nghiêm Thị Hạ Vy"
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HARM, PROTECTION = ("H1", "H2", "H3", "H4", "H5"), ("P1", "P2", "P3", "P4", "P5")
DOMAINS = ("safety", "health", "psychology", "care", "education", "legal", "integration", "family")
BAD = {"safety": "Bố dượng còn ở chung nhà", "psychology": "Ngủ mơ, sợ người lớn"}
STATES = ("physical", "psychological", "cognitive", "emotional")


def day(offset: int = 0) -> str:
    return (clock.today() + timedelta(days=offset)).strftime("%d/%m/%Y")


def said_in(pdf: bytes) -> str:
    """The words of a PDF, in one line."""
    pages = (page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return normalize("NFC", " ".join(" ".join(pages).split()))


def link_to(visitor: Visitor, words: str) -> str:
    """Where the first link of these words leads."""
    return str(visitor.page.locator("main a", has_text=words).first.get_attribute("href"))


# --- the report and the first twelve hours


def report(desk: Visitor) -> str:
    """Mẫu số 01 without a commune; then the desk finds it. Returns the number of the case."""
    desk.sign_in("intake").press("Báo tin mới (Mẫu số 01)")
    desk.choose(category="abused", channel="phone", sex="female", abuse_forms="VIOLENCE")
    desk.choose(is_present_danger="y", is_caregiver_suspected="y", reporter_consents="y")
    desk.fill(child_name=CHILD, est_age="9", child_condition="Có vết roi, sợ về nhà")
    desk.fill(mother_name="Đoàn Thị Lụa", reporter_name="Cô giáo Kiều", reporter_phone="0987654321")
    desk.send("#intake")
    number = desk.heading
    assert "Chưa chuyển về xã, phường nào" in desk.text
    desk.press("Chuyển tin báo").choose(event_commune=PHO_HIEN).press("Chuyển ngay")
    assert "Đã chuyển đến Ủy ban nhân dân phường Phố Hiến" in desk.text
    return number


def take_over(worker: Visitor, number: str) -> str:
    """From the worker's home to the case; the report is verified. Returns the path of the case."""
    worker.sign_in("worker").page.locator("main a.btn", has_text=CHILD).click()
    worker.page.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}$"))
    case = worker.path
    assert number in worker.text
    assert "Không liên hệ người chăm sóc" in worker.text
    worker.go(f"{case}/verification").choose(outcome="confirmed").send("#verification")
    worker.go(f"{case}/informant").fill(reason="Hỏi lại giờ em rời lớp").press("Mở thông tin")
    assert "Cô giáo Kiều" in worker.text
    return case


def assess_first(worker: Visitor, case: str) -> None:
    """Mẫu số 02 and a measure within the twelve hours."""
    worker.go(f"{case}/initial-assessment").choose(H1="HIGH", H2="HIGH", P1="LOW", P2="LOW")
    worker.send("#assess-form")
    assert "Trường hợp khẩn cấp" in worker.text
    worker.go(f"{case}/measures/new").choose(kind="medical_care")
    worker.fill(description="Đưa em đi khám ngay", performed_by="Trạm y tế")
    worker.send("#measure-form")
    assert "Đã ghi biện pháp" in worker.text


def add_photo(worker: Visitor, case: str) -> None:
    worker.go(f"{case}/files/").press("Thêm tài liệu").choose(kind="photo")
    worker.fill(title="Sân sau nơi em ở").page.set_input_files(
        "#file", {"name": "san.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    worker.send("#file-form")
    assert "Sân sau nơi em ở" in worker.text


def ask_for_time(worker: Visitor, case: str) -> None:
    worker.go(case)
    worker.go(link_to(worker, "Xin gia hạn")).fill(
        until=day(11), reason="Chờ kết luận giám định thương tích"
    )
    worker.page.locator("#until-time").fill("17:00")
    worker.send("#extension-form")


def answer_for_time(chair: Visitor, case: str) -> None:
    chair.go(case)
    chair.go(link_to(chair, "Trả lời đề nghị gia hạn")).choose(decision="approved").send(
        "#extension-decision"
    )


# --- Mẫu số 03 and the meeting


def assess_specifically(worker: Visitor, case: str) -> None:
    worker.go(f"{case}/specific-assessments/new")
    worker.fill(physical_state="Vết bầm đã mờ", family_context="Mẹ làm ca đêm")
    worker.choose(**dict.fromkeys(HARM, "MEDIUM"), **dict.fromkeys(PROTECTION, "LOW"))
    worker.choose(H2="HIGH", **{f"need_{d}": "HIGH" if d in BAD else "none" for d in DOMAINS})
    worker.send("#specific-form", expect=422)
    assert "Mức Cao hoặc Trung bình: ghi vấn đề của trẻ em." in worker.text
    worker.fill(**{f"problem_{domain}": words for domain, words in BAD.items()})
    worker.send("#specific-form")
    assert "Đã lưu đánh giá cụ thể (Mẫu số 03)." in worker.text
    assert "Vết bầm đã mờ" in said_in(worker.download(link_to(worker, "In Mẫu số 03")))


def call_meeting(worker: Visitor, case: str) -> None:
    """For tomorrow; the suspected caregiver is not among those proposed."""
    worker.go(f"{case}/meetings/").press("Ghi cuộc họp").choose(step="called")
    worker.fill(happened_at=day(1), place="Phòng họp Ủy ban nhân dân")
    worker.fill(**{"people-0-name": "Chủ tịch phường", "people-2-name": "Bà tổ trưởng"})
    worker.send("#conference-form")
    assert "Đã lưu lịch họp." in worker.text


def hold_meeting(worker: Visitor, case: str) -> None:
    """The minutes, with the child's view in a field of its own."""
    worker.go(f"{case}/meetings/").press("Ghi biên bản").choose(step="held")
    worker.choose(**{"people-0-is_present": "y", "people-1-is_present": "y"})
    worker.fill(
        situation="Em đã được khám",
        child_view="Con muốn ở với bà",
        family_view="Mẹ đồng ý",
        decisions="Lập kế hoạch hỗ trợ",
        dissent="Đại diện tổ dân phố đề nghị hòa giải",
    )
    worker.fill(**{"actions-0-what": "Liên hệ nhà trường", "actions-0-due_on": day(3)})
    worker.send("#conference-form")
    assert "Đã lưu biên bản cuộc họp." in worker.text
    words = said_in(worker.download(link_to(worker, "Biên bản (PDF)")))
    assert "Con muốn ở với bà" in words


# --- the plan and its decision


def draft_plan(worker: Visitor, case: str) -> None:
    """Drafted with one goal too few: the page says which, and it cannot be submitted."""
    worker.go(f"{case}/plan/edit")
    domains = [worker.value(f"goals-{n}-domain") for n in range(len(BAD))]
    assert set(domains) == set(BAD), "each badly scored domain waits for its goal"
    worker.fill(general_goal="Em được an toàn", monitoring="Thăm mỗi tuần", review_on=day(60))
    worker.fill(**{f"goals-{domains.index('safety')}-text": "Không còn bị đánh"})
    for number in range(2):
        add_activity(worker, number)
    worker.send("#plan-form")
    assert "Đã lưu kế hoạch." in worker.text
    assert "Cần có mục tiêu" in worker.text


ACTIVITIES = (
    ("Tư vấn tâm lý cho em", "psychology", "care_recovery"),
    ("Giám sát nơi em ở", "safety", "monitoring"),
)


def add_activity(worker: Visitor, number: int) -> None:
    what, domain, service = ACTIVITIES[number]
    row = f"activities-{number}"
    if not worker.page.locator(f"main [name='{row}-what']:visible").count():
        worker.page.locator("[name=add_activity]").click()
    worker.choose(**{f"{row}-domain": domain, f"{row}-service_type": service})
    worker.fill(**{f"{row}-what": what, f"{row}-responsible": "Cán bộ bảo vệ trẻ em"})
    worker.fill(**{f"{row}-starts_on": day(), f"{row}-ends_on": day(10)})


def add_goal_and_submit(worker: Visitor, case: str) -> None:
    worker.go(f"{case}/plan/edit")
    for number in range(len(BAD)):
        if not worker.value(f"goals-{number}-text"):
            worker.fill(**{f"goals-{number}-text": "Em ngủ được, không còn sợ"})
    worker.send("#plan-form")
    submit_plan(worker)


def submit_plan(worker: Visitor) -> None:
    worker.send("#submit-plan")
    assert "Đã trình kế hoạch" in worker.text


def return_plan(chair: Visitor, case: str) -> None:
    """Refused without a reason; then returned with one."""
    chair.go(f"{case}/plan/decide").choose(decision="returned")
    chair.send("#decide-form", expect=422)
    chair.fill(reason="Ghi rõ ai phối hợp giám sát").send("#decide-form")
    assert "Đã trả lại kế hoạch, kèm lý do." in chair.text


def mend_plan(worker: Visitor, case: str) -> None:
    worker.go(f"{case}/plan")
    assert "Ghi rõ ai phối hợp giám sát" in worker.text
    worker.go(f"{case}/plan/edit").fill(**{"activities-1-coordinating": "Công an phường"})
    worker.send("#plan-form")
    submit_plan(worker)


def approve_plan(chair: Visitor, case: str, number: str) -> None:
    """The Chair sees what changed since the last decision, and signs Mẫu số 05."""
    chair.go(f"{case}/plan/decide").choose(decision="approved").fill(number=number)
    chair.send("#decide-form")
    assert "Đã phê duyệt kế hoạch" in chair.text
    decision = said_in(chair.download(link_to(chair, "Mẫu số 05 (PDF)")))
    assert number in decision


def edit_after_approval(worker: Visitor, case: str) -> None:
    """An edit voids the approval, and says so before and after."""
    worker.go(f"{case}/plan/edit").fill(monitoring="Thăm hai tuần một lần")
    worker.send("#plan-form", expect=422)
    worker.choose(confirm_void="y").send("#plan-form")
    assert "Phê duyệt trước đây đã mất hiệu lực" in worker.text
    submit_plan(worker)


# --- separation and substitute care


def ask_separation(worker: Visitor, case: str) -> None:
    worker.go(f"{case}/care").press("Đề nghị tạm thời cách ly")
    worker.choose(reason="harmed", place_kind="relatives")
    worker.fill(
        grounds="Bố dượng về nhà, dọa đánh tiếp",
        others="Bố dượng",
        place_name="Nhà bà ngoại",
        carer_meanwhile="Bà ngoại",
        address="Xóm 3, thôn Đông, nhà sau đình",
        ends_at=day(14),
    )
    worker.page.locator("main [name=ends_at]").nth(1).fill("08:00")
    worker.send("#care-form")
    assert "Đã gửi Chủ tịch" in worker.text


def decide_separation(chair: Visitor, case: str) -> None:
    chair.go(f"{case}/care").press("Xem và quyết định")
    chair.choose(decision="approved").fill(number="31/QĐ-UBND").send("#care-form")
    assert "Đã ghi quyết định của bạn." in chair.text
    words = said_in(chair.download(link_to(chair, "Mẫu số 07 (PDF)")))
    assert "Bố dượng về nhà, dọa đánh tiếp" in words
    assert "thôn Đông" not in words


def read_shelter(worker: Visitor, case: str) -> None:
    """The address only with a reason."""
    worker.go(f"{case}/care")
    assert "thôn Đông" not in worker.page.content()
    worker.press("Xem địa chỉ nơi ở").fill(reason="Đưa em đi khám lại").press("Mở địa chỉ")
    assert "thôn Đông" in worker.text


def extend_separation(chair: Visitor, case: str) -> None:
    """Two days more would be too long; until the fifteenth day it may be."""
    chair.go(f"{case}/care").press("Gia hạn")
    chair.fill(ends_at=day(9), reason="Chờ bà ngoại làm thủ tục", number="32/QĐ-UBND")
    chair.page.locator("main [name=ends_at]").nth(1).fill("00:01")
    chair.send("#care-form", expect=422)
    chair.fill(ends_at=day(2)).send("#care-form")
    assert "Đã gia hạn tạm thời cách ly." in chair.text


def end_separation(worker: Visitor, case: str) -> None:
    worker.go(f"{case}/care").press("Ghi kết thúc").choose(reason="substitute_care")
    worker.fill(note="Ở hẳn với bà ngoại").send("#care-form")
    assert "Đã ghi kết thúc cách ly." in worker.text


def ask_care(worker: Visitor, case: str) -> None:
    worker.go(f"{case}/care").press("Đề nghị chăm sóc thay thế").choose(form_of_care="relatives")
    worker.fill(carer_name="Vũ Thị Thơm", relation="bà ngoại", grounds="Em muốn ở với bà")
    worker.send("#care-form")


def decide_care(chair: Visitor, case: str) -> None:
    chair.go(f"{case}/care").press("Xem và quyết định")
    chair.choose(decision="approved").fill(number="40/QĐ-UBND").send("#care-form")


def hand_over(worker: Visitor, case: str) -> None:
    worker.go(f"{case}/care").press("Ghi giao, nhận trẻ em").fill(
        present="Chủ tịch phường; bà ngoại"
    )
    worker.send("#care-form")
    worker.go(f"{case}/care").press("Ghi lần thăm").choose(safety="safe")
    worker.fill(note="Em ăn ngủ tốt").send("#care-form")


def end_care(chair: Visitor, case: str) -> None:
    chair.go(f"{case}/care").press("Chấm dứt").choose(reason="family_reunited")
    chair.fill(next_place="Về với mẹ").press("Chấm dứt", within="#care-form")
    assert "đã chấm dứt" in chair.text


# --- services and visits


def give_service(worker: Visitor, case: str, number: int, *, finishes: bool) -> None:
    """Against an activity of the plan."""
    what, _domain, service = ACTIVITIES[number]
    worker.go(f"{case}/support/new").choose(kind="psychological", service_type=service)
    activity = worker.page.locator("main [name=activity_id] option", has_text=what).first
    worker.choose(activity_id=str(activity.get_attribute("value")))
    if finishes:
        worker.choose(finishes_activity="y")
    worker.fill(provider="Trung tâm công tác xã hội", quantity="2", amount="500.000")
    worker.choose(quantity_unit="session", fund_source="child_fund").send("#service-form")
    assert "Đã ghi hỗ trợ trẻ em nhận được." in worker.text


def visit_child(worker: Visitor, case: str, words: str) -> None:
    worker.go(f"{case}/follow-up/new").choose(kind="visit", is_child_seen="y", safety="safe")
    worker.fill(note=words).send("#follow-up-form")
    assert words in worker.text


def finish_activity(worker: Visitor, case: str, number: int) -> None:
    card: Locator = worker.go(f"{case}/plan").page.locator(
        "li.task", has_text=ACTIVITIES[number][0]
    )
    worker.go(str(card.get_by_role("link").get_attribute("href"))).choose(state="not_done")
    worker.fill(result="Gia đình tự giám sát được").send("#activity-form")


# --- review, closing and after


def review(
    worker: Visitor, case: str, proposal: str, *, level: str = "LOW", expect: int = 200
) -> None:
    """Mẫu số 06, all stable, or as `level` says."""
    worker.go(f"{case}/reviews/new")
    definition = worker.page.locator("main input[type=radio][value=HIGH]").evaluate_all(
        "all => all.map(one => one.name)"
    )
    good = {name: "HIGH" if name.startswith("P") else level for name in definition}
    worker.choose(**good, **{f"{state}_state": "stable" for state in STATES}, proposal=proposal)
    worker.fill(conclusion="Em đi học lại, vui hơn").send("#review-form", expect=expect)


def refuse_closing(chair: Visitor, case: str, reason: str) -> None:
    chair.go(f"{case}/reviews").press("Xem và quyết định").choose(decision="refused")
    chair.fill(reason=reason).send("#closing-form")
    assert "Đã trả lại. Công việc tiếp tục." in chair.text


def close(chair: Visitor, case: str) -> None:
    chair.go(f"{case}/reviews").press("Xem và quyết định").choose(decision="agreed")
    chair.fill(check_on=day(90)).send("#closing-form")
    assert "Đã đóng hồ sơ." in chair.text


def check_again(worker: Visitor, case: str) -> None:
    """After closing the child is not safe: the page leads to the reopening."""
    worker.go(f"{case}/reviews").press("Ghi lần kiểm tra lại").choose(is_safe="unsafe")
    worker.fill(words="Bố dượng lại uống rượu").send("#check-form")
    assert worker.path == f"{case}/reviews/reopen"


def reopen(worker: Visitor) -> str:
    """Returns the path of the further episode."""
    worker.fill(reason="Em lại bị đánh").choose(is_present_danger="y").send("#reopen-form")
    assert "Đã mở lại thành hồ sơ mới." in worker.text
    return worker.path
