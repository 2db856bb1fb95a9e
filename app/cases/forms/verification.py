"""The outcome of checking a report."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from app.cases.enums import Outcome
from app.cases.forms.editing import EditForm
from app.cases.services.verification import Finding
from app.core import clock
from app.core.errors import InvalidInput
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField, VnDateTimeField


class VerificationForm(EditForm):
    outcome = ChoiceRadioField(_l("Kết quả"), [InputRequired(_l("Chọn một kết quả."))])
    duplicate_of = StringField(_l("Trùng với hồ sơ có mã"))
    reason = TextAreaField(_l("Lý do, căn cứ"))
    heard_repeats = BooleanField(
        _l("Đã xem từng tin trùng ở trên; lý do đã ghi nói về cả các tin đó")
    )
    happened_at = VnDateTimeField(
        _l("Xác minh xong lúc"), [InputRequired(_l("Ghi ngày và giờ."))], default=clock.now
    )

    def __init__(
        self, *args: Any, received_at: datetime, find: Callable[[str], object], **kwargs: Any
    ) -> None:
        """`find` raises InvalidInput for a number that names no case to repeat."""
        super().__init__(*args, **kwargs)
        self.received_at, self._find = received_at, find
        self.outcome.offer(code_list("verification_outcomes").choices())

    def validate_reason(self, field: TextAreaField) -> None:
        if self.outcome.data not in (None, Outcome.CONFIRMED) and not field.data:
            raise ValidationError(_("Ghi lý do: người khác sẽ cần hiểu vì sao."))

    def validate_duplicate_of(self, field: StringField) -> None:
        if self.outcome.data == Outcome.DUPLICATE and not field.data:
            raise ValidationError(_("Ghi mã hồ sơ bị trùng, ví dụ HY-2026-000123."))
        if self.outcome.data == Outcome.DUPLICATE:
            try:
                self._find(field.data)
            except InvalidInput as error:  # said together with a reason that is missing
                raise ValidationError(error.text) from None

    def chooses_original(self) -> bool:
        """One of the cases that look alike was pressed: its number is filled in, nothing sent."""
        number = request.form.get("same_as", "")
        if not number:
            return False
        self.outcome.data, self.duplicate_of.data = Outcome.DUPLICATE.value, number
        return True

    def validate_happened_at(self, field: VnDateTimeField) -> None:
        if field.data and field.data > clock.now() + timedelta(minutes=1):
            raise ValidationError(_("Giờ này ở tương lai. Hãy xem lại."))
        if field.data and field.data < self.received_at - timedelta(minutes=1):
            raise ValidationError(_("Giờ này trước lúc nhận tin. Hãy xem lại."))

    def finding(self) -> Finding:
        return Finding(
            outcome=Outcome(str(self.outcome.data)),
            happened_at=self.happened_at.data or clock.now(),
            reason=self.reason.data or None,
            duplicate_of=self.duplicate_of.data or None,
            heard_repeats=self.heard_repeats.data,
        )
