"""What a person is told by mail about the own account. Such a mail names nobody and no case.

In the application the same is told at the next sign-in (app/auth/browsers.py) and on the profile.
"""

import uuid
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.mail import deliver
from app.auth.models import User
from app.core.outbox import OutboxMessage, enqueue
from config import Settings

KIND = "account_notice"


class Notice(StrEnum):
    NEW_BROWSER = "new_browser"
    RECOVERY_CODE_USED = "recovery_code_used"
    RESET_ASKED = "reset_asked"  # to whom it concerns
    RESET_WAITING = "reset_waiting"  # to who may answer


_UNKNOWN = (
    "Nếu không phải bạn: đổi mật khẩu, kết thúc các phiên khác ở trang Tài khoản của tôi,"
    " và báo ngay cho người quản trị.\n"
)
# In Vietnamese, whatever the language of the page: it is read without one.
TEXTS: dict[Notice, tuple[str, str]] = {
    Notice.NEW_BROWSER: (
        "Vòng Tay: đăng nhập từ trình duyệt mới",
        "Tài khoản của bạn vừa được đăng nhập từ một trình duyệt chưa từng dùng.\n" + _UNKNOWN,
    ),
    Notice.RECOVERY_CODE_USED: (
        "Vòng Tay: một mã dự phòng vừa được dùng",
        "Một mã dự phòng của bạn vừa được dùng để đăng nhập. Còn ít mã thì hãy tạo bộ mã mới.\n"
        + _UNKNOWN,
    ),
    Notice.RESET_ASKED: (
        "Vòng Tay: yêu cầu cài lại xác thực",
        "Người quản trị vừa yêu cầu cài lại cách xác thực của tài khoản bạn; một người khác sẽ"
        " duyệt hoặc từ chối.\nNếu bạn không nhờ việc này: báo ngay cho người quản trị và người"
        " phụ trách đơn vị.\n",
    ),
    Notice.RESET_WAITING: (
        "Vòng Tay: một yêu cầu chờ người thứ hai",
        "Có một yêu cầu cài lại xác thực chờ người thứ hai trả lời trong 24 giờ.\n",
    ),
}


def tell(session: Session, user_id: uuid.UUID, notice: Notice, *, now: datetime) -> None:
    """Once the transaction is committed; whoever has no address is not told this way."""
    if session.scalar(select(User.email).where(User.id == user_id)):
        enqueue(session, KIND, {"user_id": str(user_id), "notice": notice.value}, now=now)


def send_notice(settings: Settings, session: Session, message: OutboxMessage) -> None:
    address = session.scalar(
        select(User.email).where(User.id == uuid.UUID(message.payload["user_id"]), User.is_active)
    )
    if address and settings.mail_url is not None:
        mail = _mail(address, Notice(message.payload["notice"]), settings.base_url, message)
        deliver(settings.mail_url.get_secret_value(), mail, settings.client_certificate)


def _mail(address: str, notice: Notice, base_url: str, message: OutboxMessage) -> EmailMessage:
    subject, text = TEXTS[notice]
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"], mail["To"] = "vong-tay@localhost", address
    mail["Message-ID"] = f"<{message.id}@vong-tay>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{text}\n{base_url.rstrip('/')}/auth/profile\n")
    return mail
