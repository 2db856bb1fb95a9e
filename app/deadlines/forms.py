"""The form of a calendar day."""

from datetime import date
from typing import cast

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.deadlines.calendar_days import ShownDay
from app.web.fields import ChoiceRadioField, VnDateField
from app.web.forms import BaseForm

_NEEDS_DAY = _l("Ghi ngày, ví dụ 05/02/2026.")


class CalendarDayForm(BaseForm):
    day = VnDateField(_l("Ngày"), [InputRequired(_NEEDS_DAY)])
    kind = ChoiceRadioField(
        _l("Ngày này là"),
        [InputRequired(_l("Chọn ngày nghỉ hay ngày làm việc."))],
        choices=[("off", _l("Ngày nghỉ")), ("working", _l("Ngày làm việc (làm bù)"))],
    )
    reason = StringField(
        _l("Lý do"),
        [InputRequired(_l("Ghi lý do, ví dụ: nghỉ bù Quốc khánh.")), Length(min=3, max=200)],
    )
    citation = StringField(
        _l("Căn cứ"),
        [InputRequired(_l("Ghi văn bản cho nghỉ hay làm bù.")), Length(min=3, max=200)],
    )

    @property
    def values(self) -> ShownDay:
        return ShownDay(
            day=cast(date, self.day.data),  # InputRequired
            is_working=self.kind.data == "working",
            reason=self.reason.data,
            citation=self.citation.data,
            is_ours=True,
        )


class RemoveDayForm(BaseForm):
    day = VnDateField(_l("Ngày"), [InputRequired(_NEEDS_DAY)])

    @property
    def chosen(self) -> date:
        return cast(date, self.day.data)  # InputRequired
