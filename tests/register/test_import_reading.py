"""What stands in a sheet, and what is read of it: every row gets an answer, with its cell."""

import re
import zipfile
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any
from unicodedata import normalize

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter.workbook import Workbook

from app.core.db import CONNECT_ARGS
from app.documents.examine import MAX_BYTES, Fault, FileRefused
from app.documents.read_workbook import COLUMNS, WAITED_SECONDS, Sheet, Table, outline_of, table_of
from app.indicators.services.population import READ_SECONDS
from app.people.models import Sex
from app.reference.communes import find_communes
from app.register.pages.import_words import FAULTS, NOTES, all_faults, fault_words, note_words
from app.register.sheets.columns import (
    columns_of,
    letter_of,
    likely_heading,
    likely_sheet,
    proposed,
)
from app.register.sheets.group_words import group_codes
from app.register.sheets.reading import Choices, ReadRow, read_rows
from app.register.sheets.rows_data import SheetRow
from app.register.sheets.values import BadCell
from app.register.sheets.vocabulary import key_of, vocabulary
from app.register.sheets.writing import template_workbook, workbook_of_faults
from tests.documents.test_examine import relation
from tests.factories import PHO_HIEN
from tests.register.workbooks import PLAIN, commune_list, put, sheet_of, workbook

TODAY = date(2026, 11, 25)
GOOD = ("Đỗ Thị Mận", "05/02/2019", "Nữ", "Khuyết tật", "Lê Thị Lựu")


@pytest.fixture(autouse=True)
def in_the_application(app: Flask) -> Any:
    """Messages need a language."""
    with app.app_context():
        yield


def read(content: bytes, *, group: str = "") -> list[ReadRow]:
    """As the pages do with everything that is proposed."""
    known, outline = vocabulary(), outline_of(content)
    sheet = likely_sheet(outline, known)
    heading = likely_heading(outline.sheets[sheet], known)
    fields = proposed(columns_of(outline.sheets[sheet], heading, known), known, {})
    table = table_of(content, sheet=sheet, after=heading, most=known.most_rows)
    return list(read_rows(table, Choices(fields, PHO_HIEN, TODAY, group), known, TODAY))


def one(*cells: Any, headings: Sequence[str] = PLAIN, group: str = "") -> ReadRow:
    """A row as the reading process hands it over."""
    known, sheet = vocabulary(), Sheet(name="", head=[(1, list(headings)), (2, list(cells))])
    assert likely_heading(sheet, known) == 1
    fields = proposed(columns_of(sheet, 1, known), known, {})
    table = Table(rows=[(2, list(cells))])
    (row,) = read_rows(table, Choices(fields, PHO_HIEN, TODAY, group), known, TODAY)
    return row


def faults(row: ReadRow) -> list[tuple[str, str]]:
    return [(fault.code, f"{fault.column}{row.row.number}") for fault in row.row.faults]


def notes(row: ReadRow) -> list[str]:
    return [note.code for note in row.row.notes]


