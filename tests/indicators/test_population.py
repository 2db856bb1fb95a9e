"""The child population: entered, corrected with its history kept, imported after a dry run."""

import re
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.models import Role, User
from app.core import clock
from app.indicators.definitions import definitions
from app.indicators.models import ImportState, PopulationEntry, PopulationImport
from app.indicators.population_sheet import NAME, cells_of
from app.indicators.queries.population import population
from app.indicators.services.population import NothingToConfirm, confirm_import
from app.reference.communes import communes
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import PHO_HIEN, TAN_HUNG, UnitFactory, UserFactory

GROUPS = definitions(clock.today()).age_groups
FIELDS = [f"{sex}_{one.first}_{one.last}" for sex in ("male", "female") for one in GROUPS]
TITLES = ["Năm", "Mã xã", NAME, *cells_of(GROUPS).values(), "Tổng số"]
SOURCE = {"source": "Báo cáo dân số năm 2026", "source_on": "01/01/2026"}
ROW = [10, 20, 30, 11, 21, 31, 123]
ENTRY = {"year": 2026, "commune": PHO_HIEN}


@pytest.fixture(params=[Role.SUPERVISOR, Role.ANALYST])
def officer(session: Session, request: pytest.FixtureRequest) -> User:
    made: User = UserFactory(role=request.param, unit=UnitFactory(doh=True))
    return made


@pytest.fixture
def supervisor(session: Session) -> User:
    made: User = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    return made


def typed(number: int, **more: object) -> dict[str, object]:
    return {**dict.fromkeys(FIELDS, str(number)), **SOURCE, **more}


def workbook(*rows: Sequence[Any], titles: Sequence[str] = TITLES) -> bytes:
    into = BytesIO()
    book = xlsxwriter.Workbook(into, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    page = book.add_worksheet("x")
    for line, row in enumerate([titles, *rows]):
        for place, value in enumerate(row):
            if str(value).startswith("="):  # as by a program that calculates nothing
                page.write_formula(line, place, value, value="")
            else:
                page.write(line, place, value)
    book.close()
    return into.getvalue()


def send(browser: Browser, content: bytes, *, expect: int = 303) -> Any:
    data = {**SOURCE, "file": (BytesIO(content), "dan-so.xlsx")}
    return browser.submit("population.new_import", data, form="#population-import", expect=expect)


def checked(browser: Browser, session: Session, *rows: Sequence[Any]) -> PopulationImport:
    send(browser, workbook(*rows))
    session.expire_all()
    newest = select(PopulationImport).order_by(PopulationImport.at.desc()).limit(1)
    return session.scalars(newest).one()


def confirm(browser: Browser, sent: PopulationImport, *, expect: int = 303, **typed: str) -> Any:
    page = browser.get("population.show_import", population_import_id=sent.id)
    return browser.submit_page(page, typed, form="#population-confirm", expect=expect)


def shown(browser: Browser, sent: PopulationImport) -> str:
    page = browser.get("population.show_import", population_import_id=sent.id)
    return " ".join(page.get_text(" ").split())


def entries(session: Session) -> list[PopulationEntry]:
    session.expire_all()
    wanted = select(PopulationEntry).order_by(PopulationEntry.commune_code, PopulationEntry.version)
    return list(session.scalars(wanted))


def test_what_is_missing_is_said(browser: Browser, officer: User) -> None:
    page = browser.sign_in(officer).get("population.index", year=2026)
    assert "104" in page.select_one(".tile-warn").get_text()  # type: ignore[union-attr]
    assert len(page.select("tbody .status-warn")) == 104


def test_a_commune_is_entered(browser: Browser, session: Session, officer: User) -> None:
    browser.sign_in(officer).submit(
        "population.entry", typed(100), form="#population-entry", expect=303, **ENTRY
    )
    assert population(session, 2026, PHO_HIEN).total == 600
    assert population(session, 2026).missing
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == AuditAction.POPULATION_CHANGED)
    ).one()
    assert PHO_HIEN in event.body


