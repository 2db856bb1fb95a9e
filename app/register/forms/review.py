"""The yearly review of a membership as a form."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from app.cases.forms.editing import EditForm
from app.core import clock
from app.reference.library import code_list
from app.register.data_types import ReviewData
from app.register.words import FIELDS
from app.web.fields import (
    CheckboxesField,
    ChoiceRadioField,
    ChoiceSelectField,
    VnDateTimeField,
)

YES, NO = "yes", "no"


class ReviewForm(EditForm):
    happened_at = VnDateTimeField(_l("Rà soát lúc"), [InputRequired()], default=clock.now)
    is_still_in = ChoiceRadioField(
        _l("Trẻ em còn thuộc nhóm này không?"),
        [InputRequired(_l("Chọn còn hoặc không còn."))],
        choices=[(YES, _l("Còn")), (NO, _l("Không còn"))],
    )
    end_reason = ChoiceSelectField(_l("Nếu không còn: lý do"))
    has_changed = BooleanField(_l("Hoàn cảnh có thay đổi so với lần trước"))
    poverty = ChoiceRadioField(FIELDS["poverty"], [InputRequired(_l("Chọn một mục."))])
    needs = CheckboxesField(_l("Cần hỗ trợ gì"))
    words = TextAreaField(_l("Tình hình của trẻ em"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.end_reason.offer(code_list("group_end_reasons").choices())
        self.poverty.offer(code_list("household_poverty").choices())
        self.needs.offer(code_list("needs").choices())

    def validate_end_reason(self, field: Field) -> None:
        if self.is_still_in.data == NO and not field.data:
            raise ValidationError(_("Chọn lý do ra khỏi nhóm."))

    def validate_words(self, field: Field) -> None:
        if self.has_changed.data and not field.data:
            raise ValidationError(_("Ghi điều gì đã thay đổi."))

    def review(self) -> ReviewData:
        """For a form that is valid."""
        is_still_in = self.is_still_in.data == YES
        return ReviewData(
            happened_at=self.happened_at.data or clock.now(),
            is_still_in=is_still_in,
            has_changed=self.has_changed.data,
            poverty=str(self.poverty.data),
            needs=tuple(self.needs.data or ()),
            words=self.words.data or None,
            end_reason=None if is_still_in else self.end_reason.data,
        )
