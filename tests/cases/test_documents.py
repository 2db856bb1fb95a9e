"""Mẫu số 01 and Mẫu số 02 as PDF: what they say, what they must not say, and to whom."""

import json
import unicodedata
import uuid
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pypdf import PageObject, PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.audit.actions import AuditAction
from app.audit.checkpoints import take_checkpoint
from app.audit.models import AuditEvent, AuditHead
from app.auth import permissions
from app.auth.models import Role, Unit, User
from app.auth.permissions import Section
from app.cases.enums import Category, OverrideState, RiskLevel
from app.cases.models import AssessmentNeed, Case, Informant, InitialAssessment, Report
from app.core import clock
from app.core.db import db
from app.core.sealed import DataKey
from app.documents.pdf import LARGEST_HTML
from app.people.models import Child, DobPrecision, Sex
from app.reference import library
from tests.browser import Browser
from tests.factories import (
    CarerFactory,
    CaseFactory,
    ChildFactory,
    ReportFactory,
    UnitFactory,
    UserFactory,
)
from tests.sql import counted
from tests.tiers import wide

RECEIVED = datetime(2026, 2, 5, 1, 5, tzinfo=UTC)  # 08:05 in Vietnam
HOSTILE = '<img src="file:///etc/passwd"><script>alert(1)</script> & </p>'
LONG = "Em bị đánh nhiều lần, có vết bầm ở tay và lưng, hay khóc, sợ về nhà. " * 44  # 3,000 letters


@pytest.fixture
def unit(session: Session) -> Unit:
    return UnitFactory(name="UBND phường Phố Hiến")


@pytest.fixture
def worker(unit: Unit) -> User:
    return UserFactory(unit=unit, username="worker", name="Trần Thị Dung")


def make_case(session: Session, unit: Unit, **report: Any) -> Case:
    """A case of a well-known child, reported at the hotline by somebody who agreed to be named."""
    desk = UserFactory(unit=unit, role=Role.INTAKE, name="Đỗ Văn Tiếp")
    child = ChildFactory(full_name="Nguyễn Thị Ánh Tuyết")
    CarerFactory(
        child=child, relation="father", full_name="Nguyễn Văn Bảo", occupation="Thợ xây",
        birth_year=1988,
    )  # fmt: skip
    CarerFactory(child=child, relation="mother", full_name="Lê Thị Hòa", occupation="Công nhân may")
    values: dict[str, Any] = {
        "received_at": RECEIVED,
        "typed_at": RECEIVED,
        "doc_no": "5",
        "event_place": "Tổ dân phố số 3",
        "child_condition": "Vết bầm ở tay, hay khóc.",
        "likely_consequence": "Có thể tiếp tục bị đánh.",
        "family_context": "Cha mẹ đã ly thân.",
        "current_caregiver": "Bà ngoại Vũ Thị Lụa",
        "child_location": "CHỖ-ĐANG-Ở-RIÊNG",
        "prior_actions": "Trạm y tế đã khám.",
        **report,
    }
    made = ReportFactory(user=desk, **values)
    session.add(
        Informant(
            key=DataKey.new(), report_id=made.id, name="NGƯỜI-BÁO-TIN", phone="0912345678",
            address="ĐỊA-CHỈ-NGƯỜI-BÁO", notes="GHI-CHÚ-NGƯỜI-BÁO",
        )
    )  # fmt: skip
    case: Case = CaseFactory(worked_by=unit, of_child=child, of_report=made)
    return case