def test_a_correction_says_why_and_keeps_what_was(
    browser: Browser, session: Session, supervisor: User
) -> None:
    browser.sign_in(supervisor)
    browser.submit("population.entry", typed(100), form="#population-entry", expect=303, **ENTRY)
    then = clock.now()
    page = browser.submit(
        "population.entry", typed(90), form="#population-entry", expect=422, **ENTRY
    )
    assert "Ghi vì sao số trước đó được sửa." in page.get_text()
    again = typed(90, reason="Xã báo cáo lại")
    browser.submit("population.entry", again, form="#population-entry", expect=303, **ENTRY)
    known = entries(session)
    assert [one.superseded_at is None for one in known] == [False, True]
    assert population(session, 2026, PHO_HIEN).total == 540
    assert population(session, 2026, PHO_HIEN, known_at=then).total == 600
    assert "Xã báo cáo lại" in browser.get("population.entry", **ENTRY).get_text()


def test_two_people_at_once(browser: Browser, session: Session, supervisor: User) -> None:
    browser.sign_in(supervisor)
    stale = browser.get("population.entry", **ENTRY)
    browser.submit("population.entry", typed(100), form="#population-entry", expect=303, **ENTRY)
    page = browser.submit_page(stale, typed(90), form="#population-entry", expect=409)
    assert page.select_one(".conflict")
    assert page.select_one(f"#{FIELDS[0]}")["value"] == "90"  # type: ignore[index]
    assert population(session, 2026, PHO_HIEN).total == 600


@pytest.mark.parametrize("wrong", ["-1", "1.5", "mười", "", "200001", "9" * 30])
def test_what_is_no_count_is_refused(
    browser: Browser, session: Session, supervisor: User, wrong: str
) -> None:
    browser.sign_in(supervisor)
    data = typed(5, **{FIELDS[0]: wrong})
    browser.submit("population.entry", data, form="#population-entry", expect=422, **ENTRY)
    assert entries(session) == []


@pytest.mark.parametrize(
    "address", [{"year": 1900}, {"year": "x"}, {"year": 2026, "commune": "khong-co"}]
)
def test_there_is_no_such_year_or_commune(
    browser: Browser, supervisor: User, address: dict[str, object]
) -> None:
    browser.sign_in(supervisor).get("population.entry", expect=404, **address)


def test_others_enter_nothing(browser: Browser, session: Session) -> None:
    for role in set(Role) - {Role.SUPERVISOR, Role.ANALYST}:
        browser.sign_in(UserFactory(role=role)).get("population.index", expect=403)


def test_a_workbook_counts_once_it_is_confirmed(
    browser: Browser, session: Session, supervisor: User
) -> None:
    sent = checked(
        browser.sign_in(supervisor),
        session,
        [2026, PHO_HIEN, "", *ROW],
        [2026, "", "Xã Tân Hưng" if _is_xa(TAN_HUNG) else "Phường Tân Hưng", *ROW],
    )
    assert (len(sent.rows), sent.problems) == (2, [])
    assert entries(session) == []
    confirm(browser, sent)
    assert (
        population(session, 2026, PHO_HIEN).total
        == population(session, 2026, TAN_HUNG).total
        == 123
    )
    session.expire_all()
    assert sent.state is ImportState.DONE


def _is_xa(code: str) -> bool:
    return next(one.type == "xã" for one in communes() if one.code == code)


@pytest.mark.wide
def test_the_same_workbook_again_changes_nothing(
    browser: Browser, session: Session, supervisor: User
) -> None:
    """It is said, and nothing is to be confirmed; what another one replaces says why."""
    browser.sign_in(supervisor)
    confirm(browser, checked(browser, session, [2026, PHO_HIEN, "", *ROW]))
    again = checked(browser, session, [2026, PHO_HIEN, "", *ROW])
    page = browser.get("population.show_import", population_import_id=again.id)
    assert "không có gì để nhập" in page.get_text()
    assert page.select_one("#population-confirm") is None
    with pytest.raises(NothingToConfirm):
        confirm_import(session, actor=actor_of(supervisor), sent=again, reason="x", now=clock.now())
    session.rollback()
    corrected = checked(browser, session, [2026, PHO_HIEN, "", 9, *ROW[1:-1], 122])
    page = confirm(browser, corrected, expect=422)
    assert "Ghi vì sao số trước đó được sửa." in page.get_text()
    confirm(browser, corrected, reason="Công an tỉnh rà soát lại")
    assert [one.version for one in entries(session)] == [1, 2]
    history = browser.get("population.entry", **ENTRY).get_text()
    assert "Lý do sửa: Công an tỉnh rà soát lại" in history


