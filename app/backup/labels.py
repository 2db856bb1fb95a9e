"""The words for what can be wrong with a backup, for the administrator's page."""

from collections.abc import Mapping

from flask_babel import LazyString

from app.backup.faults import Fault
from app.web.words import _, _l

_READ = _l("Tệp sao lưu hỏng: kiểm tra ổ đĩa của thư mục sao lưu.")
_DATABASE = _l("Dữ liệu khôi phục thử không đúng như đã ghi: gọi người phụ trách kỹ thuật ngay.")
FAULTS: Mapping[Fault, LazyString] = {
    Fault.TRUNCATED: _READ,
    Fault.CHANGED: _READ,
    Fault.HEAD_CHANGED: _READ,
    Fault.MEMBER_CHANGED: _READ,
    Fault.MEMBER_MISSING: _READ,
    Fault.NOT_WRITTEN: _l("Không ghi được tệp: thư mục sao lưu đầy, không có hoặc không cho ghi."),
    Fault.NO_PROGRAM: _l("Không có pg_dump, pg_restore đủ mới trên máy chủ."),
    Fault.NO_ACCESS: _l("Chưa đặt BACKUP_DATABASE_URL: không ai được đọc toàn bộ để sao lưu."),
    Fault.NOT_DUMPED: _l("Không đọc được cơ sở dữ liệu để sao lưu: xem nhật ký của bộ lập lịch."),
    Fault.NOT_RESTORED: _l("Không khôi phục thử được: xem nhật ký của bộ lập lịch."),
    Fault.COUNTS_DIFFER: _DATABASE,
    Fault.LOG_BROKEN: _l("Nhật ký kiểm tra trong bản sao lưu không toàn vẹn: báo giám sát ngay."),
    Fault.FIELD_CLOSED: _l("Có ô đã mã hóa không mở được: kiểm tra tệp khóa KEYSET_FILE."),
    Fault.FILE_DAMAGED: _l("Có tài liệu đính kèm không còn như lúc lưu."),
    Fault.UNKNOWN: _l("Lỗi chưa rõ: xem nhật ký của bộ lập lịch."),
}


def fault_words(code: str) -> str:
    """The code itself where there are no words for it."""
    known = code in set(Fault) and Fault(code) in FAULTS
    return str(FAULTS[Fault(code)]) if known else _("Lỗi %(code)s.", code=code)
