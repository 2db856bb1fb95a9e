"""Names of pages and papers for the log, and neighbouring lines that say the same as one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Protocol, TypeVar

from flask_babel import LazyString

from app.web.words import _, _l

_PAGES: Mapping[str, LazyString] = {
    "cases.show": _l("hồ sơ"),
    "cases.index": _l("danh sách hồ sơ"),
    "cases.clocks": _l("danh sách thời hạn"),
    "cases.timeline": _l("toàn bộ diễn biến"),
    "cases.court_record": _l("bản in nhật ký kiểm tra"),
    "documents.form01": _l("in Mẫu số 01"),
    "documents.form02": _l("in Mẫu số 02"),
    "people.child": _l("thông tin trẻ em"),
    "people.edit": _l("sửa thông tin trẻ em"),
    "people.edit_save": _l("sửa thông tin trẻ em"),
    "people.search": _l("tìm trẻ em"),
    "people.duplicates": _l("trẻ em có thể trùng"),
    "intake.new": _l("báo tin mới"),
    "intake.mine": _l("tin đã nhận"),
    "intake.received": _l("tình trạng tin báo"),
    "intake.route": _l("chuyển tin báo"),
    "intake.correct": _l("sửa tin báo"),
    "intake.informant": _l("người cung cấp thông tin"),
    "assessment.decide_override": _l("chữ ký thứ hai"),
    "extensions.decide": _l("trả lời đề nghị gia hạn"),
    "audit.index": _l("nhật ký kiểm tra"),
    "audit.case": _l("chế độ kiểm tra của hồ sơ"),
    "jobs.index": _l("việc chạy nền"),
}
_BLUEPRINTS: Mapping[str, LazyString] = {
    "admin": _l("quản trị"),
    "agreements": _l("quy chế phối hợp"),
    "assessment": _l("đánh giá nguy cơ ban đầu"),
    "auth": _l("tài khoản"),
    "backups": _l("sao lưu"),
    "calendar": _l("lịch làm việc"),
    "calendar_of_dues": _l("lịch việc đến hạn"),
    "care": _l("cách ly, chăm sóc thay thế"),
    "cases": _l("hồ sơ"),
    "clock_board": _l("bảng thời hạn"),
    "consents": _l("sự đồng ý chia sẻ thông tin"),
    "deliveries": _l("thư chưa đến"),
    "directory": _l("danh bạ dịch vụ"),
    "documents": _l("in biểu mẫu"),
    "dossiers": _l("hồ sơ đầy đủ"),  # on the log from before they were an export
    "drafts": _l("bản nháp"),
    "erasures": _l("lưu giữ, xóa dữ liệu"),
    "exports": _l("xuất danh sách"),
    "extensions": _l("đề nghị gia hạn"),
    "files": _l("tài liệu"),
    "follow_up": _l("theo dõi"),
    "glass": _l("mở hồ sơ khẩn cấp"),
    "current_figures": _l("số liệu hiện tại"),
    "imports": _l("nhập từ Excel"),
    "indicator_board": _l("bảng 24 chỉ tiêu"),
    "indicators": _l("số liệu"),
    "population": _l("dân số trẻ em"),
    "quality": _l("chất lượng số liệu"),
    "intake": _l("tin báo"),
    "measures": _l("biện pháp bảo đảm an toàn"),
    "meetings": _l("cuộc họp"),
    "moves": _l("chuyển hồ sơ, phân công"),
    "owner": _l("người phụ trách"),
    "people": _l("trẻ em"),
    "periodic": _l("báo cáo định kỳ"),
    "plans": _l("kế hoạch"),
    "outside": _l("đường dẫn cho cơ quan ngoài hệ thống"),
    "outside_answers": _l("trả lời từ ngoài hệ thống"),
    "referral_measures": _l("số đo chuyển gửi"),
    "prosecution": _l("kiến nghị khởi tố"),
    "referrals": _l("chuyển gửi"),
    "reminder_rules": _l("quy tắc nhắc việc"),
    "reminder_use": _l("tác dụng của nhắc việc"),
    "room": _l("phòng phối hợp"),
    "questions": _l("câu hỏi vì sao mở hồ sơ"),
    "readings": _l("ai đã mở hồ sơ"),
    "releases": _l("công bố số liệu"),
    "register": _l("trẻ em có hoàn cảnh đặc biệt"),
    "reminders": _l("nhắc việc"),
    "case_reminders": _l("nhắc việc của hồ sơ"),
    "reminder_choices": _l("cách nhắc việc"),
    "reminder_feed": _l("lịch trên điện thoại"),
    "reminder_push": _l("thông báo của trình duyệt"),
    "retention": _l("thời hạn lưu"),
    "reviews": _l("rà soát, đóng hồ sơ"),
    "services": _l("hỗ trợ"),
    "specific": _l("đánh giá nguy cơ chi tiết"),
    "tasks": _l("việc chạy lâu"),
    "thresholds": _l("ngưỡng ẩn số nhỏ"),
    "verification": _l("xác minh"),
    "views": _l("cách xem đã lưu"),
    "visit_rules": _l("lịch theo dõi"),
}
_PAPERS: Mapping[str, LazyString] = {
    "court_record": _l("Diễn biến và nhật ký kiểm tra"),
    "prosecution": _l("Văn bản kiến nghị khởi tố"),
    "slip": _l("Phiếu chuyển gửi"),
    "slip_named": _l("Phiếu chuyển gửi, có họ tên trẻ em"),
}


class Line(Protocol):
    """What of a line of the log is compared and rewritten when it stands for several."""

    @property
    def what(self) -> str: ...
    @property
    def who(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def time(self) -> str: ...
    @property
    def when(self) -> str: ...


L = TypeVar("L", bound=Line)


def page_words(endpoint: object) -> str:
    """The page that somebody asked for; an endpoint without words stays as it is."""
    name = str(endpoint or "")
    words = _PAGES.get(name) or _BLUEPRINTS.get(name.partition(".")[0])
    return str(words or name)


def paper_words(document: object) -> str:
    """form01 is Mẫu số 01."""
    code = str(document)
    if code in _PAPERS:
        return str(_PAPERS[code])
    number = code.removeprefix("form")
    return _("Mẫu số %(n)s", n=number) if code != number and number.isdigit() else code


def folded(lines: Iterable[L]) -> list[L]:
    """Equal neighbours as one: "Xem hồ sơ ×8", 01:42–01:44. The newest comes first, and goes."""
    return [_one_of(list(same)) for _key, same in groupby(lines, key=_said)]


def _said(line: Line) -> tuple[str, ...]:
    day = line.when.removeprefix(line.time)
    return line.what, line.who, line.detail, line.number, day


def _one_of(same: list[L]) -> L:
    newest, oldest = same[0], same[-1]
    if len(same) == 1:
        return newest
    changes = {"what": f"{newest.what} ×{len(same)}"}
    if oldest.time != newest.time:
        span = f"{oldest.time}–{newest.time}"
        changes |= {"time": span, "when": newest.when.replace(newest.time, span, 1)}
    return replace(newest, **changes)  # type: ignore[type-var]