@pytest.mark.parametrize(
    ("counts", "total", "is_doubtful"),
    [
        ([0, 0, 0, 0, 0, 0], 0, True),
        ([0, 20, 30, 21, 21, 31], 123, True),  # one group is gone
        ([2, 5, 30, 10, 10, 24], 81, True),  # a third and more
        ([10, 10, 20, 11, 10, 21], 82, False),  # exactly a third
        ([9, 20, 30, 11, 21, 31], 122, False),
    ],
)
def test_what_is_replaced_is_shown_and_what_is_doubtful_is_to_be_looked_at_again(
    browser: Browser,
    session: Session,
    supervisor: User,
    counts: list[int],
    total: int,
    is_doubtful: bool,
) -> None:
    """Against the number that counts for the same year, not the one of the year before."""
    browser.sign_in(supervisor)
    before = [2025, PHO_HIEN, "", *(2 * n for n in ROW)]
    confirm(browser, checked(browser, session, before, [2026, PHO_HIEN, "", *ROW]), is_sure="y")
    sent = checked(browser, session, [2026, PHO_HIEN, "", *counts, total])
    words = shown(browser, sent)
    assert f"Thay số đang dùng năm 2026 của 1 xã, phường: từ 123 thành {total} trẻ em." in words
    assert f"246 123 {total} -{123 - total}" in words or total == 123
    assert ("Mọi dòng đều đúng" in words) is not is_doubtful
    assert ("Cần xem lại 1 xã, phường" in words) is is_doubtful
    if is_doubtful:
        page = confirm(browser, sent, expect=422, reason="Rà soát")
        assert "Xem lại, rồi đánh dấu vào đây." in page.get_text()
        assert population(session, 2026, PHO_HIEN).total == 123
    confirm(browser, sent, reason="Rà soát", **({"is_sure": "y"} if is_doubtful else {}))
    assert population(session, 2026, PHO_HIEN).total == total


def test_a_workbook_does_not_overwrite_what_was_corrected_after_its_check(
    browser: Browser, session: Session, supervisor: User
) -> None:
    browser.sign_in(supervisor)
    confirm(browser, checked(browser, session, [2026, PHO_HIEN, "", *ROW]))
    sure = {"reason": "Rà soát", "is_sure": "y"}
    waiting = checked(
        browser, session, [2026, TAN_HUNG, "", *ROW], [2026, PHO_HIEN, "", 9, *ROW[1:-1], 122]
    )
    again = typed(90, reason="Xã báo cáo lại")
    browser.submit("population.entry", again, form="#population-entry", expect=303, **ENTRY)
    page = browser.get("population.show_import", population_import_id=waiting.id)
    answer = browser.submit_page(page, sure, form="#population-confirm", expect=409)
    words = answer.get_text(" ", strip=True)
    assert "Chưa nhập số nào" in words and "Phường Phố Hiến, năm 2026" in words and "540" in words
    assert supervisor.name in words and answer.select_one("#population-confirm") is None
    assert population(session, 2026, PHO_HIEN).total == 540
    assert population(session, 2026, TAN_HUNG).total == 0
    again_sent = checked(browser, session, [2026, PHO_HIEN, "", 9, *ROW[1:-1], 122])
    confirm(browser, again_sent, **sure)
    assert population(session, 2026, PHO_HIEN).total == 122


def test_a_workbook_is_confirmed_once(browser: Browser, session: Session, supervisor: User) -> None:
    sent = checked(browser.sign_in(supervisor), session, [2026, PHO_HIEN, "", *ROW])
    page = browser.get("population.show_import", population_import_id=sent.id)
    browser.submit_page(page, {}, form="#population-confirm", expect=303)
    browser.submit_page(page, {"idempotency_key": "11111111-1111-4111-8111-111111111111"},
                        form="#population-confirm", expect=409)  # fmt: skip
    assert len(entries(session)) == 1


