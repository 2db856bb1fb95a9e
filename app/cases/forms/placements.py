"""Substitute care: the proposal, the hand-over, visits, the end."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from app.cases.forms.care import LINE, SeenForm
from app.cases.services.placements import EndData, HandOverData, PlacementData, VisitData
from app.core import clock
from app.people.identifiers import phone_of
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField, VnDateField, VnDateTimeField
from app.web.forms import BaseForm

SAFE, UNSAFE = "safe", "unsafe"


class PlacementForm(SeenForm):
    form_of_care = ChoiceRadioField(
        _l("Hình thức chăm sóc thay thế"), [InputRequired(_l("Chọn một hình thức."))]
    )
    carer_name = StringField(
        _l("Họ và tên người, tên cơ sở nhận chăm sóc"), [InputRequired(_l("Ghi tên.")), LINE]
    )
    relation = StringField(
        _l("Quan hệ với trẻ em"), [LINE], description=_l("Ví dụ: bà ngoại, hàng xóm.")
    )
    phone = StringField(_l("Số điện thoại"))
    address = TextAreaField(_l("Địa chỉ"), [Length(max=1000)])
    grounds = TextAreaField(
        _l("Vì sao chọn người, cơ sở này"),
        [InputRequired(_l("Ghi lý do."))],
        description=_l("Điều kiện của người nhận, ý kiến của trẻ em từ đủ 7 tuổi."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form_of_care.offer(code_list("care_forms").choices())

    def validate_phone(self, field: Field) -> None:
        if field.data and phone_of(field.data) is None:
            raise ValidationError(_("Số điện thoại gồm 10 chữ số, ví dụ 0912 345 678."))

    def placement(self) -> PlacementData:
        """For a form that is valid."""
        return PlacementData(
            form=str(self.form_of_care.data),
            carer_name=self.carer_name.data,
            relation=self.relation.data or None,
            phone=phone_of(self.phone.data) if self.phone.data else None,
            address=self.address.data or None,
            grounds=self.grounds.data,
        )


class HandOverForm(BaseForm):
    """Biên bản giao, nhận trẻ em."""

    happened_at = VnDateTimeField(_l("Giao, nhận lúc"), [InputRequired()], default=clock.now)
    present = TextAreaField(
        _l("Ai có mặt"),
        [InputRequired(_l("Ghi những người có mặt.")), Length(max=2000)],
        description=_l("Họ tên, chức danh; mỗi người một dòng."),
    )
    note = TextAreaField(
        _l("Nội dung biên bản"),
        description=_l("Tình trạng của trẻ em, giấy tờ, đồ dùng kèm theo."),
    )

    def hand_over(self) -> HandOverData:
        moment = self.happened_at.data or clock.now()
        return HandOverData(moment, self.present.data, self.note.data or None)


class VisitForm(BaseForm):
    happened_at = VnDateTimeField(
        _l("Thăm lúc"),
        [InputRequired()],
        default=clock.now,
        description=_l("Lúc việc diễn ra, không phải lúc gõ vào máy."),
    )
    safety = ChoiceRadioField(
        _l("Trẻ em có an toàn không?"),
        [InputRequired(_l("Chọn có hoặc không."))],
        choices=[(SAFE, _l("An toàn")), (UNSAFE, _l("Không an toàn"))],
    )
    note = TextAreaField(
        _l("Đã thấy gì"),
        [InputRequired(_l("Ghi điều đã thấy."))],
        description=_l("Ăn ở, sức khỏe, học tập, trẻ em nói gì."),
    )

    def visit(self) -> VisitData:
        moment = self.happened_at.data or clock.now()
        return VisitData(moment, self.safety.data == SAFE, self.note.data)


class CareEndForm(BaseForm):
    ended_on = VnDateField(_l("Chấm dứt từ ngày"), [InputRequired()], default=clock.today)
    reason = ChoiceRadioField(_l("Lý do chấm dứt"), [InputRequired(_l("Chọn một lý do."))])
    next_place = StringField(
        _l("Trẻ em chuyển đến đâu, với ai"),
        [InputRequired(_l("Ghi nơi trẻ em chuyển đến.")), LINE],
        description=_l("Đừng ghi địa chỉ nơi tạm trú an toàn."),
    )
    note = TextAreaField(_l("Ghi thêm"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.offer(code_list("care_ends").choices())

    def end(self) -> EndData:
        return EndData(
            on=self.ended_on.data or clock.today(),
            reason=str(self.reason.data),
            next_place=self.next_place.data,
            note=self.note.data or None,
        )
