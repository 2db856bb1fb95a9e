"""Why a list is taken away as a file."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from app.cases.exporting import rules
from app.cases.forms.assessment import DecisionForm
from app.web.forms import BaseForm
from app.web.words import _


class ExportForm(BaseForm):
    """`list` and `query` say which list, narrowed to what; the view reads them as codes."""

    list = HiddenField(_l("Danh sách"))
    query = HiddenField(_l("Điều kiện lọc"))
    reason = TextAreaField(
        _l("Xuất để làm gì"),
        [InputRequired(_l("Ghi bản xuất này dùng để làm gì.")), Length(max=500)],
    )

    def validate_reason(self, field: Any) -> None:
        least = rules().reason_length
        if len(field.data) < least:
            raise ValidationError(
                _("Ghi rõ hơn, ít nhất %(n)s ký tự: dùng vào việc gì, gửi cho ai.", n=least)
            )


class ExportDecisionForm(DecisionForm):
    """`seen`: how many children the list had on the page that was answered."""

    seen = HiddenField()

    @property
    def children_seen(self) -> int:
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