WRONG = (
    ([2026, PHO_HIEN, "", *ROW[:-1], 124], "Cột Tổng số ghi 124, cộng các cột tuổi được 123."),
    ([2026, PHO_HIEN, "Tân Hưng", *ROW], f"Mã và tên không khớp: {PHO_HIEN} ("),
    ([2026, PHO_HIEN, "Phường Hiến Nam", *ROW], "đã sáp nhập"),
    ([2026, "99999", "", *ROW], "Không có xã, phường này"),
    ([2026, "", "Xã Không Có", *ROW], "Không có xã, phường này"),
    ([2026, "", "Phường Hiến Nam", *ROW], "đã sáp nhập"),
    ([2026, PHO_HIEN, "", -1, *ROW[1:]], "Nam 0-5 tuổi: -1. Ghi số nguyên từ 0 đến 200.000."),
    ([2026, PHO_HIEN, "", "nhiều", *ROW[1:]], "nhiều. Ghi số nguyên từ 0 đến 200.000."),
    ([2026, PHO_HIEN, "", 1.5, *ROW[1:]], "1.5. Ghi số nguyên từ 0 đến 200.000."),
    ([2026, PHO_HIEN, "", None, *ROW[1:]], "Bỏ trống"),
    ([2026, PHO_HIEN, "", 9_000_000, *ROW[1:]], "9000000. Ghi số nguyên từ 0 đến 200.000."),
    ([2026, PHO_HIEN, "", 10**12, *ROW[1:]], f"{10**12}. Ghi số nguyên từ 0 đến 200.000."),
    ([2026, PHO_HIEN, "", date(2026, 1, 1), *ROW[1:]], "Ghi số nguyên từ 0 đến 200.000."),
    ([2026, PHO_HIEN, "", *ROW[:-1], "123,5"], "Tổng số: 123,5. Ghi số nguyên"),
    ([2026, PHO_HIEN, "", "=1+9", *ROW[1:]], "Nam 0-5 tuổi: công thức chưa có kết quả."),
    ([2026, PHO_HIEN, "", *ROW[:-1], "=1+9"], "Tổng số: công thức chưa có kết quả."),
    ([2026, PHO_HIEN, "", *["=1+9"] * 7], "Nam 0-5 tuổi: công thức chưa có kết quả."),
    (["=1+9", PHO_HIEN, "", *ROW], "Năm: công thức chưa có kết quả."),
    ([2026, PHO_HIEN, "", "#N/A", *ROW[1:]], "Nam 0-5 tuổi: #N/A là lỗi của công thức."),
    (["năm nay", PHO_HIEN, "", *ROW], "Năm không đọc được"),
    ([2099, PHO_HIEN, "", *ROW], "Năm 2099 không nhận"),
    ([2014, PHO_HIEN, "", *ROW], "Năm 2014 không nhận"),
)


def test_what_is_wrong_is_said_row_by_row_and_nothing_is_imported(
    browser: Browser, session: Session, supervisor: User
) -> None:
    good = [2026, TAN_HUNG, "", *ROW]
    sent = checked(browser.sign_in(supervisor), session, good, *(row for row, _ in WRONG))
    page = browser.get("population.show_import", population_import_id=sent.id)
    lines = [line.get_text(" ") for line in page.select("tbody tr")]
    for number, (_, said) in enumerate(WRONG, 3):
        found = [line for line in lines if re.search(rf"Dòng {number}\b", line)]
        assert any(said in line for line in found), (number, said)
    assert not any("Dòng 2," in line for line in lines)
    assert any("Dòng 3, Phường Phố Hiến" in line for line in lines)
    assert any("Dòng 7, Xã Không Có" in line for line in lines)
    assert page.select_one("#population-confirm") is None
    assert entries(session) == []


def test_of_many_wrong_rows_the_first_are_shown_and_the_list_says_how_each_workbook_stands(
    browser: Browser, session: Session, supervisor: User
) -> None:
    wrong = [2026, PHO_HIEN, "", "x", *ROW[1:]]
    sent = checked(browser.sign_in(supervisor), session, *[wrong] * 15)
    page = browser.get("population.show_import", population_import_id=sent.id)
    assert len(page.select("tbody tr")) == 15 and len(page.select("details tbody tr")) == 3
    checked(browser, session, [2026, PHO_HIEN, "", *ROW])
    confirm(browser, checked(browser, session, [2026, TAN_HUNG, "", *ROW]))
    page = browser.get("population.new_import")
    states = [one.get_text(strip=True) for one in page.select(".rows .status")]
    assert states == ["Đã nhập", "Chưa nhập", "Cần sửa"]


