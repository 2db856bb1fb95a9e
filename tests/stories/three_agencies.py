"""The steps of a package that goes to three agencies, each as the one who takes it sees it.

The worker is on a phone; the agencies answer beside their list, at a desk. `case` is the path of
the case; a `Slip` is one referral of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Locator

from tests.stories.visitor import Visitor
from tests.stories.whole_case import CHILD, link_to

HOSPITAL, POLICE = "Bệnh viện Sản Nhi", "Công an phường Phố Hiến"
SCHOOL, SHELTER = "Trường Tiểu học Lê Lợi", "Trung tâm Công tác xã hội"
CARE, SAFETY = "Cấp cứu, khám", "Bảo vệ an toàn"
CRIME, TALK, LESSONS = "Tiếp nhận tố giác", "Tham vấn, trị liệu", "Công tác xã hội trường học"
PACKAGE = (CARE, SAFETY, CRIME, TALK, LESSONS)
# Words by which each part of the file, and each conversation, would be recognized elsewhere.
ASKED = {
    CARE: "Khám vết roi ở lưng, ghi giấy thương tích",
    SAFETY: "Giữ bố dượng tránh xa ngõ Cầu Đá",
    CRIME: "Tố giác bố dượng tên Hoán đánh em",
    TALK: "Em ngủ mơ, cần người trò chuyện",
    LESSONS: "Cô chủ nhiệm để ý giờ em ra về",
}
QUESTION, ANSWER = "Hoán rời nhà lúc mấy giờ", "Hàng xóm thấy Hoán đi lúc chín giờ"
DELIVERED, OUTCOME = "Đã khâu hai mũi, chụp phim", "Vết thương khô, em ăn ngủ được"
OF_THE_POLICE = (ASKED[SAFETY], ASKED[CRIME], "Hoán", QUESTION, ANSWER)
OF_THE_FILE = (CHILD, "Hạ Vy", "Đoàn Thị Lụa", "Có vết roi", "Cô giáo Kiều", "HY-", *ASKED.values())


@dataclass(frozen=True)
class Slip:
    number: str
    path: str


# --- the worker: one page, one send


def record_consent(worker: Visitor, case: str) -> None:
    """The child's own, for the school only."""
    worker.go(f"/referrals{case}/consents/new").choose(giver="child", scope="some")
    worker.choose(services="school_support", sections="identity").fill(name=CHILD)
    worker.send("#consent-form")
    assert CHILD in worker.text


def take_package(worker: Visitor, case: str) -> None:
    """The package that fits the case, in one tap."""
    worker.go(f"/referrals{case}").press("Chuyển gửi một lần cho nhiều nơi")
    fitting = worker.page.locator(".pack-fits")
    assert "Trẻ em bị bạo lực" in fitting.inner_text()
    with worker.page.expect_navigation():
        fitting.locator("button[name=package]").click()
    assert worker.page.locator(".leaf").count() == len(PACKAGE)


def edit_package(worker: Visitor) -> None:
    """What is asked of each; the talks go to the school, whose lessons rest on the consent."""
    worker.choose(ground="duty").fill(ground_reason="Trẻ em bị bạo lực, Luật Trẻ em điều 50")
    for service, words in ASKED.items():
        worker.fill(**{f"{_part(worker, service)}-reason": words})
    choose_place(worker, TALK, SCHOOL)
    choose_place(worker, LESSONS, SCHOOL)
    part = _part(worker, LESSONS)
    worker.choose(**{f"{part}-ground": "consent"})
    worker.page.locator(f"[name='{part}-consent']").select_option(index=1)


def choose_place(worker: Visitor, service: str, unit: str) -> None:
    leaf = _leaf(worker, service)
    fold = leaf.locator("details.part", has_text="Gửi đến").first
    if not fold.evaluate("e => e.open"):
        fold.locator("summary").click()
    fold.locator("label.choice", has_text=unit).locator("input").check()


def preview(worker: Visitor) -> None:
    """Before the answer no word of the child; after it her name, for the hospital."""
    with worker.page.expect_navigation():
        worker.page.locator("main button[value=preview]").click()
    before, after = worker.page.locator(".before-after > section").all()
    assert HOSPITAL in worker.text
    assert spoken(before.inner_text(), OF_THE_FILE) == []
    assert CHILD in after.inner_text() and ASKED[CARE] in after.inner_text()
    worker.press("Về trang soạn, gửi", within="main")


def send_once(worker: Visitor, case: str) -> dict[str, Slip]:
    """A double tap sends one package. Returns the referral of each service."""
    if (accepts := worker.page.locator("[name=accepts_warnings]")).count():
        accepts.check()
    with worker.page.expect_navigation(url=f"**/referrals{case}"):
        worker.page.locator("main button[value=send]").dblclick()
    assert f"Đã gửi {len(PACKAGE)} phiếu" in worker.text
    return slips(worker, case)


def slips(worker: Visitor, case: str) -> dict[str, Slip]:
    rows = worker.go(f"/referrals{case}").page.locator("main ul.rows > li")
    assert rows.count() == len(PACKAGE), "a double tap is one package"
    return {service: _slip(rows.filter(has_text=service)) for service in PACKAGE}


