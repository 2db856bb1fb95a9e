"""Channels and the reasons why something did not arrive, in words."""

from collections.abc import Mapping

from flask_babel import LazyString

from app.reminders.channels.mail import BOUNCED
from app.reminders.models import Channel
from app.web.words import _, _l

CHANNELS: Mapping[Channel, LazyString] = {
    Channel.MAIL: _l("Thư điện tử"),
    Channel.SMS: _l("Tin nhắn"),
    Channel.PUSH: _l("Thông báo của trình duyệt"),
}


def reason_words(channel: Channel, error: str | None, *, is_active: bool) -> str:
    """What to do about it; the error itself stands beside."""
    if not is_active:
        return _("Tài khoản đã khóa: không cần gửi lại.")
    if channel is Channel.MAIL and (error or "").startswith(BOUNCED):
        return _("Máy chủ thư từ chối địa chỉ này. Sửa địa chỉ trong tài khoản rồi gửi lại.")
    if channel is Channel.SMS and (error or "").isdigit():
        return _("Tổng đài từ chối số này. Người dùng sửa số ở trang Cách nhắc việc.")
    return _("Máy chủ của kênh này không nhận. Xem nó có chạy không.")
