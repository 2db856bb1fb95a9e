"""Why a file is opened in an emergency, and what a supervisor finds of it."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.core import clock
from app.oversight.rules import rules
from app.oversight.services.glass import GlassData
from app.people.identifiers import case_number_of
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField
from app.web.forms import BaseForm
from app.web.words import _

_WORD = re.compile(r"\w+")
_LETTERS = 8  # different ones in a reason that was not typed by leaning on a key
OLDEST = 25


class GlassForm(BaseForm):
    number = StringField(_l("Mã hồ sơ"))
    full_name = StringField(_l("Họ và tên đầy đủ của trẻ em"), [Length(max=100)])
    birth_year = IntegerField(_l("Năm sinh"), [Optional()])
    category = ChoiceRadioField(_l("Vì sao phải mở ngay"), [InputRequired(_l("Chọn một lý do."))])
    reason = TextAreaField(
        _l("Nói rõ lý do"), [InputRequired(_l("Ghi rõ lý do.")), Length(max=1000)]
    )

    def __init__(self) -> None:
        super().__init__()
        self.category.offer(code_list("glass_categories").choices())

    def validate_number(self, field: Any) -> None:
        if field.data and case_number_of(field.data) is None:
            raise ValidationError(_("Ghi như HY-2026-000123."))
        if not field.data and not self.full_name.data:
            raise ValidationError(_("Ghi mã hồ sơ, hoặc họ tên đầy đủ và năm sinh của trẻ em."))

    def validate_full_name(self, field: Any) -> None:
        if self.number.data or not field.data:
            return
        if len(field.data.split()) < 2:
            raise ValidationError(_("Ghi đủ họ, tên đệm và tên."))
        if self.birth_year.data is None and not self.birth_year.errors:
            raise ValidationError(_("Ghi cả năm sinh, dù chỉ là ước lượng."))

    def validate_birth_year(self, field: Any) -> None:
        this_year = clock.today().year
        if field.data is not None:
            NumberRange(this_year - OLDEST, this_year, _("Xem lại năm sinh của trẻ em."))(
                self, field
            )

    def validate_reason(self, field: Any) -> None:
        limits = rules().break_glass
        if len(field.data) < limits.reason_length or not is_telling(
            field.data, limits.reason_words
        ):
            raise ValidationError(
                _(
                    "Ghi rõ hơn, ít nhất %(n)s ký tự: chuyện gì đang xảy ra, vì sao không chờ"
                    " được.",
                    n=limits.reason_length,
                )
            )

    def to_data(self) -> GlassData:
        """For a form that is valid."""
        number = case_number_of(self.number.data or "")
        return GlassData(
            number=number,
            full_name=None if number else self.full_name.data,
            birth_year=None if number else self.birth_year.data,
            category=str(self.category.data),
            reason=self.reason.data,
        )


def is_telling(text: str, least_words: int) -> bool:
    """Made of words, not of one letter or word again and again."""
    words = {word.casefold() for word in _WORD.findall(text)}
    letters = {letter for word in words for letter in word if letter.isalpha()}
    return len(words) >= least_words and len(letters) >= _LETTERS


class ReviewForm(BaseForm):
    decision = ChoiceRadioField(_l("Kết quả xem lại"), [InputRequired(_l("Chọn một kết quả."))])
    note = TextAreaField(_l("Ý kiến"), [Length(max=2000)])

    def __init__(self) -> None:
        super().__init__()
        self.decision.offer(code_list("glass_decisions").choices())

    def validate_note(self, field: Any) -> None:
        if self.decision.data in ("not_justified", "follow_up") and not field.data:
            raise ValidationError(_("Ghi vì sao, và việc cần làm tiếp."))
