"""Legal holds, and the two people of an erasure."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from app.cases.forms.assessment import DecisionForm
from app.reference.library import code_list
from app.reference.retention import retention_rules
from app.web.fields import ChoiceRadioField
from app.web.forms import BaseForm
from app.web.words import _

LONGEST = 2000


def _long_enough(text: str) -> None:
    least = retention_rules().reason_length
    if len(text) < least:
        raise ValidationError(_("Ghi rõ hơn, ít nhất %(n)s ký tự.", n=least))


class HoldForm(BaseForm):
    ground = ChoiceRadioField(_l("Vì sao phải giữ"), [InputRequired(_l("Chọn một căn cứ."))])
    reason = TextAreaField(_l("Ghi rõ"), [InputRequired(_l("Ghi lý do giữ.")), Length(max=LONGEST)])

    def __init__(self) -> None:
        super().__init__()
        self.ground.offer(code_list("hold_grounds").choices())


class LiftForm(BaseForm):
    reason = TextAreaField(
        _l("Vì sao không cần giữ nữa"),
        [InputRequired(_l("Ghi lý do bỏ giữ.")), Length(max=LONGEST)],
    )


class ErasureForm(BaseForm):
    ground = ChoiceRadioField(_l("Căn cứ"), [InputRequired(_l("Chọn một căn cứ."))])
    reason = TextAreaField(_l("Lý do"), [InputRequired(_l("Ghi lý do.")), Length(max=LONGEST)])
    is_understood = BooleanField(
        _l("Tôi hiểu: xóa rồi thì không ai lấy lại được"),
        [InputRequired(_l("Đánh dấu để xác nhận bạn hiểu điều này."))],
    )

    def __init__(self) -> None:
        super().__init__()
        self.ground.offer(code_list("erasure_grounds").choices())

    def validate_reason(self, field: Any) -> None:
        _long_enough(field.data or "")


class ErasureDecisionForm(DecisionForm):
    """The note: why not, or what was checked."""
