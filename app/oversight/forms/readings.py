"""What a supervisor notes of a reading that stands out; what a reader answers."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from app.reference.library import code_list
from app.web.fields import ChoiceRadioField
from app.web.forms import BaseForm
from app.web.words import _

OTHER = "other"


class LookForm(BaseForm):
    note = TextAreaField(
        _l("Ghi chú"), [InputRequired(_l("Ghi bạn đã xem gì, kết luận thế nào.")), Length(max=2000)]
    )


class AnswerForm(BaseForm):
    """One tap: each answer is a button of its own; only another reason needs words."""

    answer = ChoiceRadioField(_l("Trả lời"), [InputRequired(_l("Chọn một câu trả lời."))])
    words = TextAreaField(_l("Nói thêm"), [Length(max=1000)])

    def __init__(self) -> None:
        super().__init__()
        self.answer.offer(code_list("reading_answers").choices())

    def validate_words(self, field: Any) -> None:
        if self.answer.data == OTHER and not field.data:
            raise ValidationError(_("Ghi lý do khác đó."))