def test_a_plain_row_is_a_child_with_its_group() -> None:
    row = one(*GOOD).row
    assert row.faults == []
    (entry,) = row.entries()
    assert (entry.child.full_name, entry.child.sex) == ("Đỗ Thị Mận", Sex.FEMALE)
    assert str(entry.child.dob) == "05/02/2019"
    assert (entry.membership.code, entry.membership.since) == ("DISABILITY", TODAY)
    assert [(p.relation, p.full_name) for p in entry.parents] == [("mother", "Lê Thị Lựu")]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("05/02/2019", "05/02/2019"),
        (" 5.2.2019 ", "05/02/2019"),
        ("2019-02-05", "05/02/2019"),
        ("05/02/2019 00:00:00", "05/02/2019"),
        (43501, "05/02/2019"),  # Excel's count of days
        ("43501", "05/02/2019"),
        (5022019, "05/02/2019"),  # typed without separators; Excel dropped the zero
        (2019, "2019"),
        ("2019", "2019"),
        ("Năm 2019", "2019"),
        ("02/2019", "02/2019"),
        ({"d": "2019-02-05T00:00:00"}, "05/02/2019"),
    ],
)
def test_a_date_in_any_way_it_is_kept(cell: Any, said: str) -> None:
    row = one("Đỗ Thị Mận", cell, *GOOD[2:]).row
    assert row.faults == [] and str(row.child().dob) == said


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        (0, 12345, "not_a_name"),
        (0, "???", "not_a_name"),
        (1, "31/02/2019", "date"),
        (1, "02/25/2019", "date"),
        (1, "mùa đông", "date"),
        (1, "05/02/19", "date"),
        (1, True, "date"),
        (1, 99999999, "date"),
        (1, "05/02/2040", "rule"),
        (1, "05/02/2001", "rule"),
        (2, "thế nào", "unknown_sex"),
        (3, "Trẻ lang thang", "unknown_group"),
        (3, "Khuyết tật, lang thang", "unknown_group"),
        (3, 5, "unknown_group"),
        (4, 7, "not_a_name"),
        (0, "Đỗ\u202eThị Mận", "characters"),
        (0, "Đ" * 201, "too_long"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(column: int, cell: Any, code: str) -> None:
    cells = list(GOOD)
    cells[column] = cell
    row = one(*cells)
    assert faults(row) == [(code, f"{letter_of(column)}2")]
    where, what = fault_words(row.row, row.row.faults[0])
    assert where.startswith(f"Ô {letter_of(column)}2, ") and len(what) > 10
    assert "%(" not in what


def test_what_is_missing_is_said() -> None:
    row = one(None, "05/02/2019", "Nữ", None, "Lê Thị Lựu")
    assert faults(row) == [("name_missing", "A2"), ("group_missing", "D2")]
    assert one(*GOOD[:3], None, GOOD[4], group="ORPHAN").row.memberships[0].code == "ORPHAN"


def test_spelling_and_blanks_play_no_part() -> None:
    cells = [normalize("NFD", f"  {cell}  ") for cell in GOOD]
    row = one(*cells, headings=[normalize("NFD", f" {words.upper()} ") for words in PLAIN]).row
    assert row.faults == [] and row.full_name == "Đỗ Thị Mận"
    assert one("ĐỖ THỊ MẬN", *GOOD[1:]).row.full_name == "Đỗ Thị Mận"


@pytest.mark.parametrize(
    ("cell", "kept", "fault"),
    [
        ("033319001234", "033319001234", None),
        (33319001234, "033319001234", None),  # Excel dropped the zero
        ("033 319 001 234", "033319001234", None),
        ("3.3319E+10", None, "number_cut"),
        ("12345", None, "national_id"),
        ("abc", None, "national_id"),
    ],
)
def test_an_identity_number(cell: Any, kept: str | None, fault: str | None) -> None:
    row = one(*GOOD, cell, headings=(*PLAIN, "Số CCCD/định danh"))
    assert row.row.national_id == kept
    assert faults(row) == ([(fault, "F2")] if fault else [])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Mồ côi cả cha lẫn mẹ", ["ORPHAN"]),
        ("Trẻ em mồ côi cả cha và mẹ", ["ORPHAN"]),
        ("KT nặng", ["DISABILITY.2"]),
        ("TE mồ côi", ["ORPHAN"]),
        ("d) Trẻ em khuyết tật", ["DISABILITY"]),
        ("đ) Trẻ em nhiễm HIV/AIDS", ["HIV"]),
        ("d.2) Khuyết tật nặng", ["DISABILITY.2"]),
        ("Khuyết tật, mồ côi", ["DISABILITY", "ORPHAN"]),
        ("Mồ côi cả cha và mẹ; KT nặng", ["ORPHAN", "DISABILITY.2"]),
        ("Khuyết tật + khuyết tật nặng", ["DISABILITY.2"]),
        ("Trẻ em di cư, trẻ em lánh nạn, tị nạn chưa xác định được cha mẹ hoặc không có người"
         " chăm sóc", ["MIGRANT_REFUGEE"]),
        ("có nguy cơ", ["AT_RISK"]),
        ("SERIOUS_ILLNESS.1", ["SERIOUS_ILLNESS.1"]),
    ],
)  # fmt: skip
def test_groups_are_recognised(text: str, codes: list[str]) -> None:
    assert group_codes(text, vocabulary()) == codes


