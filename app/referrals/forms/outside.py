"""What a body without an account answers through its one-time link."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Optional

from app.auth.labels import kind_choices
from app.auth.models import UnitKind
from app.core import clock
from app.reference.library import code_list
from app.referrals.services.answers import NOT_OURS, Declined, Delivered
from app.web.cleaning import AtMost
from app.web.fields import ChoiceRadioField, ChoiceSelectField, VnDateTimeField
from app.web.forms import BaseForm


class LinkCodeForm(BaseForm):
    code = StringField(_l("Mã 8 chữ số"), [InputRequired(_l("Nhập mã được báo qua điện thoại."))])

    @property
    def digits(self) -> str:
        """Without the blanks that a person types."""
        return "".join(str(self.code.data or "").split())


class TakeForm(BaseForm):
    """Who opens a child's file says who they are."""

    name = StringField(
        _l("Họ tên, chức vụ của bạn"), [InputRequired(_l("Ghi họ tên, chức vụ.")), AtMost(200)]
    )
    phone = StringField(
        _l("Điện thoại của bạn"),
        [InputRequired(_l("Ghi số điện thoại để nơi gửi gọi được.")), AtMost(40)],
    )

    @property
    def words(self) -> str:
        return f"{self.name.data} · {self.phone.data}"


class QuestionForm(BaseForm):
    question = TextAreaField(
        _l("Bạn cần biết thêm điều gì"), [InputRequired(_l("Ghi điều cần hỏi."))]
    )


class DeclineForm(BaseForm):
    code = ChoiceRadioField(_l("Lý do"), [InputRequired(_l("Chọn một lý do."))])
    suggested = ChoiceSelectField(_l("Cơ quan nào có thẩm quyền"))
    note = TextAreaField(
        _l("Nói rõ thêm"), [InputRequired(_l("Ghi một câu để nơi gửi biết phải làm gì tiếp."))]
    )

    def __init__(self) -> None:
        super().__init__()
        self.code.offer(code_list("referral_declines").choices())
        self.suggested.offer(kind_choices())

    def validate_suggested(self, field: Field) -> None:
        if self.code.data == NOT_OURS and not field.data:
            raise ValidationError(_("Chọn loại cơ quan có thẩm quyền."))

    def declined(self) -> Declined:
        """For a form that is valid."""
        known = self.suggested.data
        return Declined(
            code=str(self.code.data),
            note=self.note.data,
            suggested=UnitKind(known) if known else None,
        )


class _HappenedForm(BaseForm):
    happened_at = VnDateTimeField(_l("Lúc nào"), [InputRequired()], default=clock.now)

    @property
    def moment(self) -> datetime:
        return self.happened_at.data or clock.now()


class ContactForm(_HappenedForm):
    note = TextAreaField(_l("Ghi thêm"), [Optional()])


class DeliveryForm(_HappenedForm):
    note = TextAreaField(_l("Đã làm gì cho em"), [InputRequired(_l("Ghi việc đã làm."))])

    def delivered(self) -> Delivered:
        """For a form that is valid."""
        return Delivered(happened_at=self.moment, note=self.note.data)


class OutcomeForm(BaseForm):
    outcome = ChoiceRadioField(_l("Kết quả"), [InputRequired(_l("Chọn một kết quả."))])
    note = TextAreaField(
        _l("Nói rõ thêm"), [InputRequired(_l("Ghi kết quả để nơi gửi biết phải làm gì tiếp."))]
    )

    def __init__(self) -> None:
        super().__init__()
        self.outcome.offer(code_list("referral_outcomes").choices())


class MakeLinkForm(BaseForm):
    """Nothing is typed; `renew`: another code for the link that runs."""

    renew = HiddenField()
