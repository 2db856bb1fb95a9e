"""Temporary separation: the draft, the Chair's decision, extensions, the end, the address."""

import uuid
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from app.cases.forms.editing import EditForm
from app.cases.services.care_rules import Order, Seen
from app.cases.services.separation_draft import SHELTER, SeparationData
from app.cases.services.separations import PARENTS_SAFE, Decision, ExtensionData, Term
from app.cases.services.shelter import ShelterData
from app.core import clock
from app.reference.library import code_list
from app.web.fields import (
    CheckboxesField,
    ChoiceRadioField,
    Choices,
    ChoiceSelectField,
    VnDateField,
    VnDateTimeField,
)
from app.web.forms import BaseForm

APPROVED, REFUSED = "approved", "refused"
LINE = Length(max=200)
_NUMBER = _l("Số quyết định")
_NUMBER_HELP = _l("Như sẽ ghi trên quyết định, ví dụ 12/QĐ-UBND.")
_ORDERED = _l("Cơ quan có thẩm quyền yêu cầu cách ly lâu hơn 15 ngày")


class SeenForm(EditForm):
    """An edit that is refused where somebody recorded something meanwhile."""

    def seen_page(self) -> Seen:
        return Seen(self.expected_version, self.seen)


class _OrderFields(BaseForm):
    """Who requires more than 15 days, and by which document: asked for only where it is so."""

    is_longer_ordered = BooleanField(_ORDERED)
    ordered_by = StringField(
        _l("Cơ quan yêu cầu"), [LINE], description=_l("Chỉ khi cách ly lâu hơn 15 ngày.")
    )
    order_document = StringField(
        _l("Văn bản yêu cầu"), [LINE], description=_l("Số, ngày của văn bản.")
    )

    def validate_ordered_by(self, field: Field) -> None:
        if self.is_longer_ordered.data and not field.data:
            raise ValidationError(_("Ghi cơ quan yêu cầu."))

    def validate_order_document(self, field: Field) -> None:
        if self.is_longer_ordered.data and not field.data:
            raise ValidationError(_("Ghi văn bản yêu cầu."))

    def order(self) -> Order | None:
        if not self.is_longer_ordered.data:
            return None
        return Order(self.ordered_by.data, self.order_document.data)


class SeparationForm(SeenForm, _OrderFields):
    """The draft of Mẫu số 07."""

    reason = ChoiceRadioField(_l("Trường hợp"), [InputRequired(_l("Chọn một trường hợp."))])
    carers = CheckboxesField(_l("Cách ly trẻ em khỏi ai"))
    others = StringField(
        _l("Người khác"), [LINE], description=_l("Chỉ khi người đó không có trong danh sách trên.")
    )
    grounds = TextAreaField(
        _l("Sự việc, căn cứ"),
        [InputRequired(_l("Ghi sự việc và căn cứ."))],
        description=_l("In vào quyết định. Đừng ghi địa chỉ nơi trẻ em được đưa đến."),
    )
    place_kind = ChoiceRadioField(
        _l("Trẻ em được đưa đến đâu"), [InputRequired(_l("Chọn một nơi."))]
    )
    place_unit = ChoiceSelectField(
        _l("Cơ sở trong hệ thống"), description=_l("Chỉ khi là nơi tạm trú trong hệ thống.")
    )
    place_name = StringField(
        _l("Tên nơi ở, không ghi địa chỉ"), [LINE], description=_l("Ví dụ: nhà bà ngoại.")
    )
    address = TextAreaField(
        _l("Địa chỉ nơi ở"),
        [Length(max=1000)],
        description=_l(
            "Giữ riêng và mã hóa bằng khóa riêng; không in ra, không hiện trong hồ sơ."
            " Mỗi lần xem phải ghi lý do."
        ),
    )
    phone = StringField(_l("Số điện thoại nơi ở"), [LINE], description=_l("Giữ cùng địa chỉ."))
    carer_meanwhile = StringField(
        _l("Ai chăm sóc trẻ em trong thời gian cách ly"),
        [InputRequired(_l("Ghi tên người hoặc đơn vị.")), LINE],
    )
    started_at = VnDateTimeField(
        _l("Bắt đầu cách ly"),
        [InputRequired()],
        default=clock.now,
        description=_l("Lúc trẻ em được đưa đến nơi an toàn; thời điểm này trả lời hạn 12 giờ."),
    )
    ends_at = VnDateTimeField(
        _l("Kết thúc cách ly"),
        [InputRequired(_l("Ghi ngày và giờ kết thúc."))],
        description=_l("Theo kết quả đánh giá; tối đa 15 ngày kể cả gia hạn (Điều 32)."),
    )

    def __init__(self, *args: Any, people: Choices, places: Choices, **kwargs: Any) -> None:
        """`people`: who is around the child; `places`: the shelters of the province."""
        super().__init__(*args, **kwargs)
        self.reason.offer(code_list("separation_reasons").choices())
        self.place_kind.offer(code_list("separation_places").choices())
        self.place_unit.offer(places)
        self.carers.offer(people)

    def validate_place_name(self, field: Field) -> None:
        if self.place_kind.data not in (None, SHELTER) and not field.data:
            raise ValidationError(_("Ghi tên nơi ở."))

    def validate_phone(self, field: Field) -> None:
        if field.data and not self.address.data:
            raise ValidationError(_("Ghi địa chỉ cùng với số điện thoại."))

    def separation(self) -> SeparationData:
        """For a form that is valid."""
        return SeparationData(
            reason=str(self.reason.data),
            carers=[uuid.UUID(code) for code in self.carers.data or ()],
            others=self.others.data or None,
            grounds=self.grounds.data,
            place_kind=str(self.place_kind.data),
            place_unit=uuid.UUID(self.place_unit.data) if self.place_unit.data else None,
            place_name=self.place_name.data or None,
            carer_meanwhile=self.carer_meanwhile.data,
            started_at=_moment(self.started_at),
            ends_at=_moment(self.ends_at),
            order=self.order(),
            shelter=_shelter(self.address.data, self.phone.data),
        )


