"""The layout of official documents (Decree 30/2020), as WeasyPrint makes it."""

import io
from datetime import date

import pytest
from flask import Flask, render_template_string
from pypdf import PdfReader

from app.documents.render import Press

REPORT = """
{% extends "layouts/document.html" %}
{% from "components/document.html" import letterhead, doc_title, addressed, entry, ticks, closing %}
{% block title %}Báo cáo{% endblock %}
{% block document %}
{{ letterhead("UBND tỉnh Hưng Yên", "UBND phường Phố Hiến", "Số: 05/BC-UBND", "Phố Hiến", day) }}
{{ doc_title("Báo cáo", "Tiếp nhận thông tin trẻ em") }}{{ addressed(["Chủ tịch UBND phường"]) }}
{{ entry("Họ và tên", name) }}{{ entry("Ngày sinh", none) }}
{{ ticks("Giới tính", [("m", "Nam"), ("f", "Nữ")], "f") }}
{% for n in range(60) %}<p>Đoạn {{ n }}: ẳ ẵ ặ ử ữ ợ ỡ ỹ ỵ.</p>{% endfor %}
{{ closing(["Như trên", "Lưu: VT"], "Phó Chủ tịch", "Trần Văn Nam", authority="KT. Chủ tịch") }}
{% endblock %}
"""


@pytest.fixture(scope="module")
def report(app: Flask) -> PdfReader:
    with app.test_request_context():
        page = render_template_string(REPORT, day=date(2026, 2, 5), name="<b>Nguyễn Thị Ánh</b>")
    return PdfReader(io.BytesIO(Press().pdf(page)))


def test_the_paper_is_a4(report: PdfReader) -> None:
    box = report.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)


def test_the_head_holds_what_the_decree_asks(report: PdfReader) -> None:
    text = report.pages[0].extract_text()
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "UBND PHƯỜNG PHỐ HIẾN",
        "Số: 05/BC-UBND",
        "Phố Hiến, ngày 05 tháng 02 năm 2026",
        "Kính gửi: Chủ tịch UBND phường",
    ):
        assert words in text


def test_the_first_page_has_no_number_and_the_others_have(report: PdfReader) -> None:
    first, second = (page.extract_text() for page in report.pages[:2])
    assert "1" not in first.splitlines()
    assert "2" in second.splitlines()


def test_the_end_has_recipients_and_signature(report: PdfReader) -> None:
    text = report.pages[-1].extract_text()
    for words in ("Nơi nhận:", "- Như trên;", "- Lưu: VT.", "KT. CHỦ TỊCH", "Trần Văn Nam"):
        assert words in text


def test_only_tinos_is_used_and_it_is_embedded(report: PdfReader) -> None:
    fonts = [f.get_object() for page in report.pages for f in page["/Resources"]["/Font"].values()]
    assert {str(font["/BaseFont"]).split("+")[1].partition("-")[0] for font in fonts} == {"Tinos"}
    descendants = [font["/DescendantFonts"][0].get_object() for font in fonts]
    assert all(
        "/FontFile2" in d["/FontDescriptor"] or "/FontFile3" in d["/FontDescriptor"]
        for d in descendants
    )


def test_what_was_typed_stays_text(report: PdfReader) -> None:
    assert "<b>Nguyễn Thị Ánh</b>" in report.pages[0].extract_text()