def _slip(row: Locator) -> Slip:
    path = row.locator(".row-title a").get_attribute("href")
    return Slip(row.locator(".nowrap").first.inner_text(), str(path))


def _leaf(worker: Visitor, service: str) -> Locator:
    return worker.page.locator("section.leaf", has=worker.page.locator("h2", has_text=service))


def _part(worker: Visitor, service: str) -> str:
    name = _leaf(worker, service).locator("textarea").first.get_attribute("name")
    return str(name).removesuffix("-reason")


# --- an agency: beside its list


def look_at(officer: Visitor, slip: Slip) -> str:
    """Opened beside the inbox. Returns what the panel says."""
    card = officer.go("/referrals/inbox").page.locator("li", has_text=slip.number)
    card.locator(".card-verb a:visible").click()
    return panel(officer, slip)


def panel(officer: Visitor, slip: Slip) -> str:
    place = officer.page.locator("#side #referral", has_text=slip.number)
    place.wait_for()
    return place.inner_text()


def answer(officer: Visitor, step: str, slip: Slip, **typed: str) -> str:
    """Take a step without leaving the list; `typed`: by the names of its form."""
    chosen = {"code", "outcome", "quantity_unit"}
    for name, value in typed.items():
        put = officer.choose if name in chosen else officer.fill
        put(**{f"{step}-{name}": value})
    officer.send(f"#side #{step}-form")
    return panel(officer, slip)


def accept(officer: Visitor, slip: Slip) -> str:
    """Before it no word of the file, on no page; after it the name."""
    assert spoken(look_at(officer, slip), OF_THE_FILE) == []
    assert spoken(officer.page.content(), (CHILD, *ASKED.values())) == []
    shown = answer(officer, "accept", slip)
    assert CHILD in shown
    return shown


def help_child(hospital: Visitor, slip: Slip) -> None:
    """Met, treated, told: each step beside the list."""
    answer(hospital, "contact", slip, note="Gặp em ở phòng cấp cứu")
    answer(hospital, "deliver", slip, note=DELIVERED, quantity="1", quantity_unit="time")
    told = answer(hospital, "complete", slip, outcome="met", note=OUTCOME)
    assert OUTCOME in told


def assert_closed(officer: Visitor, slip: Slip, why: str) -> None:
    """From the next request on nothing of the child: not on its page, nor in the list."""
    officer.go(slip.path)
    assert why in officer.text
    assert spoken(officer.page.content(), OF_THE_FILE) == []
    cards = officer.go(f"/referrals/inbox?number={slip.number}").page.locator("ul.cards")
    assert slip.number in cards.inner_text()
    assert spoken(cards.inner_text(), OF_THE_FILE) == []
    officer.go(f"{slip.path}/room", expect=409)


def all_that(officer: Visitor, slip: Slip) -> Mapping[str, str]:
    """Every page of an agency for this referral: the code of it, not only what is seen."""
    stages = ("answer", "service", "waiting", "done")
    lists = (f"/referrals/inbox?stage={stage}" for stage in stages)
    pages = ("/", *lists, slip.path, f"{slip.path}/room")
    return {path: officer.go(path).page.content() for path in pages}


def spoken(text: str, words: tuple[str, ...]) -> list[str]:
    return [one for one in words if one in text]


# --- the worker again: what came back


def reply(worker: Visitor, slip: Slip) -> None:
    """The question stands among what waits for the worker."""
    worker.go("/referrals/sent?stage=act").press(f"Trả lời {slip.number}")
    assert QUESTION in worker.text
    worker.fill(**{"reply-answer": ANSWER}).send("#reply-form")
    assert ANSWER in worker.text


def send_elsewhere(worker: Visitor, slip: Slip, unit: str) -> Slip:
    """From the list to the directory, and one tap on another unit. Returns the new referral."""
    worker.go("/referrals/sent?stage=act").press(f"Gửi nơi khác {slip.number}")
    place = worker.page.locator(".place-list li", has_text=unit)
    with worker.page.expect_navigation():
        place.get_by_role("button").click()
    assert "Đã gửi cho đơn vị khác" in worker.text
    assert slip.number in worker.page.locator("[aria-labelledby=chain-title]").inner_text()
    return Slip(worker.page.locator(".ref-head p").first.inner_text(), worker.path)


def recall(worker: Visitor, slip: Slip) -> None:
    worker.go(slip.path).fill(**{"recall-reason": "Bố dượng đã rời tỉnh"}).send("#recall-form")


def withdraw_consent(worker: Visitor, case: str) -> None:
    worker.go(f"/referrals{case}/consents/")
    worker.go(link_to(worker, "Gia đình rút lại"))
    worker.fill(reason="Em không muốn trường biết").send("#withdraw-form")


def close(worker: Visitor, slip: Slip) -> None:
    """What came of it is read, and the loop is closed."""
    worker.go("/referrals/sent?stage=act").press(f"Xem kết quả {slip.number}")
    assert OUTCOME in worker.text and DELIVERED in worker.text
    worker.send("#close-form")