def make_assessment(session: Session, case: Case, by: User, **values: Any) -> InitialAssessment:
    """High harm, no protection: an emergency, with one need."""
    key = session.scalars(select(DataKey).join(Child).where(Child.id == case.child_id)).one()
    level = values.get("final_level", RiskLevel.HIGH)
    given: dict[str, Any] = {
        "form_version": 1,
        "answers": {"H1": "HIGH", "H2": "MEDIUM", "P1": "LOW", "P2": "MEDIUM"},
        "counts": {"harm": {}, "protect": {}},
        "computed_level": RiskLevel.HIGH,
        "wanted_level": level,
        "final_level": level,
        "is_emergency": True,
        "comment": "Cần tách em khỏi người gây tổn hại.",
        "happened_at": RECEIVED,
        "typed_at": RECEIVED,
        "by_id": by.id,
        **values,
    }
    made = InitialAssessment(key=key, case_id=case.id, **given)
    session.add(made)
    session.flush()
    session.add(
        AssessmentNeed(
            key=key, assessment_id=made.id, position=1, need="safety",
            service="Tạm trú an toàn 15 ngày", provider="Trung tâm Công tác xã hội",
        )
    )  # fmt: skip
    session.commit()
    return made


def saved(browser: Browser, form: str, case: Case, query: str = "") -> TestResponse:
    response = browser._alone(browser.client.get, f"/cases/{case.id}/documents/{form}.pdf{query}")
    assert response.status_code == 200
    assert response.mimetype == "application/pdf"
    return response


def pdf(browser: Browser, form: str, case: Case, query: str = "") -> PdfReader:
    return PdfReader(BytesIO(saved(browser, form, case, query).data))


