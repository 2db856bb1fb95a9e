"""A service that a child received: recording, correcting, striking out."""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.cases.forms.editing import EditForm
from app.cases.models import ServiceReceived
from app.cases.queries.support import Choice
from app.cases.services.support import ServiceData
from app.core import clock
from app.reference.library import code_list
from app.web.fields import ChoiceSelectField, VnDateField
from app.web.forms import BaseForm
from app.web.money import VndField

_NEEDED = _l("Chọn một dòng.")
_REASON = [
    InputRequired(_l("Ghi lý do.")),
    Length(5, 1000, _l("Ghi rõ hơn, ít nhất 5 ký tự.")),
]


class ServiceForm(EditForm):
    activity_id = ChoiceSelectField(_l("Hoạt động của kế hoạch"))
    kind = ChoiceSelectField(_l("Trẻ em nhận được gì"), [InputRequired(_NEEDED)])
    service_type = ChoiceSelectField(_l("Thuộc biện pháp nào của luật"), [InputRequired(_NEEDED)])
    provider_unit_id = ChoiceSelectField(_l("Đơn vị đã hỗ trợ"))
    provider = StringField(_l("Hoặc tên người, cơ quan khác"))
    from_on = VnDateField(
        _l("Ngày nhận, hoặc từ ngày"), [InputRequired(_l("Ghi ngày."))], default=clock.today
    )
    to_on = VnDateField(_l("Đến ngày"), [Optional()])
    is_ongoing = BooleanField(_l("Còn đang hỗ trợ: ngày trên là ngày dự kiến kết thúc"))
    quantity = IntegerField(
        _l("Số lượng"), [Optional(), NumberRange(1, 100_000, _l("Ghi một số từ 1 đến 100.000."))]
    )
    quantity_unit = ChoiceSelectField(_l("Đơn vị tính"))
    amount = VndField(_l("Số tiền (đồng)"))
    fund_source = ChoiceSelectField(_l("Nguồn kinh phí"))
    note = TextAreaField(_l("Ghi chú"))
    finishes_activity = BooleanField(_l("Hoạt động này đã xong"))

    def __init__(
        self,
        *,
        activities: Iterable[Choice],
        providers: Iterable[Choice],
        known: ServiceReceived | None = None,
    ) -> None:
        """`known`: the record to correct."""
        super().__init__(data=_typed(known) if known else None)
        keep = known.kind if known else None
        self.kind.offer(code_list("support_kinds").choices(keep=keep))
        keep = known.service_type if known else None
        self.service_type.offer(code_list("intervention_types").choices(keep=keep))
        keep = known.fund_source if known else None
        self.fund_source.offer(code_list("fund_sources").choices(keep=keep))
        self.quantity_unit.offer(code_list("support_units").choices())
        self.activity_id.offer((str(row.id), row.words) for row in activities)
        self.provider_unit_id.offer((str(row.id), row.words) for row in providers)

    def validate_finishes_activity(self, field: Field) -> None:
        if field.data and not self.activity_id.data:
            raise ValidationError(_("Chọn hoạt động của kế hoạch đã xong."))

    def values(self) -> ServiceData:
        """For a form that is valid."""
        return ServiceData(
            activity_id=_id(self.activity_id.data),
            kind=str(self.kind.data),
            service_type=str(self.service_type.data),
            provider_unit_id=_id(self.provider_unit_id.data),
            provider=self.provider.data or None,
            from_on=cast(date, self.from_on.data),  # InputRequired
            to_on=self.to_on.data,
            is_ongoing=self.is_ongoing.data,
            quantity=self.quantity.data,
            quantity_unit=self.quantity_unit.data,
            amount=self.amount.data,
            fund_source=self.fund_source.data,
            note=self.note.data or None,
            finishes_activity=self.finishes_activity.data,
        )


class ServiceCorrectionForm(ServiceForm):
    reason = TextAreaField(_l("Vì sao sửa"), _REASON)


class StrikeForm(BaseForm):
    reason = TextAreaField(_l("Vì sao gạch bỏ"), _REASON)


def _id(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


def _typed(known: ServiceReceived) -> dict[str, Any]:
    names = (
        *("kind", "service_type", "provider", "from_on", "to_on", "is_ongoing", "quantity"),
        *("quantity_unit", "amount", "fund_source", "note"),
    )
    ids = {name: str(getattr(known, name) or "") for name in ("activity_id", "provider_unit_id")}
    return {name: getattr(known, name) for name in names} | ids
