"""What is said about a cell or a row of a sheet, in the reader's language."""

from app.register.groups import label
from app.register.sheets.rows_data import Remark, SheetRow
from app.register.sheets.vocabulary import vocabulary
from app.web.words import _, _l

FAULTS = {
    "name_missing": _l("Thiếu họ và tên."),
    "not_a_name": _l("“%(value)s” không phải họ tên. Hãy xem lại cột này."),
    "date": _l("Không hiểu ngày “%(value)s”. Ghi dạng ngày/tháng/năm, ví dụ 05/02/2017, hoặc năm."),
    "age": _l("“%(value)s” không phải số tuổi."),
    "unknown_sex": _l("“%(value)s” không phải giới tính. Ghi Nam hoặc Nữ."),
    "both_marks": _l("Đánh dấu cả Nam và Nữ."),
    "mark": _l("“%(value)s”: ở cột này chỉ đánh dấu x hoặc để trống."),
    "national_id": _l("Số định danh “%(value)s” không đủ 12 chữ số."),
    "number_taken": _l(
        "Số này đã ghi ở dòng %(value)s cho em có tên khác. Hãy xem lại số của cả hai em."
    ),
    "number_cut": _l(
        "Excel đã rút gọn số này (%(value)s). Định dạng cột là Văn bản (Text) rồi gõ lại đủ 12 số."
    ),
    "unknown_ethnicity": _l("Không có dân tộc “%(value)s” trong danh mục."),
    "unknown_group": _l("Không rõ nhóm “%(value)s”. Ghi tên nhóm như trong tệp mẫu."),
    "unknown_part": _l("“%(value)s” không phải mức độ hoặc nhóm nhỏ của nhóm này."),
    "group_missing": _l("Chưa ghi nhóm hoàn cảnh."),
    "unknown_poverty": _l("“%(value)s”: ghi Hộ nghèo, Hộ cận nghèo, Không, hoặc để trống."),
    "unknown_evidence": _l("Không rõ loại giấy tờ “%(value)s”. Xem danh mục trong tệp mẫu."),
    "unknown_commune": _l("Không có xã, phường nào tên “%(value)s”, kể cả trước ngày 01/7/2025."),
    "other_commune": _l("Thuộc xã, phường khác: %(value)s. Xã, phường đó tự ghi."),
    "formula": _l(
        "Ô là công thức mà tệp không giữ kết quả. Hãy chép ô rồi dán lại dạng giá trị"
        " (Paste Values)."
    ),
    "excel_error": _l("Excel báo lỗi %(value)s ở ô này."),
    "merged_across": _l("Ô gộp ngang %(value)s che nhiều cột. Hãy bỏ gộp ô rồi ghi từng cột."),
    "too_long": _l("Dài quá %(value)s ký tự."),
    "characters": _l("Có ký tự không đọc được."),
}
NOTES = {
    "year_only": _l("Chỉ biết năm sinh %(value)s."),
    "no_birth": _l("Không có ngày sinh, năm sinh hoặc tuổi."),
    "zeros": _l("Excel đã bỏ số 0 ở đầu; hiểu là %(value)s."),
    "formula_taken": _l("Ô công thức: lấy kết quả tệp đang giữ, %(value)s."),
    "merged": _l("Ô gộp các dòng %(value)s: giá trị áp dụng cho cả dòng này."),
    "old_commune": _l("Tên cũ: %(value)s."),
    "since_from": _l("Tính từ ngày %(value)s."),
    "part_unused": _l("Không dùng “%(value)s”: dòng này không thuộc đúng một nhóm."),
    "adds_group": _l("Trẻ em đã có hồ sơ %(value)s: chỉ ghi thêm nhóm."),
    "same_as_row": _l("Cùng một em với dòng %(value)s: ghi thêm nhóm."),
    "repeated_row": _l("Lặp lại dòng %(value)s, cùng nhóm."),
    "closed": _l("Dòng này là một trẻ em có hồ sơ không mở cho bạn."),
    "example": _l("Dòng ví dụ của tệp mẫu."),
    "title": _l("Dòng tiêu đề, không phải trẻ em."),
    "column_numbers": _l("Dòng đánh số các cột."),
    "sum": _l("Dòng cộng hoặc chữ ký, không phải trẻ em."),
    "no_name": _l("Dòng không có họ tên và hầu như trống."),
}


def fault_words(row: SheetRow, fault: Remark) -> tuple[str, str]:
    """(“Ô C12, Ngày sinh”, what is wrong and what to do)."""
    field = vocabulary().by_code.get(fault.field)
    cell = _("Ô %(cell)s", cell=f"{fault.column}{row.number}") if fault.column else ""
    where = ", ".join(part for part in (cell, str(field.label) if field else "") if part)
    return where or _("Dòng %(n)s", n=row.number), _said(fault)


def all_faults(row: SheetRow) -> str:
    """In one line, for a cell of a workbook."""
    return "; ".join(": ".join(fault_words(row, fault)) for fault in row.faults)


def _said(fault: Remark) -> str:
    words = _filled(str(FAULTS.get(fault.code, "")), fault.value)
    if fault.code == "unknown_group" and fault.words:
        return f"{words} {_('Có phải: %(name)s?', name=fault.words)}"
    if fault.code == "date" and fault.words:
        return f"“{fault.value}”: {fault.words}"
    return fault.words or words


def note_words(note: Remark) -> str:
    return _filled(str(NOTES.get(note.code, note.words)), note.value)


def _filled(words: str, value: str) -> str:
    """What stands in a cell may hold a sign of percent."""
    return words.replace("%(value)s", value)


def groups_words(row: SheetRow) -> list[str]:
    """The groups recognised, with the day from which they count."""
    return [label(*one.data().place) for one in row.memberships]