@pytest.mark.wide
def test_what_a_workbook_brings_can_be_seen(
    browser: Browser, session: Session, supervisor: User
) -> None:
    """Up to the next year, as on the pages; not one further."""
    year = clock.today().year + 1
    sent = checked(browser.sign_in(supervisor), session, [year, PHO_HIEN, "", *ROW])
    confirm(browser, sent)
    assert "123" in browser.follow().text
    sent = checked(browser, session, [year + 1, PHO_HIEN, "", *ROW])
    assert [one["code"] for one in sent.problems] == ["far"]
    browser.get("population.index", year=year + 1, expect=404)


def test_the_sum_and_the_change_are_shown_before_anything_counts(
    browser: Browser, session: Session, supervisor: User
) -> None:
    browser.sign_in(supervisor)
    confirm(browser, checked(browser, session, [2025, PHO_HIEN, "", *ROW]))
    row = [ROW[0] + 41, *ROW[1:-1], 164]
    sent = checked(browser, session, [2026, PHO_HIEN, "", *row])
    page = browser.get("population.show_import", population_import_id=sent.id)
    said = " ".join(page.get_text(" ").split())
    assert "Năm 2026: 1 xã, phường, tổng 164 trẻ em" in said
    assert "So với năm 2025 (123 trẻ em): +41 (+33,3%)." in said
    assert "123 – 164 +41 (+33,3%)" in said


def test_a_commune_twice_is_a_contradiction(
    browser: Browser, session: Session, supervisor: User
) -> None:
    row = [2026, PHO_HIEN, "", *ROW]
    sent = checked(browser.sign_in(supervisor), session, row, row)
    assert [(one["row"], one["code"], one["about"]) for one in sent.problems] == [(3, "twice", "2")]


@pytest.mark.wide
def test_another_layout_is_no_template(browser: Browser, supervisor: User) -> None:
    browser.sign_in(supervisor)
    page = send(browser, workbook([1, 2], titles=["Xã", "Trẻ em"]), expect=422)
    assert "Không thấy đủ các cột của tệp mẫu" in page.get_text()
    assert "không" in send(browser, b"no workbook", expect=422).get_text()


def test_the_template_is_what_is_read(browser: Browser, session: Session, supervisor: User) -> None:
    browser.sign_in(supervisor)
    got = browser.client.get("/indicators/population/template.xlsx?year=2026")
    book = load_workbook(BytesIO(got.data))
    page = book.active
    assert page is not None
    assert page.max_row == 105
    for line in range(2, page.max_row + 1):
        for place, value in enumerate(ROW, 4):
            page.cell(line, place).value = value
    filled = BytesIO()
    book.save(filled)
    send(browser, filled.getvalue())
    session.expire_all()
    sent = session.scalars(select(PopulationImport)).one()
    assert (len(sent.rows), sent.problems) == (104, [])
    confirm(browser, sent)
    assert population(session, 2026).missing == ()


def test_who_has_the_numbers_of_some_communes_leaves_the_other_rows_of_the_template_empty(
    browser: Browser, session: Session, supervisor: User
) -> None:
    empty = [[2026, one.code, one.label] for one in communes()[:4] if one.code != PHO_HIEN]
    empty[0] += [None] * (len(ROW) - 1) + [0]  # a sum of nothing
    sent = checked(browser.sign_in(supervisor), session, *empty, [2026, PHO_HIEN, "", *ROW])
    assert ([row["commune"] for row in sent.rows], sent.problems) == ([PHO_HIEN], [])
    page = send(browser, workbook(*empty), expect=422)
    assert "Bảng tính chưa có số trẻ em nào" in page.get_text()


def test_an_import_of_somebody_else_is_not_there(
    browser: Browser, session: Session, supervisor: User
) -> None:
    sent = checked(browser.sign_in(supervisor), session, [2026, PHO_HIEN, "", *ROW])
    other = UserFactory(role=Role.ANALYST, unit=UnitFactory(doh=True))
    browser.sign_in(other).get("population.show_import", population_import_id=sent.id, expect=404)
