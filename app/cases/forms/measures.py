"""An emergency measure, or the decision that none is needed."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Optional

from app.cases.services.measures import MeasureData, NoneNeededData
from app.core import clock
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField, ChoiceSelectField, VnDateTimeField
from app.web.forms import BaseForm

MEASURE, NONE_NEEDED = "measure", "none"


class MeasureForm(BaseForm):
    decision = ChoiceRadioField(
        _l("Bạn ghi lại"),
        [InputRequired(_l("Chọn một trong hai."))],
        choices=[
            (MEASURE, _l("Một biện pháp đã làm")),
            (NONE_NEEDED, _l("Quyết định không cần biện pháp khẩn cấp")),
        ],
        default=MEASURE,
    )
    kind = ChoiceSelectField(_l("Biện pháp"))
    description = TextAreaField(_l("Đã làm gì, ở đâu, với ai"))
    reason = TextAreaField(_l("Lý do không cần biện pháp khẩn cấp"))
    performed_by = StringField(
        _l("Ai thực hiện hoặc quyết định"), [InputRequired(_l("Ghi tên người hoặc cơ quan."))]
    )
    started_at = VnDateTimeField(
        _l("Bắt đầu hoặc quyết định lúc"), [InputRequired()], default=clock.now
    )
    is_prior = BooleanField(_l("Việc này đã làm trước khi nhận tin báo"))
    ends_at = VnDateTimeField(_l("Đến khi nào"), [Optional()])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.kind.offer(code_list("safety_measures").choices())

    @property
    def is_none_needed(self) -> bool:
        return bool(self.decision.data == NONE_NEEDED)

    def validate_kind(self, field: Field) -> None:
        if not self.is_none_needed and not field.data:
            raise ValidationError(_("Chọn biện pháp đã làm."))

    def validate_reason(self, field: Field) -> None:
        if self.is_none_needed and not field.data:
            raise ValidationError(_("Ghi lý do."))

    def measure(self) -> MeasureData:
        """For a form that is valid. Likewise `none_needed`."""
        return MeasureData(
            kind=str(self.kind.data),
            description=self.description.data or None,
            performed_by=self.performed_by.data,
            started_at=self._started,
            ends_at=self.ends_at.data,
            is_prior=self.is_prior.data,
        )

    def none_needed(self) -> NoneNeededData:
        return NoneNeededData(
            reason=self.reason.data,
            decided_by=self.performed_by.data,
            decided_at=self._started,
        )

    @property
    def _started(self) -> datetime:
        return self.started_at.data or clock.now()