class DecideNowForm(SeparationForm):
    """The Chair drafts and decides at once."""

    number = StringField(_NUMBER, [InputRequired(_l("Ghi số.")), LINE], description=_NUMBER_HELP)
    decision_on = VnDateField(_l("Ngày quyết định"), [InputRequired()], default=clock.today)

    def decision(self) -> Decision:
        return Decision(self.number.data, _day(self.decision_on))


class AnswerForm(SeenForm):
    """The Chair agrees, with number and day, or does not, with a reason."""

    decision = ChoiceRadioField(
        _l("Quyết định"),
        [InputRequired(_l("Chọn đồng ý hoặc không đồng ý."))],
        choices=[(APPROVED, _l("Đồng ý")), (REFUSED, _l("Không đồng ý"))],
    )
    number = StringField(_NUMBER, [LINE], description=_NUMBER_HELP)
    decision_on = VnDateField(_l("Ngày quyết định"), [Optional()], default=clock.today)
    note = TextAreaField(_l("Ý kiến"), description=_l("Bắt buộc khi không đồng ý."))

    @property
    def is_approved(self) -> bool:
        return bool(self.decision.data == APPROVED)

    def validate_number(self, field: Field) -> None:
        if self.is_approved and not field.data:
            raise ValidationError(_("Ghi số quyết định."))

    def validate_note(self, field: Field) -> None:
        if self.decision.data == REFUSED and not field.data:
            raise ValidationError(_("Ghi lý do không đồng ý."))

    def answer(self) -> Decision:
        return Decision(self.number.data, _day(self.decision_on), self.note.data or None)


class SeparationAnswerForm(AnswerForm):
    """The term as drafted stands in the form; the Chair may correct it."""

    started_at = VnDateTimeField(_l("Bắt đầu cách ly"), [InputRequired()])
    ends_at = VnDateTimeField(
        _l("Kết thúc cách ly"),
        [InputRequired()],
        description=_l("Tối đa 15 ngày kể cả gia hạn (Điều 32)."),
    )

    def term(self) -> Term:
        return Term(_moment(self.started_at), _moment(self.ends_at))


class ExtendForm(SeenForm, _OrderFields):
    ends_at = VnDateTimeField(
        _l("Gia hạn đến"),
        [InputRequired(_l("Ghi ngày và giờ."))],
        description=_l("Tổng cộng tối đa 15 ngày từ lúc bắt đầu (Điều 32)."),
    )
    reason = TextAreaField(_l("Lý do gia hạn"), [InputRequired(_l("Ghi lý do."))])
    number = StringField(_NUMBER, [InputRequired(_l("Ghi số.")), LINE], description=_NUMBER_HELP)
    decision_on = VnDateField(_l("Ngày quyết định"), [InputRequired()], default=clock.today)

    def extension(self) -> ExtensionData:
        return ExtensionData(
            until=_moment(self.ends_at),
            reason=self.reason.data,
            decision=Decision(self.number.data, _day(self.decision_on)),
            order=self.order(),
        )


class CancelForm(BaseForm):
    """The Chair cancels: parents or caregiver are assessed as safe (art. 32)."""

    ended_at = VnDateTimeField(_l("Hủy bỏ từ lúc"), [InputRequired()], default=clock.now)
    note = TextAreaField(
        _l("Kết quả đánh giá cha, mẹ, người chăm sóc"),
        [InputRequired(_l("Ghi vì sao trẻ em được an toàn."))],
        description=_l("Ai đánh giá, khi nào, vì sao trẻ em được an toàn khi trở về."),
    )

    @property
    def end_reason(self) -> str:
        return PARENTS_SAFE


class EndForm(BaseForm):
    """The term is over, or the child went on to another protection."""

    ended_at = VnDateTimeField(_l("Kết thúc lúc"), [InputRequired()], default=clock.now)
    reason = ChoiceRadioField(_l("Kết thúc vì"), [InputRequired(_l("Chọn một lý do."))])
    note = TextAreaField(
        _l("Trẻ em về đâu, với ai"),
        [InputRequired(_l("Ghi trẻ em về đâu, với ai."))],
        description=_l("Đừng ghi địa chỉ nơi tạm trú an toàn."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ends = code_list("separation_ends").choices()
        self.reason.offer([(code, text) for code, text in ends if code != PARENTS_SAFE])

    @property
    def end_reason(self) -> str:
        return str(self.reason.data)


class AddressForm(BaseForm):
    """What goes into the compartment; what is there already is not shown."""

    address = TextAreaField(
        _l("Địa chỉ nơi ở"),
        [InputRequired(_l("Ghi địa chỉ.")), Length(max=1000)],
        description=_l("Thay cho địa chỉ đã ghi trước đây, nếu có."),
    )
    phone = StringField(_l("Số điện thoại nơi ở"), [LINE])

    def shelter(self) -> ShelterData:
        return ShelterData(self.address.data, self.phone.data or None)


def _shelter(address: str | None, phone: str | None) -> ShelterData | None:
    return ShelterData(address, phone or None) if address else None


def _moment(field: VnDateTimeField) -> datetime:
    return field.data or clock.now()


def _day(field: VnDateField) -> date:
    return field.data or clock.today()