def test_unknown_words_are_answered_with_what_they_resemble() -> None:
    with pytest.raises(BadCell) as bad:
        group_codes("Trẻ khuyết tật nặg", vocabulary())
    assert (bad.value.value, bad.value.words) == (
        "Trẻ khuyết tật nặg",
        "Trẻ em khuyết tật: Khuyết tật nặng",
    )
    with pytest.raises(BadCell):
        group_codes("k", vocabulary())  # “không”, not letter k


def test_the_degree_alone_is_a_part_of_the_group() -> None:
    headings = (*PLAIN, "Mức độ")
    assert one(*GOOD, "Nặng", headings=headings).row.memberships[0].code == "DISABILITY.2"
    assert faults(one(*GOOD, "rất buồn", headings=headings)) == [("unknown_part", "F2")]


@pytest.mark.parametrize(
    ("text", "district", "fault", "note"),
    [
        ("Phường Phố Hiến", "", None, None),
        ("Phường Hiến Nam", "TP Hưng Yên", None, "old_commune"),
        ("P. An Tảo, thành phố Hưng Yên", "", None, "old_commune"),
        ("Như Quỳnh", "Huyện Văn Lâm", "other_commune", None),
        ("Xã Không Có", "", "unknown_commune", None),
    ],
)
def test_old_communes_are_those_of_today(
    text: str, district: str, fault: str | None, note: str | None
) -> None:
    headings = (*PLAIN, "Xã", "Huyện")
    row = one(*GOOD, text, district, headings=headings)
    assert [f.code for f in row.row.faults] == ([fault] if fault else [])
    assert notes(row) == ([note] if note else [])
    if note:
        assert row.row.residence_text is not None and "Thành phố Hưng Yên" in row.row.residence_text


def test_every_old_commune_leads_to_its_new_ones() -> None:
    from app.reference.communes import _communes  # noqa: PLC0415  # the whole list, for this test

    for old in _communes().old:
        found = find_communes(old.old_name, old.old_district)
        assert old.new_code in {one.commune.code for one in found}, old
        assert all(f.old and f.old.old_district == old.old_district for f in found), old


def test_a_paper_without_its_kind_is_the_usual_one() -> None:
    headings = (*PLAIN, "Số giấy xác nhận", "Ngày cấp", "Từ ngày", "Hộ nghèo")
    row = one(*GOOD, "12/GXN", "15/01/2024", 2024, "x", headings=headings)
    (member,) = row.row.memberships
    assert (member.evidence_kind, member.evidence_number) == ("disability_certificate", "12/GXN")
    assert (member.issued_on, member.since) == (date(2024, 1, 15), date(2024, 1, 1))
    assert member.poverty == "poor" and "since_from" in notes(row)


def test_a_real_list_is_read_to_its_end() -> None:
    rows = read(commune_list(30))
    by_number = {row.row.number: row for row in rows}
    assert [row.row.number for row in rows if row.is_skipped] == [8, 39, 41]
    assert [notes(by_number[n])[0] for n in (8, 39, 41)] == ["column_numbers", "sum", "title"]
    wrong = {row.row.number: faults(row) for row in rows if row.row.faults}
    assert wrong == {
        13: [("date", "C13")],
        17: [("unknown_group", "H17")],
        21: [("name_missing", "B21")],
    }
    good = [row.row for row in rows if not row.is_skipped and not row.row.faults]
    assert len(good) == 27 and all(row.memberships and row.full_name for row in good)
    assert {len(row.memberships) for row in good} == {1, 2}
    assert any(note.code == "old_commune" for row in good for note in row.notes)


def test_a_heading_of_two_rows_under_another_sheet() -> None:
    outline, known = outline_of(commune_list(5)), vocabulary()
    assert likely_sheet(outline, known) == 1
    heading = likely_heading(outline.sheets[1], known)
    columns = columns_of(outline.sheets[1], heading, known)
    fields = proposed(columns, known, {})
    assert heading == 7
    assert [fields[c.place] for c in columns if c.letter in "EFG"] == [
        "residence_text", "commune", "district",
    ]  # fmt: skip


