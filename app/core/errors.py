"""Errors that a user can understand. The web layer turns them into pages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class DomainError(Exception):
    """A rule of the work forbids the action. Each subclass says which, in words.

    The page keeps what was typed and answers with `status`; 400 or more rolls the transaction back.
    """

    status: ClassVar[int] = 409
    message: LazyString | str
    advice: LazyString | str | None = None  # what to do now, below the message
    retry_after: timedelta | None = None  # how long it is no use to try again


class StaleEdit(DomainError):
    """Someone else saved first. `changes` says what they did: rows of (label, theirs, who and
    when)."""

    message = _l("Người khác vừa thay đổi hồ sơ này. Nội dung bạn gõ vẫn còn bên dưới.")

    def __init__(self, changes: list[tuple[str, str, str]], version: int) -> None:
        super().__init__()
        self.changes = changes
        self.version = version


class InvalidInput(DomainError):
    """A value that the form accepted is refused by a rule; `field` names it. `more`: what else is
    refused of the same form."""

    status = 422
    more: Sequence["InvalidInput"] = ()

    def __init__(self, field: str, message: LazyString | str) -> None:
        super().__init__(str(field))
        self.field = field
        self.text = message

    message = _l("Có thông tin chưa hợp lệ.")


class KeyDestroyed(DomainError):
    """The data key of this record was destroyed: its content can no longer be read."""

    status = 410
    message = _l("Nội dung của hồ sơ này đã được xóa vĩnh viễn.")


class RepeatedKey(DomainError):
    """An idempotency key came back with another body."""

    status = 422
    message = _l("Biểu mẫu này đã được gửi với nội dung khác. Hãy tải lại trang rồi gửi lại.")
