"""What the sending side says, and what a supervisor decides."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.referrals.enums import DisputeDecision
from app.referrals.forms.answers import StepForm, as_id, words
from app.referrals.services.sender import Elsewhere
from app.referrals.words import DECISIONS
from app.web.fields import ChoiceRadioField
from app.web.forms import BaseForm


class ReplyForm(StepForm):
    answer = TextAreaField(_l("Trả lời của bạn"), words(_l("Ghi câu trả lời.")))


class RecallForm(StepForm):
    reason = TextAreaField(_l("Vì sao thu hồi"), words(_l("Ghi lý do.")))


class CloseForm(StepForm):
    note = TextAreaField(_l("Ghi chú"))


class DisputeForm(StepForm):
    reason = TextAreaField(_l("Vì sao bạn không đồng ý"), words(_l("Ghi lý do.")))


class ResendForm(BaseForm):
    """One click on a unit of the directory, or the name of a body without an account."""

    to_unit_id = HiddenField()
    to_body = StringField(
        _l("Cơ quan không có tài khoản"), [Length(max=200, message=_l("Tối đa 200 ký tự."))]
    )
    accepts_warnings = BooleanField(_l("Tôi đã xem cảnh báo, vẫn gửi"))

    def values(self) -> Elsewhere:
        """What is no id is no unit."""
        return Elsewhere(to_unit_id=as_id(self.to_unit_id.data), to_body=self.to_body.data or None)


class DecideForm(BaseForm):
    decision = ChoiceRadioField(_l("Quyết định"), [InputRequired(_l("Chọn một dòng."))])
    answer = TextAreaField(_l("Lý do, gửi cho cả hai bên"), words(_l("Ghi lý do.")))

    def __init__(self, *, may_ask_again: bool) -> None:
        """`may_ask_again`: the need did not go to another unit meanwhile."""
        super().__init__()
        self.decision.offer(
            (one.value, label)
            for one, label in DECISIONS.items()
            if may_ask_again or one is not DisputeDecision.ANSWER_AGAIN
        )

    @property
    def chosen(self) -> DisputeDecision:
        """For a form that is valid."""
        return DisputeDecision(str(self.decision.data))
