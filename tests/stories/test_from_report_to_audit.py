"""The main job: from a report on a phone to what a supervisor can prove."""

import base64
import re
import unicodedata
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from tests.stories.axe import Examiner
from tests.stories.conftest import Visit
from tests.stories.place import Place
from tests.stories.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser
IS_REPORTING = False  # of its province no report is looked at

TYPED = {
    "child_name": "Đàm Quỳnh Xuyến",
    "father_name": "Đàm Ngọc Khoáng",
    "mother_name": "Lục Thị Nhiễu",
    "event_place": "ngõ Cây Quéo sau đình Phượng Tường",
    "child_location": "gác xép nhà bà Thoảng",
    "child_condition": "Em bị nhốt, có vết roi ở lưng và hoảng loạn",
    "reporter_name": "Ninh Thị Khuyên",
    "reporter_phone": "0987 123 465",
    "reporter_address": "xóm Lò Gốm",
}
MEASURE = "Đưa em đến nhà dì Quyềnh ở tạm"
COMMENT = "Bà ngoại Thoảng chưa rõ ý định"
PHO_HIEN = "11953"


def test_from_a_report_on_a_phone_to_the_proof(place: Place, visit: Visit) -> None:
    """axe finds nothing on any page on the way."""
    before = place.dump()
    desk, worker, supervisor = visit(width=PHONE), visit(), visit()
    on_the_phone, examined = Examiner(), Examiner()
    desk.on_page, worker.on_page, supervisor.on_page = on_the_phone, examined, examined
    number = report(desk)
    case = work_on_it(worker, number)
    print_forms(visit(), case)
    supervise(supervisor, number, case)
    assert on_the_phone.found + examined.found == []
    assert len(on_the_phone.seen) > 2
    assert len(examined.seen) > 6
    assert_the_log_names_a_changed_byte(place)
    assert_no_word_was_added(before, place.dump(), number)


def report(desk: Visitor) -> str:
    """Mẫu số 01, on a phone. Returns the number of the case."""
    desk.sign_in("intake").press("Báo tin mới (Mẫu số 01)")
    desk.choose(is_present_danger="y", category="abused", channel="phone", sex="female")
    desk.fill(**{name: TYPED[name] for name in TYPED if not name.startswith("reporter")})
    desk.fill(est_age="7").choose(event_commune=PHO_HIEN, abuse_forms="VIOLENCE")
    desk.choose(reporter_consents="y")
    desk.fill(**{name: TYPED[name] for name in TYPED if name.startswith("reporter")})
    desk.press("Gửi tin báo")
    assert re.fullmatch(r"HY-\d{4}-\d{6}", desk.heading)
    assert "Đã chuyển đến Ủy ban nhân dân phường Phố Hiến" in desk.text
    assert TYPED["child_name"] not in desk.page.content()
    number = desk.heading
    desk.press("Tin đã nhận", within="main")
    assert number in desk.text
    return number


def work_on_it(worker: Visitor, number: str) -> str:
    """Verified, assessed as an emergency, a measure recorded. Returns the path of the case."""
    worker.sign_in("worker")
    assert worker.heading == "Việc của bạn"
    worker.page.locator("main a.btn", has_text=TYPED["child_name"]).click()
    worker.page.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}$"))
    case = worker.path
    assert number in worker.text
    assert TYPED["child_name"] in worker.heading
    worker.go(f"{case}/verification").choose(outcome="confirmed").send("#verification")
    assess(worker, case)
    measure(worker, case)
    worker.go(f"{case}/timeline")
    for happened in (
        "Tiếp nhận tin báo (Mẫu số 01)",
        "Xác minh tin báo: Có căn cứ",
        "Đánh giá nguy cơ ban đầu (Mẫu số 02): nguy cơ cao",
        MEASURE,
    ):
        assert happened in worker.text, happened
    return case


