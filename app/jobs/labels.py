"""What each job does, for who looks after the system."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.core.jobs import HEARTBEAT

JOB_LABELS: dict[str, LazyString] = {
    HEARTBEAT: _l("Báo bộ lập lịch còn chạy"),
    "outbox": _l("Gửi thư, tin nhắn"),
    "tasks": _l("Làm việc nền người dùng yêu cầu"),
    "audit-checkpoint": _l("Ký nhật ký kiểm tra"),
    "keys-rewrap": _l("Bọc lại khóa sau khi đổi khóa"),
    "destroyed-keys": _l("Giữ danh sách khóa đã hủy"),
    "backup": _l("Sao lưu"),
    "missed-clocks": _l("Ghi nhận hạn đã lỡ"),
    "plan-visits": _l("Lập lịch thăm theo mức nguy cơ"),
    "referral-silence": _l("Theo dõi phiếu chưa được trả lời"),
    "reminders": _l("Nhắc việc đến hạn"),
    "periodic-reports": _l("Mở kỳ báo cáo"),
    "erase-children": _l("Xóa hồ sơ đã được duyệt xóa"),
    "derive-readings": _l("Tìm lượt mở hồ sơ bất thường"),
    "derive-facts": _l("Cập nhật dữ liệu thống kê"),
    "ask-about-readings": _l("Hỏi lý do mở hồ sơ hằng tuần"),
    "check-quality": _l("Tìm dữ liệu mâu thuẫn"),
    "protect-figures": _l("Bảo vệ số nhỏ trong các bảng"),
    "forget-exports": _l("Xóa tệp xuất đã hết hạn"),
    "forget-imports": _l("Xóa bảng nhập đã hết hạn"),
    "forget-openings": _l("Xóa lượt mở hồ sơ đã quá hạn đếm"),
    "technical-forget": _l("Xóa dữ liệu kỹ thuật đã hết hạn"),
    "auth-forget": _l("Xóa lần đăng nhập cũ"),
    "drafts-forget": _l("Xóa bản nháp cũ"),
    "messages-forget": _l("Xóa tin nhắc cũ"),
}