def test_what_the_unit_chose_before_comes_first() -> None:
    outline, known = outline_of(sheet_of([GOOD])), vocabulary()
    columns = columns_of(outline.sheets[0], 1, known)
    fields = proposed(columns, known, {key_of("Họ tên mẹ"): "circumstances", key_of("Nhóm"): ""})
    assert (fields[4], fields[3]) == ("circumstances", "")


def test_births_by_sex_in_two_columns() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        put(sheet, [("STT", "Họ và tên", "Năm sinh", None, "Đối tượng"), (None, None, "Nam", "Nữ")])
        sheet.merge_range("C1:D1", "Năm sinh")
        put(sheet, [(1, "Đỗ Văn Ổi", 2018, None, "Khuyết tật")], first=2)
        put(sheet, [(2, "Đỗ Thị Mận", None, "2019", "Mồ côi")], first=3)

    boy, girl = (row.row for row in read(workbook(fill)))
    assert not boy.faults and not girl.faults
    assert (boy.sex, str(boy.child().dob)) == (Sex.MALE, "2018")
    assert (girl.sex, str(girl.child().dob)) == (Sex.FEMALE, "2019")


def test_merged_cells() -> None:
    """Down: each row's value. Across columns that are read: nobody can tell whose."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        put(sheet, [PLAIN, GOOD, ("Đỗ Văn Ổi", 2018, "Nam", "Mồ côi"), ("Đỗ Văn Na", None, None)])
        sheet.merge_range("E2:E3", "Lê Thị Lựu")
        sheet.merge_range("B4:C4", "2018")
        sheet.write_string(3, 3, "Mồ côi")
        sheet.merge_range("A5:E5", "Thôn Đông")
        put(sheet, [("Đỗ Thị Đào", 2020, "Nữ", "Bị bỏ rơi")], first=5)

    first, second, across, title, last = read(workbook(fill))
    assert first.row.parents == second.row.parents == {"mother": "Lê Thị Lựu"}
    assert notes(second) == ["merged", "year_only"] and not second.row.faults
    assert ("merged_across", "B4") in faults(across)
    assert title.is_skipped and notes(title) == ["title"] and title.row.cells["full_name"]
    assert not last.row.faults


def test_merged_cells_that_lie_over_each_other_are_refused_at_once() -> None:
    """Excel makes none; a crafted sheet could keep the process of all background work busy."""
    rows: list[tuple[int, list[Any]]] = [(n, list(GOOD)) for n in range(2, 102)]
    table = Table(rows=rows, merged=[(0, 2, 1, 1_048_576)] * 61)
    choices = Choices({0: "full_name", 3: "group"}, PHO_HIEN, TODAY)
    with pytest.raises(FileRefused) as refused:
        list(read_rows(table, choices, vocabulary(), TODAY))
    assert refused.value.fault is Fault.BOMB
    far = Table(rows=[(2, list(GOOD)), (1_048_576, list(GOOD))], merged=[(4, 2, 4, 1_048_576)] * 60)
    assert len(list(read_rows(far, choices, vocabulary(), TODAY))) == 2


def test_one_long_text_in_many_cells_stays_small() -> None:
    def fill(book: Workbook) -> None:
        put(book.add_worksheet(), [PLAIN, *([["b" * 4_000] * 50] * 300)])

    content = workbook(fill)
    assert len(content) < 100_000
    assert len(outline_of(content).model_dump_json()) < 1_000_000
    with pytest.raises(FileRefused) as refused:
        table_of(content, sheet=0, after=1, most=20_000)
    assert refused.value.fault is Fault.BOMB


def test_a_page_reads_no_workbook_for_longer_than_its_transaction_may_be_idle() -> None:
    """Else the database ends the connection, and the answer is an error of the server."""
    idle = re.search(r"idle_in_transaction_session_timeout=(\d+)", str(CONNECT_ARGS["options"]))
    assert idle is not None and int(idle[1]) * 0.8 > max(WAITED_SECONDS, 2 * READ_SECONDS) * 1000


_TEXT = st.text(max_size=60) | st.sampled_from(
    [
        "=1+1",
        "31/02/2020",
        "5022017",
        "1e308",
        "0" * 40,
        "9" * 300,
        "\x00",
        "ẹ\u0323" * 9,
        "Mồ côi; ;;",
    ]
)
_PLAIN_CELL = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
)
_ODD_CELL = st.builds(lambda text: {"d": text}, _TEXT) | st.builds(lambda t: {"e": t}, _TEXT)
_CELL = _PLAIN_CELL | _ODD_CELL | st.builds(lambda cell: {"f": cell}, _PLAIN_CELL | _ODD_CELL)
_FIELDS = [field.code for field in vocabulary().fields]


@given(st.lists(st.tuples(st.sampled_from(_FIELDS), _CELL), max_size=12, unique_by=lambda p: p[0]))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_stands_in_the_cells_the_row_gets_an_answer(
    cells: list[tuple[str, Any]],
) -> None:
    fields = {place: field for place, (field, _cell) in enumerate(cells)}
    table = Table(rows=[(2, [cell for _field, cell in cells])])
    choices = Choices(fields, PHO_HIEN, TODAY, "DISABILITY")
    (row,) = read_rows(table, choices, vocabulary(), TODAY)
    assert row.is_skipped or row.row.faults or row.row.entries()
    again = SheetRow.model_validate_json(row.row.model_dump_json(exclude_defaults=True))
    assert workbook_of_faults([(again, all_faults(again))], vocabulary())


def test_formulas_give_what_was_computed_last_or_are_refused() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        put(sheet, [PLAIN, GOOD, GOOD, GOOD])
        sheet.write_formula(1, 0, '=UPPER("a")', None, "Đỗ Thị Mận")
        sheet.write_formula(2, 0, '=UPPER("a")')  # no result is kept
        sheet.write_formula(3, 0, "=1/0", None, "#DIV/0!")

    taken, refused, error = read(workbook(fill))
    assert notes(taken) == ["formula_taken"] and taken.row.full_name == "Đỗ Thị Mận"
    assert faults(refused)[0] == ("formula", "A3")
    assert faults(error)[0] == ("excel_error", "A4")


def test_text_that_looks_like_a_formula_is_text() -> None:
    row = one(*GOOD, "=HYPERLINK(1)", headings=(*PLAIN, "Ghi chú")).row
    assert row.circumstances == "=HYPERLINK(1)"
    back = table_of(
        workbook_of_faults([(row, "=1+1")], vocabulary()), sheet=0, after=1, most=10
    ).rows[0][1]
    assert "=HYPERLINK(1)" in back and "=1+1" in back, "no cell is a formula"


@pytest.mark.wide
def test_columns_that_are_too_many_are_told() -> None:
    wide = sheet_of([[*GOOD, *range(195)]], [*PLAIN, *(f"Cột {n}" for n in range(195))])
    sheet = outline_of(wide).sheets[0]
    assert sheet.columns == 200 and len(sheet.head[0][1]) == COLUMNS
    (row,) = read(wide)
    assert row.row.faults == []


def refused(content: bytes) -> Fault:
    with pytest.raises(FileRefused) as found:
        outline_of(content)
    assert len(str(found.value.text)) > 8
    return found.value.fault


def packed(content: bytes, **members: bytes) -> bytes:
    """The workbook with some members replaced or added (their names with __ for /)."""
    into = BytesIO()
    changed = {name.replace("__", "/"): data for name, data in members.items()}
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(into, "w") as new:
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, data in changed.items():
            new.writestr(name, data, zipfile.ZIP_DEFLATED)
    return into.getvalue()


@pytest.mark.wide
def test_files_that_are_no_workbook_are_refused_with_words() -> None:
    good = sheet_of([GOOD])
    assert refused(b"") is Fault.EMPTY
    assert refused("Họ tên,Nhóm\n".encode()) is Fault.NO_BOOK
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600) is Fault.OLD_OFFICE
    assert refused(good[:400]) is Fault.BOOK_BROKEN
    assert refused(b"PK\x03\x04" + b"x" * (MAX_BYTES + 1)) is Fault.BOOK_SIZE
    assert refused(packed(good, **{"xl__vbaProject.bin": b"x"})) is Fault.MACROS
    assert refused(packed(good, **{"xl__media__big.xml": b"0" * 105_000_000})) is Fault.BOMB
    assert refused(packed(good, **{f"xl__x{n}.xml": b"" for n in range(1_001)})) is Fault.BOMB
    assert refused(workbook(lambda book: book.add_worksheet() and None)) is Fault.NO_ROWS
    entity = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert refused(packed(good, **{"xl__sharedStrings.xml": entity})) is Fault.BOOK_BROKEN


def test_what_runs_in_a_workbook_is_known_by_its_type_and_relations() -> None:
    good = sheet_of([GOOD])
    with zipfile.ZipFile(BytesIO(good)) as archive:
        listed = archive.read("[Content_Types].xml")
    kind = b'<Override PartName="/xl/x.dat" ContentType="application/vnd.ms-office.vbaProject"/>'
    macro = listed.replace(b"</Types>", kind + b"</Types>")
    assert refused(packed(good, **{"[Content_Types].xml": macro, "xl__x.dat": b"x"})) is (
        Fault.MACROS
    )
    outside = relation("externalLinkPath", "file://other/share/a.xlsx", "External")
    assert refused(packed(good, **{"xl__e__rels.rels": outside})) is Fault.LINKED


def test_what_excel_notes_of_a_printer_is_no_macro() -> None:
    printed = packed(sheet_of([GOOD]), **{"xl__printerSettings__printerSettings1.bin": b"\0" * 64})
    assert outline_of(printed).sheets[0].columns == 5


def test_too_many_rows_are_refused_when_they_are_read() -> None:
    with pytest.raises(FileRefused) as found:
        table_of(sheet_of([GOOD] * 11), sheet=0, after=1, most=10)
    assert found.value.fault is Fault.ROWS


def test_the_template_is_understood_and_its_example_is_no_child() -> None:
    content = template_workbook(vocabulary())
    outline, known = outline_of(content), vocabulary()
    assert [sheet.name for sheet in outline.sheets] == ["Danh sách", "Hướng dẫn", "Danh mục"]
    sheet = likely_sheet(outline, known)
    columns = columns_of(outline.sheets[sheet], 1, known)
    fields = proposed(columns, known, {})
    assert (sheet, likely_heading(outline.sheets[0], known)) == (0, 1)
    assert set(fields.values()) == {field.code for field in known.fields if field.heading}
    (example,) = read(content)
    assert example.is_skipped and notes(example) == ["example"]


def test_every_code_has_its_words() -> None:
    """Those in the code of the reader, told apart by how they are given."""
    from pathlib import Path  # noqa: PLC0415
    from re import findall  # noqa: PLC0415

    text = "".join(p.read_text() for p in Path("app/register/sheets").glob("*.py"))
    text += Path("app/register/services/import_check.py").read_text()
    given = set(findall(r'BadCell\("([a-z_]+)"', text)) | set(findall(r'_fault\("([a-z_]+)"', text))
    assert given - {"rule"} <= FAULTS.keys() - {"nothing"}
    assert set(findall(r'_note\("([a-z_]+)"', text)) <= NOTES.keys()
    assert all(
        "%(" not in note_words(type("N", (), {"code": c, "value": "5%", "words": ""})())
        for c in NOTES
    )


@pytest.mark.parametrize(
    ("typed", "proposed"), [("Mồ côi cha", ""), ("Trẻ em khuyêt tậtt", "Trẻ em khuyết tật")]
)
def test_a_group_is_proposed_for_a_misspelling_not_for_words_that_say_less(
    typed: str, proposed: str
) -> None:
    with pytest.raises(BadCell) as refused:
        group_codes(typed, vocabulary())
    assert refused.value.words == proposed
