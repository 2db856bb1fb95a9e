"""Answering a reminder, and setting one for oneself."""

import uuid
from datetime import datetime, time, timedelta

from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from app.core import clock
from app.core.errors import InvalidInput
from app.web.fields import ChoiceRadioField, ChoiceSelectField, VnDateTimeField
from app.web.forms import BaseForm
from app.web.words import _

MORNING = time(8)
HOUR, TOMORROW, MONDAY, OTHER = "hour", "tomorrow", "monday", "other"
_MOST = 500
_WHY = Length(max=_MOST, message=_l("Nhiều nhất 500 chữ."))
_WHEN = (
    (HOUR, _l("Một giờ nữa")),
    (TOMORROW, _l("8 giờ sáng mai")),
    (MONDAY, _l("8 giờ thứ Hai tới")),
    (OTHER, _l("Lúc khác, ghi ở dưới")),
)


class LaterForm(BaseForm):
    when = ChoiceRadioField(
        _l("Nhắc lại lúc nào?"),
        [InputRequired(_l("Chọn lúc nhắc lại."))],
        choices=_WHEN,
    )
    until = VnDateTimeField(_l("Lúc khác"))
    reason = TextAreaField(_l("Vì sao để sau?"), [InputRequired(_l("Ghi lý do để sau.")), _WHY])

    def validate_until(self, field: Field) -> None:
        if self.when.data == OTHER and not (field.data or field.errors):
            raise ValidationError(_("Ghi ngày và giờ nhắc lại."))

    def chosen(self, now: datetime) -> datetime:
        """For a form that is valid."""
        return _moment(str(self.when.data), now) or self.until.data or now

    def offer_until(self, latest: datetime, now: datetime) -> None:
        """Only the quick choices that will not be refused."""
        self.when.offer([(code, words) for code, words in _WHEN if _fits(code, latest, now)])

    def at_choice(self, error: InvalidInput) -> InvalidInput:
        """What is refused of the moment is said where the person chose it."""
        is_quick = error.field == "until" and self.when.data != OTHER
        return InvalidInput("when", error.text) if is_quick else error


def _moment(code: str, now: datetime) -> datetime | None:
    """Of a quick choice; None where the person writes when."""
    there = clock.local(now)
    days = {TOMORROW: 1, MONDAY: 7 - there.weekday()}.get(code)
    if code == HOUR:
        return now + timedelta(hours=1)
    if days is None:
        return None
    return datetime.combine(there.date() + timedelta(days=days), MORNING, clock.LOCAL)


def _fits(code: str, latest: datetime, now: datetime) -> bool:
    moment = _moment(code, now)
    return moment is None or moment <= latest


class NotNeededForm(BaseForm):
    reason = TextAreaField(
        _l("Vì sao không cần làm?"), [InputRequired(_l("Ghi lý do không cần làm.")), _WHY]
    )


class HandOverForm(BaseForm):
    to_id = ChoiceSelectField(_l("Giao cho"), [InputRequired(_l("Chọn một đồng nghiệp."))])
    reason = TextAreaField(_l("Nhắn gì với đồng nghiệp?"), [Optional(), _WHY])

    @property
    def has_anybody(self) -> bool:
        """Somebody to choose from."""
        return any(choice.value for choice in self.to_id.choices)

    @property
    def chosen(self) -> uuid.UUID:
        """For a form that is valid: one of the colleagues offered."""
        return uuid.UUID(str(self.to_id.data))


class DecideForm(BaseForm):
    decision = ChoiceRadioField(
        _l("Quyết định của bạn"),
        [InputRequired(_l("Chọn đồng ý hoặc không."))],
        choices=[
            ("approved", _l("Đồng ý: không cần làm việc này")),
            ("refused", _l("Không đồng ý: vẫn phải làm")),
        ],
    )

    reason = TextAreaField(_l("Vì sao không đồng ý?"), [Optional(), _WHY])

    @property
    def is_approved(self) -> bool:
        return bool(self.decision.data == "approved")


class PersonalForm(BaseForm):
    text = StringField(
        _l("Nhắc tôi việc gì?"), [InputRequired(_l("Ghi việc cần nhắc.")), Length(max=200)]
    )
    due_at = VnDateTimeField(_l("Lúc nào?"), [InputRequired(_l("Ghi ngày và giờ."))])

    @property
    def moment(self) -> datetime:
        """For a form that is valid."""
        return self.due_at.data or clock.now()


def tomorrow_morning(now: datetime) -> datetime:
    day = clock.local(now).date() + timedelta(days=1)
    return datetime.combine(day, MORNING, clock.LOCAL)