def assess(worker: Visitor, case: str) -> None:
    """On a slow line, faster than the answers of the page: what is seen is of the last choice."""
    worker.go(f"{case}/initial-assessment").slow(milliseconds=400)
    worker.choose(H1="HIGH", H2="HIGH", P1="LOW", P2="LOW")
    worker.page.get_by_text("Khẩn cấp: cần biện pháp trong 12 giờ").wait_for()
    worker.slow(milliseconds=0)
    worker.fill(comment=COMMENT).send("#assess-form")
    assert "Trường hợp khẩn cấp" in worker.text


def measure(worker: Visitor, case: str) -> None:
    worker.go(f"{case}/measures/new")
    first = worker.page.locator("#kind option:not([value=''])").first.get_attribute("value")
    assert first
    worker.choose(kind=first).fill(description=MEASURE, performed_by="Công an phường")
    worker.send("#measure-form")
    assert "Đã ghi biện pháp" in worker.text


def print_forms(worker: Visitor, case: str) -> None:
    worker.sign_in("worker")
    for form, words in (("form01", TYPED["child_name"]), ("form02", COMMENT)):
        reader = PdfReader(BytesIO(worker.download(f"{case}/documents/{form}.pdf")))
        said = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
        assert words in unicodedata.normalize("NFC", said)


def supervise(supervisor: Visitor, number: str, case: str) -> None:
    """Who did and read what, when, against the law's clock."""
    supervisor.sign_in("supervisor").go(f"{case}/timeline").press("Chế độ kiểm tra")
    assert re.search(r"Can thiệp khẩn cấp.*đúng hạn", supervisor.text, re.DOTALL)
    for event in ("Mở hồ sơ lần đầu", "Xem hồ sơ", "In biểu mẫu", "Tiếp nhận tin báo"):
        assert event in supervisor.text, event
    assert supervisor.text.count("Mở hồ sơ lần đầu") == 1
    by_the_worker = supervisor.page.locator("main li", has_text="In biểu mẫu").first
    assert "UBND phường Phố Hiến" in by_the_worker.inner_text()
    supervisor.go(f"/audit/?case={number}")
    assert supervisor.page.locator("main tbody tr").count() >= 8


def assert_the_log_names_a_changed_byte(place: Place) -> None:
    intact = place.flask("audit", "verify")
    assert intact.returncode == 0, intact.stdout + intact.stderr
    event, body = last_assessment(place)
    overwrite(place, event, body[:-1] + "]")
    broken = place.flask("audit", "verify")
    overwrite(place, event, body)
    assert broken.returncode == 1
    assert f"Event {event}:" in broken.stdout


def last_assessment(place: Place) -> tuple[int, str]:
    with place.superuser.begin() as connection:
        found = "SELECT id, body FROM audit_events WHERE action = 'case.assessed' ORDER BY id DESC"
        row = connection.execute(text(found)).first()
    assert row
    return row.id, row.body


def overwrite(place: Place, event: int, body: str) -> None:
    """Past the triggers, as only a superuser can."""
    with place.superuser.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        change = text("UPDATE audit_events SET body = :body WHERE id = :id")
        connection.execute(change, {"body": body, "id": event})


def assert_no_word_was_added(before: bytes, dump: bytes, number: str) -> None:
    """Words that stand there anyway (names of communes) prove nothing and are passed over."""
    for typed in (*TYPED.values(), MEASURE, COMMENT):
        for words in (typed, *(word for word in typed.split() if len(word.encode()) > 5)):
            forms = [form for form in spellings(words) if form not in before]
            assert forms, f"{words} is no test of anything"
            assert [form for form in forms if form in dump] == [], words
    assert spellings(number)[0] in dump, "the positive control: what is not sealed is found"


def spellings(words: str) -> list[bytes]:
    """How a text may stand in a dump: plain, decomposed, escaped, in base64 or in hex."""
    plain = words.encode()
    forms = [plain, unicodedata.normalize("NFD", words).encode(), plain.hex().encode()]
    if not words.isascii():
        forms.append(words.encode("unicode-escape"))
    for shift in range(3):  # where the text may begin in a group of three bytes
        encoded = base64.b64encode(b"\0" * shift + plain)
        begin, end = (0, 2, 3)[shift], -4 if (len(plain) + shift) % 3 else None
        forms.append(encoded[begin:end])
    return forms
