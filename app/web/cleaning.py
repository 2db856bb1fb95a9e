"""What a typed text may hold: cleaned where nothing is lost, refused with a message elsewhere."""

import re
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from flask import has_request_context
from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import StopValidation

from app.web.form_bodies import was_cut

MAX_LINE, MAX_TEXT = 200, 10_000
_MAX_INTEGER = 2**31 - 1  # PostgreSQL's integer
_MAX_DECIMAL = Decimal(10) ** 15

# Invisible marks that come with text pasted from office programs and web pages.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_SPACES = re.compile("[ \t\n\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_BROKEN = re.compile("[\ud800-\udfff\ufffd]")
_STACKED = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{5,}")


def clean_text(value: Any) -> Any:
    """One spelling of each Vietnamese letter (NFC), so that a search finds what was typed."""
    if not isinstance(value, str):
        return value
    unified = _LINE_ENDS.sub("\n", value).translate(_INVISIBLE)
    return normalize("NFC", unified).strip()


def clean_line(value: Any) -> Any:
    """As `clean_text`, and one line: a run of blanks becomes one space."""
    text = clean_text(value)
    return _SPACES.sub(" ", text) if isinstance(text, str) else text


def forbidden(text: str) -> str | None:
    """Why this text cannot be kept, in words for the user, or None."""
    if _BROKEN.search(text):
        return str(_("Có ký tự bị hỏng. Hãy xóa và gõ lại chỗ đó."))
    if _CONTROL.search(text):
        return str(_("Có ký tự điều khiển không nhìn thấy. Hãy gõ lại thay vì dán."))
    if _BIDI.search(text):
        return str(_("Có ký tự đảo chiều chữ không nhìn thấy. Hãy gõ lại thay vì dán."))
    if _STACKED.search(text):
        return str(_("Có chữ mang quá nhiều dấu. Hãy gõ lại chữ đó."))
    return None


class PlainText:
    """Refuses characters that hide or break what others will read."""

    def __call__(self, form: object, field: Field) -> None:
        values = field.data if isinstance(field.data, list | tuple) else [field.data]
        for value in values:
            reason = forbidden(value) if isinstance(value, str) else None
            if reason:
                raise StopValidation(reason)


class NotBlank:
    """A required text that is blanks only is empty, and answered as one that is missing."""

    def __init__(self, message: Any = None) -> None:
        self.message = message

    def __call__(self, form: object, field: Field) -> None:
        if not field.data and field.raw_data and field.raw_data[0]:
            raise StopValidation(self.message or field.gettext("This field is required."))


class AtMost:
    """A limit of length without the `maxlength` attribute, which cuts a pasted text silently."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, form: object, field: Field) -> None:
        if not isinstance(field.data, str) or len(field.data) <= self.limit:
            return
        if has_request_context() and was_cut(field.name):
            raise StopValidation(
                _(
                    "Tối đa %(limit)s ký tự. Đoạn gửi lên quá dài nên ở đây chỉ còn phần đầu;"
                    " hãy rút gọn.",
                    limit=self.limit,
                )
            )
        if len(field.data) > self.limit:
            raise StopValidation(
                _(
                    "Tối đa %(limit)s ký tự; đang có %(length)s. Hãy rút gọn.",
                    limit=self.limit,
                    length=len(field.data),
                )
            )


class SaneNumber:
    """A number that the database can hold: finite, within bounds."""

    def __call__(self, form: object, field: Field) -> None:
        value = field.data
        if isinstance(value, int) and abs(value) > _MAX_INTEGER:
            raise StopValidation(_("Số này quá lớn."))
        if isinstance(value, Decimal | float) and not _is_bounded(Decimal(value)):
            raise StopValidation(_("Số này quá lớn hoặc không hợp lệ."))


def _is_bounded(value: Decimal) -> bool:
    return value.is_finite() and abs(value) < _MAX_DECIMAL