def text_of(reader: PdfReader) -> str:
    """All text with single spaces, as stored: no letter is composed afterwards."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def in_top_margin(page: PageObject) -> str:
    """What stands less than 20 mm below the upper edge of the paper."""
    found: list[str] = []

    def note(text: str, matrix: list[float], place: list[float], *rest: object) -> None:
        if matrix[3] * place[5] + matrix[5] > float(page.mediabox.top) - 20 / 25.4 * 72:
            found.append(text.strip())

    page.extract_text(visitor_text=note)
    return "".join(found)


def test_form01_says_what_was_reported(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit)
    text = text_of(pdf(browser.sign_in(worker), "form01", case))
    for said in (
        "Mẫu số 01", "Nghị định số 56/2017/NĐ-CP", "Số: 05/BC-UBND",
        "Phố Hiến, ngày 05 tháng 02 năm 2026", "Độc lập - Tự do - Hạnh phúc", "BÁO CÁO",
        "TIẾP NHẬN THÔNG TIN TRẺ EM BỊ XÂM HẠI", "08 giờ 05 phút, ngày 05 tháng 02 năm 2026",
        "Nguyễn Thị Ánh Tuyết", "05/03/2017", "Tổ dân phố số 3, Phường Phố Hiến, tỉnh Hưng Yên",
        "Vết bầm ở tay", "Có thể tiếp tục bị đánh", "Nguyễn Văn Bảo", "38 tuổi", "Thợ xây",
        "Lê Thị Hòa", "Cha mẹ đã ly thân", "Bà ngoại Vũ Thị Lụa", "Trạm y tế đã khám",
        "Thông tin được giữ riêng", "Đỗ Văn Tiếp", "(Ký, ghi rõ họ tên)", "Ghi chú:",
    ):  # fmt: skip
        assert said in text
    assert unicodedata.is_normalized("NFC", text)


def test_form01_never_names_the_informant_nor_what_is_not_on_the_form(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit)
    text = text_of(pdf(browser.sign_in(worker), "form01", case))
    for kept in ("NGƯỜI-BÁO", "0912", "GHI-CHÚ", "CHỖ-ĐANG-Ở-RIÊNG"):
        assert kept not in text


def test_closed_sections_are_named_but_not_printed(
    browser: Browser, session: Session, unit: Unit, worker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(session, unit)
    opened = {**permissions.SECTIONS, Role.CP_WORKER: frozenset({Section.EVENT})}
    monkeypatch.setattr(permissions, "SECTIONS", opened)
    text = text_of(pdf(browser.sign_in(worker), "form01", case))
    assert "Họ và tên trẻ em(5): (không thuộc phạm vi xem)" in text
    assert "Vết bầm ở tay" in text
    for kept in ("Tuyết", "05/03/2017", "Nguyễn Văn Bảo", "Lê Thị Hòa", "ly thân", "Vũ Thị Lụa"):
        assert kept not in text
    monkeypatch.setitem(opened, Role.CP_WORKER, frozenset({Section.IDENTITY}))
    text = text_of(pdf(browser, "form01", case))
    assert "Tuyết" in text
    for kept in ("BỊ XÂM HẠI", "Số: 05", "Tổ dân phố", "Vết bầm", "Trạm y tế đã", "08 giờ", "Tiếp"):
        assert kept not in text


def test_supervisors_print_what_they_may_read(
    browser: Browser, session: Session, unit: Unit
) -> None:
    case = make_case(session, unit)
    supervisor = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    text = text_of(pdf(browser.sign_in(supervisor), "form01", case))
    assert "Nguyễn Thị Ánh Tuyết" in text
    assert "NGƯỜI-BÁO" not in text


@pytest.mark.wide
def test_what_is_not_known_is_a_dotted_line(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    child = ChildFactory(
        full_name=None, dob=None, dob_precision=DobPrecision.ESTIMATED, estimated_age=7,
        sex=Sex.UNKNOWN,
    )  # fmt: skip
    report = ReportFactory(event_commune=None, category=Category.RISK_ABANDONMENT, channel="online")
    case = CaseFactory(worked_by=unit, of_child=child, of_report=report)
    text = text_of(pdf(browser.sign_in(worker), "form01", case))
    assert "Số: ……/BC-UBND" in text
    assert "TRẺ EM CÓ NGUY CƠ BỊ BỎ RƠI" in text
    assert "7 tuổi" in text
    assert "x Ứng dụng, Zalo, mạng xã hội" in text
    assert "x Không biết" in text
    make_assessment(session, case, worker)
    assert "Ngày sinh hoặc tuổi: 7 tuổi" in text_of(pdf(browser, "form02", case))
    assert "None" not in text


def test_typed_markup_is_text(browser: Browser, session: Session, unit: Unit, worker: User) -> None:
    case = make_case(session, unit, child_condition=HOSTILE)
    text = text_of(pdf(browser.sign_in(worker), "form01", case))
    assert "".join(HOSTILE.split()) in "".join(text.split())
    assert "root:" not in text


def test_other_children_of_the_report_are_counted_not_named(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit)
    report = session.get_one(Report, case.report_id)
    CaseFactory(worked_by=unit, of_report=report, of_child=ChildFactory(full_name="Phạm Gia Khánh"))
    text = text_of(pdf(browser.sign_in(worker), "form01", case))
    assert "còn về 1 trẻ em khác" in text
    assert "Khánh" not in text


@pytest.mark.wide
def test_paper_fonts_and_page_numbers(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit, child_condition=LONG, family_context=LONG)
    reader = pdf(browser.sign_in(worker), "form01", case)
    assert len(reader.pages) >= 3
    for page in reader.pages:
        assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [210, 297]
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            (inner,) = font.get_object()["/DescendantFonts"]
            described = inner.get_object()["/FontDescriptor"]
            assert "Tinos" in described["/FontName"]
            assert "/FontFile2" in described or "/FontFile3" in described
    tops = [in_top_margin(page) for page in reader.pages]
    assert tops == ["", *(str(number) for number in range(2, len(tops) + 1))]
    assert text_of(reader).count("sợ về nhà.") == 2 * LONG.count("sợ về nhà.")


def test_metadata_names_the_form_and_the_case_only(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit)
    reader = pdf(browser.sign_in(worker), "form01", case)
    assert reader.metadata == {
        "/Title": f"Mẫu số 01 - {case.number}",
        "/Producer": reader.metadata and reader.metadata.producer,
    }
    assert reader.trailer["/Root"]["/Lang"] == "vi"  # type: ignore[index]


def test_the_foot_says_who_printed_and_where_the_log_stood(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit)
    browser.sign_in(worker)
    assert "nhật ký" not in text_of(pdf(browser, "form01", case))
    checkpoint = take_checkpoint(session, clock.now())
    assert checkpoint is not None
    session.commit()
    text = text_of(pdf(browser, "form01", case))
    assert f"Hồ sơ {case.number} · in lúc " in text
    head = session.get_one(AuditHead, case.id)  # the second print is not in it yet
    assert " · worker · chuỗi hồ sơ: 1 sự kiện, " in text and head.seq == 2
    assert " · nhật ký: 1 sự kiện, " in text
    assert checkpoint.root.hex()[:16] in text


def test_a_print_is_saved_under_a_neutral_name_and_kept_nowhere(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit)
    headers = saved(browser.sign_in(worker), "form01", case).headers
    assert headers["Content-Disposition"] == f'attachment; filename="{case.number}-mau-01.pdf"'
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("document", ["form01", "form02"])
def test_each_print_is_one_event(
    browser: Browser, session: Session, unit: Unit, worker: User, document: str
) -> None:
    case = make_case(session, unit)
    make_assessment(session, case, worker)
    browser.sign_in(worker)
    session.refresh(case)  # what the test itself reads is not counted
    with counted(db.engine) as statements:
        pdf(browser, document, case)
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.action == AuditAction.DOCUMENT_PRINTED.value)
    ).all()
    (body,) = [json.loads(event.body) for event in events]
    assert events[0].chain_id == case.id
    assert body["actor"] == str(worker.id)
    assert body["subject"] == str(case.child_id)
    assert body["data"] == {"document": document}
    assert "informant" not in body["sections"]
    assert len(statements) <= 8


def test_what_cannot_be_printed_is_not_in_the_log(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit, child_condition="x" * (LARGEST_HTML + 1))
    page = browser.sign_in(worker).get("documents.form01", case_id=case.id, expect=503)
    assert "Chưa in được văn bản này" in page.text
    printed = select(AuditEvent).where(AuditEvent.action == AuditAction.DOCUMENT_PRINTED.value)
    assert session.scalars(printed).all() == []


def test_who_may_not_print(browser: Browser, session: Session, unit: Unit) -> None:
    case = make_case(session, unit)
    foreign = UserFactory(unit=UnitFactory(commune_code="11977"))
    for document in ("documents.form01", "documents.form02"):
        browser.sign_in(foreign).get(document, case_id=case.id, expect=404)
        for role in (Role.INTAKE, Role.AGENCY_OFFICER, Role.ANALYST, Role.ADMINISTRATOR):
            user = UserFactory(unit=unit, role=role)
            browser.sign_in(user).get(document, case_id=case.id, expect=403)
    printed = select(AuditEvent).where(AuditEvent.action == AuditAction.DOCUMENT_PRINTED.value)
    assert session.scalars(printed).all() == []


def test_form02_says_what_was_assessed(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit)
    make_assessment(session, case, worker)
    text = text_of(pdf(browser.sign_in(worker), "form02", case))
    for said in (
        "Mẫu số 02", "ĐÁNH GIÁ NGUY CƠ BAN ĐẦU", "Nguyễn Thị Ánh Tuyết", "Trần Thị Dung",
        "1. Mức độ tổn hại của trẻ em", "Trẻ em bị tổn hại nghiêm trọng",
        "Tổng số 1 1 0", "Tổng số 0 1 1", "x Mức độ tổn hại của trẻ em phần lớn là Cao",
        "Mức nguy cơ tính theo bảng: Nguy cơ cao", "Mức nguy cơ kết luận: Nguy cơ cao",
        "Tình trạng khẩn cấp: Có", "Cần tách em khỏi", "Tạm trú an toàn 15 ngày",
        "Trung tâm Công tác xã hội", "CÁN BỘ ĐÁNH GIÁ",
    ):  # fmt: skip
        assert said in text
    assert "NGƯỜI KÝ THỨ HAI" not in text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (OverrideState.APPROVED, "Đồng ý hạ mức. (Hoàng Văn Chủ, 08 giờ 05 phút, ngày 05"),
        pytest.param(OverrideState.PENDING, "Đang chờ người thứ hai ký", marks=wide),
        pytest.param(OverrideState.REFUSED, "Không đồng ý hạ mức. (Hoàng Văn Chủ", marks=wide),
    ],
)
def test_a_lowered_level_prints_its_reason_and_second_signature(
    browser: Browser, session: Session, unit: Unit, worker: User, state: OverrideState, words: str
) -> None:
    case = make_case(session, unit)
    chair = UserFactory(unit=unit, role=Role.COMMUNE_CHAIR, name="Hoàng Văn Chủ")
    decided = state is not OverrideState.PENDING
    make_assessment(
        session, case, worker, wanted_level=RiskLevel.MEDIUM, override_state=state,
        override_reason="Đối tượng đã bị tạm giữ.", second_by_id=chair.id if decided else None,
        second_at=RECEIVED if decided else None,
    )  # fmt: skip
    text = text_of(pdf(browser.sign_in(worker), "form02", case))
    assert "Mức nguy cơ cán bộ đề nghị: Nguy cơ trung bình" in text
    assert "Lý do hạ mức nguy cơ: Đối tượng đã bị tạm giữ." in text
    assert words in text
    assert "NGƯỜI KÝ THỨ HAI" in text


@pytest.mark.wide
def test_the_newest_assessment_unless_another_is_named(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case, other = make_case(session, unit), make_case(session, unit)
    first = make_assessment(session, case, worker, comment="LẦN-MỘT")
    make_assessment(session, case, worker, comment="LẦN-HAI", happened_at=clock.now())
    foreign = make_assessment(session, other, worker)
    browser.sign_in(worker)
    assert "LẦN-HAI" in text_of(pdf(browser, "form02", case))
    assert "LẦN-MỘT" in text_of(pdf(browser, "form02", case, f"?assessment={first.id}"))
    for unknown in (foreign.id, uuid.uuid4(), "x"):
        browser.get("documents.form02", case_id=case.id, assessment=unknown, expect=404)


@pytest.mark.wide
def test_an_old_record_prints_the_texts_of_its_form(
    browser: Browser, session: Session, unit: Unit, worker: User, tmp_path: Path
) -> None:
    case = make_case(session, unit)
    old = make_assessment(session, case, worker)
    new = make_assessment(session, case, worker, form_version=2)
    first = (library.DATA / "forms" / "form02.v1.toml").read_text(encoding="utf-8")
    second = first.replace("version = 1", "version = 2", 1).replace("2017-07-01", "2020-01-01", 1)
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "form02.v2.toml").write_text(
        second.replace('vi = "c) Kết luận', 'vi = "c) KẾT LUẬN MỚI'), encoding="utf-8"
    )
    library.install(tmp_path)
    try:
        browser.sign_in(worker)
        printed = text_of(pdf(browser, "form02", case, f"?assessment={old.id}"))
        assert "c) Kết luận về tình trạng" in printed
        printed = text_of(pdf(browser, "form02", case, f"?assessment={new.id}"))
        assert "c) KẾT LUẬN MỚI về tình trạng" in printed
    finally:
        library.install()


def test_without_an_assessment_there_is_no_form02(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit)
    browser.sign_in(worker).get("documents.form02", case_id=case.id, expect=404)


def test_closed_sections_of_form02(
    browser: Browser, session: Session, unit: Unit, worker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(session, unit)
    make_assessment(session, case, worker)
    opened = {**permissions.SECTIONS, Role.CP_WORKER: frozenset({Section.ASSESSMENT})}
    monkeypatch.setattr(permissions, "SECTIONS", opened)
    text = text_of(pdf(browser.sign_in(worker), "form02", case))
    assert "Họ và tên trẻ em: (không thuộc phạm vi xem)" in text
    for kept in ("Tuyết", "05/03/2017", "Tạm trú an toàn", "Trung tâm Công tác xã hội"):
        assert kept not in text
    monkeypatch.setitem(opened, Role.CP_WORKER, frozenset({Section.IDENTITY}))
    browser.get("documents.form02", case_id=case.id, expect=404)


def test_the_reader_in_english_prints_the_vietnamese_form(
    app: Flask, browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    case = make_case(session, unit)
    browser.sign_in(worker)
    with browser.client.session_transaction() as kept:
        kept["locale"] = "en"
    text = text_of(pdf(browser, "form01", case))
    assert "Họ và tên trẻ em" in text
    assert "Name of the child" not in text
