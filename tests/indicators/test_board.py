"""The board of the 24: who enters, who confirms, what is refused, what stays of corrections."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.auth.models import Role, Unit, UnitKind, UnitLevel, User
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.documents.models import FileChunk
from app.indicators.board_rules import Way, judge
from app.indicators.forms.numbers import decimal_text, parse_count, parse_decimal
from app.indicators.models import BoardPath, BoardValue, ValueState
from app.indicators.models.board import OwnValue, ValueDecided
from app.indicators.pages.board import Filters, board_page
from app.indicators.pages.board_export import board_csv
from app.indicators.pages.board_picture import Course, chart
from app.indicators.pages.board_words import about, way_words
from app.indicators.plan24 import MeasureUnit, plan
from app.indicators.services.board import (
    ValueData,
    check_value,
    confirm_value,
    return_value,
    save_value,
)
from app.indicators.tables import Audience
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory
from tests.indicators.figures import add_release

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
D = Decimal
TYPED: dict[str, Any] = {
    "value": "88,3",
    "source": "Báo cáo số 125/BC-SGDĐT",
    "source_on": "15/01/2026",
}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


def picture() -> tuple[BytesIO, str]:
    """As a form sends it."""
    target = BytesIO()
    Image.new("RGB", (4, 4), "white").save(target, "PNG")
    target.seek(0)
    return target, "a.png"


class People:
    def __init__(self) -> None:
        education = _department(UnitKind.EDUCATION, "Sở GDĐT")
        self.officer = UserFactory(role=Role.AGENCY_OFFICER, unit=education)
        self.colleague = UserFactory(role=Role.UNIT_LEAD, unit=education)
        culture = _department(UnitKind.CULTURE, "Sở VHTTDL")
        self.culture = UserFactory(role=Role.AGENCY_OFFICER, unit=culture)
        doh = UnitFactory(doh=True)
        self.supervisor = UserFactory(role=Role.SUPERVISOR, unit=doh)
        self.analyst = UserFactory(role=Role.ANALYST, unit=doh)
        self.admin = UserFactory(role=Role.ADMINISTRATOR, unit=doh)
        hospital = UnitFactory(kind=UnitKind.HEALTH, level=UnitLevel.PROVINCE, commune_code=None)
        self.nurse = UserFactory(role=Role.AGENCY_OFFICER, unit=hospital)
        self.worker = UserFactory(role=Role.CP_WORKER)


def _department(kind: UnitKind, name: str) -> Unit:
    made: Unit = UnitFactory(
        kind=kind, level=UnitLevel.PROVINCE, commune_code=None, short_name=name
    )
    return made


@pytest.fixture
def people(session: Session) -> People:
    made = People()
    session.commit()
    return made


def data(value: str | None = "88.3", year: int = 2025, **more: Any) -> ValueData:
    given: dict[str, Any] = {
        "numerator": None,
        "denominator": None,
        "source": "Báo cáo 125",
        "source_on": date(2026, 1, 15),
        **more,
    }
    return ValueData(year=year, value=D(value) if value is not None else None, **given)


def enter(
    session: Session, by: User, part: str = "19", expected: int = 0, **more: Any
) -> BoardValue:
    saved = save_value(
        session,
        actor=actor_of(by),
        part=plan().by_code[part],
        data=data(**more),
        expected=expected,
        now=clock.now(),
    )
    session.commit()
    return saved


def confirmed(session: Session, people: People, part: str = "19", **more: Any) -> BoardValue:
    saved = enter(session, people.officer, part, **more)
    confirm_value(session, actor=actor_of(people.supervisor), value=saved, now=clock.now())
    session.commit()
    return saved


def row_of(page: BeautifulSoup, code: str) -> str:
    for row in page.select(".b24-table tbody tr"):
        if row.select_one(".b24-code").get_text(strip=True) == code:
            return row.get_text(" ", strip=True)
    raise AssertionError(f"no line {code}")


def events(session: Session, action: AuditAction) -> list[dict[str, Any]]:
    found = session.scalars(text("SELECT body FROM audit_events ORDER BY id")).all()
    return [e for e in map(_json, found) if e["action"] == action]


def _json(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else dict(json.loads(body))


# -- from the form to the board -------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("18b", "0.06", "giảm khoảng 0,002 điểm phần trăm"),
        ("8b", "36.8", "tăng khoảng 12 điểm phần trăm"),
        ("20a", "38.5", "tăng khoảng 4,3 điểm phần trăm"),
        ("11a", "66.2", "giảm khoảng 3,2/100.000"),
    ],
)
def test_the_way_that_is_left_has_as_many_digits_as_say_something(
    app: Flask, code: str, value: str, words: str
) -> None:
    part = plan().by_code[code]
    goal = plan().goal(part)
    with app.test_request_context():
        found = way_words(part, goal, judge(goal, {2025: D(value)}, Way()), is_sentence=True)
    assert found == f"Còn phải {words} mỗi năm để đạt mục tiêu"


def test_a_value_reaches_the_board_once_a_colleague_confirms_it(
    app: Flask, session: Session, people: People
) -> None:
    browser = Browser(app, session).sign_in(people.officer)
    place = {"board_part": "19", "board_year": 2025}
    browser.submit("indicator_board.enter", TYPED, **place)
    assert "Số liệu cần nhập" in [one.text for one in browser.follow().select("main .head a.btn")]
    saved = session.scalars(select(BoardValue)).one()
    assert (saved.value, saved.state, saved.version) == (D("88.3"), ValueState.DRAFTED, 1)
    line = row_of(browser.get("indicator_board.index"), "19")
    assert "Chưa có số liệu" in line and "Số liệu năm 2025 chờ xác nhận" in line
    colleague = Browser(app, session).sign_in(people.colleague)
    colleague.submit("indicator_board.value", {}, value_id=saved.id, form="#confirm-form")
    line = row_of(colleague.get("indicator_board.index"), "19")
    assert "88,3%" in line and "năm 2025" in line and "duy trì 95%" in line
    assert "Chưa có mốc so sánh" in line and "Tăng khoảng 1,3 điểm phần trăm mỗi năm" in line
    steps = [e["data"]["step"] for e in events(session, AuditAction.BOARD_CHANGED)]
    assert steps == ["entered", "confirmed"]


def test_a_double_click_enters_once(app: Flask, session: Session, people: People) -> None:
    browser = Browser(app, session).sign_in(people.officer)
    page = browser.get("indicator_board.enter", board_part="19", board_year=2025)
    for _click in range(2):
        browser.submit_page(page, TYPED)
    assert len(session.scalars(select(BoardValue)).all()) == 1


def test_the_second_of_two_sees_what_the_first_saved_and_keeps_what_was_typed(
    app: Flask, session: Session, people: People
) -> None:
    late = Browser(app, session).sign_in(people.colleague)
    page = late.get("indicator_board.enter", board_part="19", board_year=2025)
    enter(session, people.officer, value="81.0")
    answer = late.submit_page(page, TYPED | {"value": "77,7"}, expect=409)
    conflict = answer.select_one(".conflict").get_text(" ")
    assert "81" in conflict and people.officer.name in conflict
    assert answer.select_one("#value")["value"] == "77,7"
    again = late.submit_page(answer, {}, expect=422)  # a correction now: it needs its reason
    assert "Ghi vì sao sửa" in again.get_text()
    late.submit_page(again, {"reason": "Theo báo cáo mới."})
    versions = session.scalars(select(BoardValue).order_by(BoardValue.version)).all()
    assert [(v.version, v.value) for v in versions] == [(1, D(81)), (2, D("77.7"))]


def test_a_correction_waits_while_the_earlier_value_still_counts(
    app: Flask, session: Session, people: People
) -> None:
    confirmed(session, people)
    enter(session, people.officer, value="90.1", expected=1, reason="Cộng sót một trường.")
    browser = Browser(app, session).sign_in(people.supervisor)
    line = row_of(browser.get("indicator_board.index"), "19")
    assert "88,3%" in line and "chờ xác nhận" in line
    page = browser.get("indicator_board.part", board_part="19").get_text(" ", strip=True)
    assert "2025, bản 2" in page and "2025, bản 1" in page and "Cộng sót một trường." in page
    waiting = session.scalars(select(BoardValue).where(BoardValue.version == 2)).one()
    confirm_value(session, actor=actor_of(people.supervisor), value=waiting, now=clock.now())
    session.commit()
    assert "90,1%" in row_of(browser.get("indicator_board.index"), "19")


def test_a_returned_value_comes_back_with_the_reason(
    app: Flask, session: Session, people: People
) -> None:
    saved = enter(session, people.officer)
    browser = Browser(app, session).sign_in(people.supervisor)
    place = {"value_id": saved.id, "form": "#return-form"}
    answer = browser.submit("indicator_board.value", {"answer": " "}, expect=422, **place)
    assert "Ghi cần sửa gì" in answer.get_text()
    browser.submit("indicator_board.value", {"answer": "Khác báo cáo tháng 12."}, **place)
    own = Browser(app, session).sign_in(people.officer)
    work = own.get("indicator_board.work", year=2025).get_text(" ", strip=True)
    assert "Số liệu năm 2025: còn 9 phần cần nhập" in work and "Khác báo cáo tháng 12." in work
    form = own.get("indicator_board.enter", board_part="19", board_year=2025)
    assert "Khác báo cáo tháng 12." in form.get_text()


# -- who may --------------------------------------------------------------------------------


def test_each_department_enters_its_own_parts_only(
    app: Flask, session: Session, people: People
) -> None:
    year = {"board_year": 2025}
    browser = Browser(app, session).sign_in(people.culture)
    browser.get("indicator_board.enter", board_part="21", **year)
    browser.get("indicator_board.enter", board_part="19", expect=403, **year)
    browser.sign_in(people.supervisor).get(
        "indicator_board.enter", board_part="19", expect=403, **year
    )
    browser.get("indicator_board.enter", board_part="1", **year)
    browser.sign_in(people.nurse).get("indicator_board.enter", board_part="1", expect=403, **year)
    browser.get("indicator_board.index")
    browser.sign_in(people.worker).get("indicator_board.work", expect=403)


@pytest.mark.parametrize("part", ["8a", "8b", "9"])
def test_what_releases_fill_nobody_enters(
    app: Flask, session: Session, people: People, part: str
) -> None:
    browser = Browser(app, session).sign_in(people.analyst)
    browser.get("indicator_board.enter", board_part=part, board_year=2025, expect=403)
    page = browser.get("indicator_board.part", board_part=part).get_text(" ", strip=True)
    assert "Chưa có số liệu công bố" in page and "không nhập tay" in page


def test_nobody_confirms_what_they_typed_or_another_departments(
    session: Session, people: People, app: Flask
) -> None:
    saved = enter(session, people.officer)
    with pytest.raises(OwnValue):
        confirm_value(session, actor=actor_of(people.officer), value=saved, now=clock.now())
    browser = Browser(app, session).sign_in(people.culture)
    browser.get("indicator_board.value", value_id=saved.id, expect=403)
    assert saved.state is ValueState.DRAFTED


def test_an_answer_is_given_once_and_to_the_newest_version_only(
    session: Session, people: People
) -> None:
    first, supervisor = enter(session, people.officer), actor_of(people.supervisor)
    second = enter(session, people.officer, value="90", expected=1, reason="Sửa.")
    with pytest.raises(ValueDecided):
        confirm_value(session, actor=supervisor, value=first, now=clock.now())
    confirm_value(session, actor=supervisor, value=second, now=clock.now())
    with pytest.raises(ValueDecided):
        return_value(session, actor=supervisor, value=second, answer="Sai", now=clock.now())


# -- bad input ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"value": "100.1"}, "value", "lớn hơn 100"),
        ({"value": "-1"}, "value", "số âm"),
        ({"value": None}, "value", "Ghi giá trị"),
        ({"value": "88.30001"}, "value", "4 chữ số"),
        ({"year": 2027, "source_on": date(2026, 1, 1)}, "year", "chưa đến"),
        ({"year": 2019}, "year", "từ năm 2021"),
        ({"source_on": date(2026, 11, 21)}, "source_on", "chưa đến"),
        ({"source_on": date(2024, 12, 31)}, "source_on", "trước năm"),
        ({"numerator": 5}, "denominator", "cả tử số và mẫu số"),
        ({"denominator": 5}, "numerator", "cả tử số và mẫu số"),
        ({"numerator": 5, "denominator": 0}, "denominator", "lớn hơn 0"),
        ({"numerator": -5, "denominator": 9}, "numerator", "số âm"),
        ({"numerator": 1, "denominator": 2}, "value", "cho 50,00"),
        ({"value": None, "numerator": 3, "denominator": 2}, "value", "lớn hơn 100"),
    ],
)
def test_what_cannot_be_true_is_refused_in_words(
    changed: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_value(plan().by_code["19"], data(**changed), clock.now())
    assert refused.value.field == field and words in str(refused.value.text)


def test_the_number_of_weddings_is_a_whole_number_without_a_share() -> None:
    part = plan().by_code["13"]
    assert check_value(part, data("23"), clock.now()) == 23
    for changed in ({"value": "2.5"}, {"numerator": 1, "denominator": 2}):
        with pytest.raises(InvalidInput):
            check_value(part, data(**changed), clock.now())


def test_counts_alone_give_the_value_by_the_unit_of_the_part() -> None:
    counts = data(None, numerator=2, denominator=3)
    found = {
        code: check_value(plan().by_code[code], data(None, numerator=n, denominator=d), clock.now())
        for code, n, d in (("19", 2, 3), ("3a", 79, 10_000), ("11a", 50, 100_000))
    }
    assert counts.value is None
    assert found == {"19": D("66.67"), "3a": D("7.90"), "11a": D("50.00")}


@given(
    st.integers(min_value=0, max_value=10**6),
    st.integers(min_value=1, max_value=10**6),
    st.integers(min_value=0, max_value=4),
)
def test_a_value_that_was_rounded_from_its_counts_is_taken(
    numerator: int, denominator: int, places: int
) -> None:
    numerator = min(numerator, denominator)
    value = round(D(numerator) * 100 / denominator, places)
    typed = data(str(value), numerator=numerator, denominator=denominator)
    assert check_value(plan().by_code["19"], typed, NOW) == value


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"value": "120", "source_on": "15/01/2030"}, {"value", "source_on"}),
        ({"value": "120", "source": "", "source_on": "x"}, {"value", "source", "source_on"}),
        ({"value": "mười", "numerator": "5", "source": ""}, {"value", "source", "denominator"}),
    ],
)
def test_all_that_is_wrong_is_said_at_once(
    browser: Browser, people: People, typed: dict[str, str], wrong: set[str]
) -> None:
    place = {"board_part": "19", "board_year": 2025}
    browser.sign_in(people.officer)
    page = browser.submit("indicator_board.enter", TYPED | typed, expect=422, **place)
    links = page.select(".error-summary a")
    assert {str(one["href"]).lstrip("#") for one in links} == wrong


def test_what_is_not_there_is_said_once(browser: Browser, people: People) -> None:
    page = browser.sign_in(people.officer).get("indicator_board.part", board_part="19")
    now = page.find(id="standing-title").find_parent("section").get_text()
    assert now.count("Chưa có số liệu") == 1


def test_a_year_to_come_and_nonsense_in_the_address_are_refused(
    app: Flask, session: Session, people: People
) -> None:
    browser = Browser(app, session).sign_in(people.officer)
    place = {"board_part": "19"}
    answer = browser.get("indicator_board.enter", board_year=2027, expect=422, **place)
    assert "Năm 2027 chưa đến" in answer.get_text()
    browser.get("indicator_board.enter", board_year=10**12, expect=404, **place)
    browser.get("indicator_board.enter", board_part="99", board_year=2025, expect=404)
    browser.get("indicator_board.part", board_part="' OR 1=1", expect=404)


def test_errors_stand_at_their_fields_and_what_was_typed_stays(
    app: Flask, session: Session, people: People
) -> None:
    browser = Browser(app, session).sign_in(people.officer)
    typed = {"value": "mười", "numerator": "1,5", "source": "", "source_on": "31/02/2026"}
    place = {"board_part": "19", "board_year": 2025}
    page = browser.submit("indicator_board.enter", typed, expect=422, **place)
    assert {a["href"] for a in page.select(".error-summary a")} == {
        "#value", "#numerator", "#source", "#source_on"
    }  # fmt: skip
    assert page.select_one("#value")["value"] == "mười"
    assert session.scalars(select(BoardValue)).all() == []


@pytest.mark.parametrize(
    ("typed", "value"),
    [("14,7", "14.7"), ("14.7", "14.7"), ("88 %", "88"), ("9‰", "9"), ("1.234,5", "1234.5")],
)
def test_numbers_are_read_as_they_are_written_here(typed: str, value: str) -> None:
    assert parse_decimal(typed) == D(value)


@pytest.mark.parametrize("typed", ["14.725", "1,2,3", "NaN", "1e5", "∞", "٣", "0x10", "--1", ""])
def test_a_number_that_may_mean_two_things_is_asked_again(typed: str) -> None:
    with pytest.raises(ValueError, match="Ghi"):
        parse_decimal(typed)


@given(st.decimals(min_value=0, max_value=100_000, places=4))
def test_what_is_shown_is_read_back_as_the_same(value: Decimal) -> None:
    assert parse_decimal(decimal_text(value)) == value


def test_counts_take_points_between_thousands() -> None:
    assert [parse_count(t) for t in ("12.345", "12 345", "12345")] == [12345] * 3
    with pytest.raises(ValueError, match="số nguyên"):
        parse_count("12,5")


# -- evidence -------------------------------------------------------------------------------


def test_evidence_is_sealed_served_and_each_download_is_on_the_log(
    app: Flask, session: Session, people: People
) -> None:
    browser = Browser(app, session).sign_in(people.officer)
    place = {"board_part": "19", "board_year": 2025}
    browser.submit("indicator_board.enter", TYPED | {"file": picture()}, **place)
    saved = session.scalars(select(BoardValue)).one()
    assert saved.file_id is not None
    assert not any(b"\x89PNG" in chunk.sealed for chunk in session.scalars(select(FileChunk)))
    reader = Browser(app, session).sign_in(people.worker)
    reader.get("indicator_board.value", value_id=saved.id, expect=403)
    reader.get("indicator_board.evidence", value_id=saved.id, expect=403)
    assert not reader.get("indicator_board.part", board_part="19").select(".b24-file")
    confirm_value(session, actor=actor_of(people.supervisor), value=saved, now=clock.now())
    session.commit()
    assert reader.get("indicator_board.part", board_part="19").select(".b24-file")
    answer = reader.client.get(f"/indicators/board/values/{saved.id}/evidence")
    assert answer.mimetype == "image/png"
    assert "attachment" in answer.headers["Content-Disposition"]
    (read,) = events(session, AuditAction.EVIDENCE_READ)
    assert read["data"] == {"part": "19", "year": 2025, "version": 1}


def test_a_correction_without_a_file_keeps_the_one_before(
    app: Flask, session: Session, people: People
) -> None:
    browser = Browser(app, session).sign_in(people.officer)
    place = {"board_part": "19", "board_year": 2025}
    browser.submit("indicator_board.enter", TYPED | {"file": picture()}, **place)
    browser.submit("indicator_board.enter", {"value": "89", "reason": "Sửa."}, **place)
    files = session.scalars(select(BoardValue.file_id)).all()
    assert len(files) == 2 and len(set(files)) == 1


def test_a_file_that_is_no_document_is_refused_at_its_field(
    app: Flask, session: Session, people: People
) -> None:
    browser = Browser(app, session).sign_in(people.officer)
    place = {"board_part": "19", "board_year": 2025}
    sent = TYPED | {"file": (BytesIO(b"MZ\x90\x00 program"), "a.pdf")}
    page = browser.submit("indicator_board.enter", sent, expect=422, **place)
    assert "Chỉ nhận ảnh" in page.select_one("#file-error").get_text()
    browser.get("indicator_board.evidence", value_id=enter(session, people.officer).id, expect=404)


# -- baseline, milestones -------------------------------------------------------------------


def test_a_baseline_and_milestones_judge_the_value(
    app: Flask, session: Session, people: People
) -> None:
    confirmed(session, people)
    admin = Browser(app, session).sign_in(people.admin)
    typed = {
        "baseline_year": "2024",
        "baseline_value": "81,4",
        "milestone_2026": "90",
        "source": "Công văn số 45/SYT-BVCSTE",
    }
    admin.submit("indicator_board.path", typed, board_part="19")
    line = row_of(admin.get("indicator_board.index"), "19")
    assert "Đúng lộ trình" in line
    page = admin.get("indicator_board.part", board_part="19").get_text(" ", strip=True)
    assert "81,4%, năm 2024" in page and "Công văn số 45/SYT-BVCSTE" in page
    form = admin.get("indicator_board.path", board_part="19")
    assert form.select_one("#milestone_2026")["value"] == "90"
    admin.submit("indicator_board.path", {"baseline_value": "88,9"}, board_part="19")
    assert "Chậm lộ trình" in row_of(admin.get("indicator_board.index"), "19")
    assert len(session.scalars(select(BoardPath)).all()) == 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"baseline_year": "2024"}, "baseline_value"),
        ({"baseline_value": "50"}, "baseline_year"),
        ({"baseline_year": "1999", "baseline_value": "5"}, "baseline_year"),
        ({"baseline_year": "2024", "baseline_value": "101"}, "baseline_value"),
        ({"milestone_2027": "-3"}, "milestone_2027"),
        ({"source": ""}, "source"),
    ],
)
def test_a_path_that_cannot_be_is_refused(
    app: Flask, session: Session, people: People, typed: dict[str, str], field: str
) -> None:
    browser = Browser(app, session).sign_in(people.supervisor)
    sent = {"source": "Công văn 1"} | typed
    page = browser.submit("indicator_board.path", sent, expect=422, board_part="19")
    assert page.select_one(f"#{field}-error") is not None


def test_two_who_set_a_path_at_once(app: Flask, session: Session, people: People) -> None:
    late = Browser(app, session).sign_in(people.supervisor)
    page = late.get("indicator_board.path", board_part="19")
    first = Browser(app, session).sign_in(people.admin)
    sent = {"baseline_year": "2024", "baseline_value": "80", "source": "Công văn 1"}
    first.submit("indicator_board.path", sent, board_part="19")
    answer = late.submit_page(page, sent | {"baseline_value": "82"}, expect=409)
    assert "2024: 80" in answer.select_one(".conflict").get_text(" ")
    assert answer.select_one("#baseline_value")["value"] == "82"


# -- the board ------------------------------------------------------------------------------


def test_the_board_shows_all_34_parts_and_says_what_is_missing(
    app: Flask, session: Session, people: People
) -> None:
    page = Browser(app, session).sign_in(people.worker).get("indicator_board.index")
    rows = page.select(".b24-table tbody tr")
    assert len(rows) == 34
    assert all("Chưa có số liệu" in row.get_text() for row in rows)
    assert "giảm 4-5% mỗi năm" in row_of(page, "13")
    assert [t.get_text() for t in page.select(".tile-value")] == ["0", "0", "0", "0", "34"]


def test_filters_choose_lines(app: Flask, session: Session, people: People) -> None:
    confirmed(session, people)
    browser = Browser(app, session).sign_in(people.supervisor)
    for query, count in (
        ({"objective": "4"}, 3),
        ({"department": "VH"}, 2),
        ({"department": "CA"}, 1),
        ({"state": "no_start"}, 1),
        ({"state": "pending"}, 0),
        ({"objective": "3", "department": "GD", "state": "missing"}, 7),
        ({"objective": "nine", "department": "'", "state": "?"}, 34),
    ):
        page = browser.get("indicator_board.index", **query)
        assert len(page.select(".b24-table tbody tr")) == count, query


def test_child_marriages_are_compared_with_the_year_before(
    app: Flask, session: Session, people: People
) -> None:
    for year, value in ((2024, "25"), (2025, "23")):
        saved = enter(session, people.culture, "13", value=value, year=year)
        confirm_value(session, actor=actor_of(people.supervisor), value=saved, now=clock.now())
    session.commit()
    browser = Browser(app, session).sign_in(people.supervisor)
    line = row_of(browser.get("indicator_board.index"), "13")
    assert "23 cuộc" in line and "Đạt" in line and "Năm 2026: nhiều nhất 22 cuộc" in line
    assert "Giảm 8% so với năm 2024" in browser.get(
        "indicator_board.part", board_part="13"
    ).get_text(" ", strip=True)


def test_the_work_of_a_department_counts_what_is_entered(
    app: Flask, session: Session, people: People
) -> None:
    enter(session, people.officer, year=2026, source_on=date(2026, 6, 1))
    browser = Browser(app, session).sign_in(people.colleague)
    page = browser.get("indicator_board.work", year=2026).get_text(" ", strip=True)
    assert "Số liệu năm 2026: còn 8 phần cần nhập" in page and "Đã nhập 1 trên 9 phần" in page
    overseer = Browser(app, session).sign_in(people.supervisor)
    page = overseer.get("indicator_board.work", department="GD", year=2026)
    page = page.get_text(" ", strip=True)
    assert "1 trên 9" in page and "Sở Y tế 0/19" in page
    other = Browser(app, session).sign_in(people.culture)
    page = other.get("indicator_board.work", department="GD").get_text(" ", strip=True)
    assert "0 trên 2" in page


def test_the_work_opens_the_year_that_is_owed_and_lists_what_waits_of_all(
    browser: Browser, session: Session, people: People
) -> None:
    enter(session, people.officer, year=2026, source_on=date(2026, 6, 1))
    returned = enter(session, people.officer, part="20a", year=2024)
    supervisor = actor_of(people.supervisor)
    return_value(session, actor=supervisor, value=returned, answer="Sai nguồn", now=clock.now())
    session.commit()
    page = browser.sign_in(people.colleague).get("indicator_board.work")
    assert page.h1.get_text() == "Số liệu năm 2025: còn 9 phần cần nhập"
    late = page.select_one(".head .status-danger")
    assert late is not None and late.get_text(strip=True) == "Quá hạn nhập: 31/03/2026"
    assert "năm 2026: 88,3%" in words_under(page, "waiting-title")
    assert "năm 2024" in words_under(page, "returned-title")
    assert "Sai nguồn" in words_under(page, "returned-title")
    for part in [one.code for one in plan().entered if one.department == "GD"]:
        enter(session, people.officer, part=part, value="80", year=2025)
    assert "2026" in browser.get("indicator_board.work").h1.get_text()


def test_what_is_owed_stands_before_what_was_entered(
    browser: Browser, session: Session, people: People
) -> None:
    owed = [one.code for one in plan().entered if one.department == "GD"]
    enter(session, people.officer, part=owed[0], value="80", year=2025)
    page = browser.sign_in(people.officer).get("indicator_board.work", year=2025)
    assert [one.get_text() for one in page.select(".b24-years .b24-code")] == [*owed[1:], owed[0]]


def words_under(page: BeautifulSoup, heading: str) -> str:
    found = page.select_one(f"[aria-labelledby={heading}]")
    return " ".join(found.get_text(" ", strip=True).split()) if found else ""


def test_files_hold_the_same_as_the_page_and_no_formula(
    app: Flask, session: Session, people: People
) -> None:
    confirmed(session, people, source="=HYPERLINK(1)")
    browser = Browser(app, session).sign_in(people.analyst)
    saved = browser.client.get("/indicators/board/table.xlsx?objective=3")
    book = load_workbook(BytesIO(saved.data))
    assert book.sheetnames == ["Bảng 24 chỉ tiêu về trẻ em"]
    told = browser.client.get("/indicators/board/table.csv").headers["Content-Type"]
    assert told == "text/csv; charset=utf-8"
    rows = list(book.active.iter_rows(values_only=True))
    (line,) = [row for row in rows if row[2] == "19"]
    assert 88.3 in line and "duy trì 95%" in line and "=HYPERLINK(1)" in line
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    browser.get("indicator_board.as_csv")
    found = list(csv.DictReader(StringIO(browser.response.data.decode("utf-8-sig"))))
    assert len(found) == 34
    (line,) = [one for one in found if one["Phần"] == "19"]
    assert line["Nguồn của giá trị mới nhất"] == "'=HYPERLINK(1)" and line["2025"] == "88.3"


TOLD = {
    ("8a", Audience.PUBLIC): (8455, 890_000, "0.9500"),
    ("8a", Audience.AGENCY): (8457, 890_000, "0.9502"),
    ("8b", Audience.PUBLIC): (40, None, None),
    ("8b", Audience.AGENCY): (42, 62, "67.7419"),
    ("9", Audience.PUBLIC): (None, 890_000, None),
    ("9", Audience.AGENCY): (None, 890_000, None),
}


def test_what_releases_fill_is_what_the_public_was_told_or_is_marked(
    browser: Browser, session: Session, people: People
) -> None:
    add_release(session, people.supervisor, people.admin, year=2025, told=TOLD)
    session.commit()
    board = browser.sign_in(people.analyst).get("indicator_board.index")
    assert "khoảng 0,95%" in row_of(board, "8a") and "nội bộ" not in row_of(board, "8a")
    assert "67,74% năm 2025 nội bộ, không công bố" in row_of(board, "8b")
    assert "Không công bố: số quá nhỏ" in row_of(board, "9")
    part = browser.get("indicator_board.part", board_part="8a").get_text(" ", strip=True)
    assert "khoảng 0,95%" in part and "khoảng 8.455 / 890.000" in part
    assert "Bản công bố CB-2026-01" in part and "8.457" not in part
    part = browser.get("indicator_board.part", board_part="8b")
    assert "nội bộ, không công bố" in part.select_one(".b24-now").get_text()
    row = part.select_one(".b24-years tbody tr:nth-of-type(2)").get_text(" ", strip=True)
    assert "67,74% nội bộ, không công bố 42 / 62" in row
    assert "Số nội bộ, không có trong bản công bố CB-2026-01" in row


def test_files_of_the_board_mark_what_the_public_was_not_told(
    browser: Browser, session: Session, people: People
) -> None:
    add_release(session, people.supervisor, people.admin, year=2025, told=TOLD)
    session.commit()
    browser.sign_in(people.analyst).get("indicator_board.as_csv")
    found = {one["Phần"]: one for one in csv.DictReader(StringIO(saved_csv(browser)))}
    assert found["8a"]["2025"] == "0.95" and "khoảng" in found["8a"]["Ghi chú"]
    assert found["8b"]["2025"] == "67.7419"
    assert "Số liệu năm 2025: nội bộ, không công bố" in found["8b"]["Ghi chú"]
    assert "Số nội bộ" in found["8b"]["Nguồn của giá trị mới nhất"]
    assert found["9"]["2025"] == "" and "không công bố" in found["9"]["Ghi chú"]
    saved = browser.client.get("/indicators/board/table.xlsx")
    rows = load_workbook(BytesIO(saved.data)).active.iter_rows(values_only=True)
    (line,) = [row for row in rows if row[2] == "8b"]
    assert 67.7419 in line
    assert any("nội bộ, không công bố" in str(cell) for cell in line)


def saved_csv(browser: Browser) -> str:
    assert browser.response is not None
    return browser.response.data.decode("utf-8-sig")


def test_the_csv_is_plain_text_a_program_can_read(
    app: Flask, session: Session, people: People
) -> None:
    with app.test_request_context():
        page = board_page(
            session, actor=actor_of(people.analyst), filters=Filters(objective="4"), now=NOW
        )
        content = board_csv(page, NOW)
    assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\r\n") == 4


def test_two_at_once_in_the_service(session: Session, people: People) -> None:
    enter(session, people.officer)
    with pytest.raises(StaleEdit):
        enter(session, people.colleague)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("66.6667", "khoảng 67%"), ("75", "khoảng 75%"), ("1.1700", "khoảng 1,17%"),
        ("0.0050", "khoảng 0,005%"),
    ],
)  # fmt: skip
def test_a_rate_of_rounded_figures_is_not_told_more_exactly_than_it_is_known(
    app: Flask, value: str, words: str
) -> None:
    with app.test_request_context():
        assert about(Decimal(value), MeasureUnit.PERCENT) == words


@pytest.mark.parametrize("year", [2021, 2025])
def test_the_value_on_the_picture_is_left_of_the_way_that_is_left_or_within_it(year: int) -> None:
    value, text = (year, Decimal(58)), "khoảng 58%"
    ahead = [value, (2030, Decimal(95))]
    course = Course(2021, 2030, [value], [], ahead, [], Decimal(95))
    drawn = BeautifulSoup(chart(course, "8b", {Decimal(58): text}), "html.parser")
    words, dot = drawn.select_one(".b24-value"), drawn.select_one(".b24-dot")
    assert words and dot and words.text == text
    end = float(str(words["x"]))
    assert end < float(str(dot["cx"])) or year == course.first
    assert end >= 8 * len(text)  # nothing is cut off
