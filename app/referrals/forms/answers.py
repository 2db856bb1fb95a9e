"""What the receiving side says: a question, a refusal, a contact, a service, the outcome."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.auth.models import UnitKind
from app.cases.labels import agency_name
from app.core import clock
from app.reference.library import code_list
from app.referrals.queries.inbox import OfficerLoad
from app.referrals.queries.order import MOST
from app.referrals.services.answers import NOT_OURS, Declined, Delivered
from app.web.fields import ChoiceSelectField, VnDateTimeField
from app.web.forms import BaseForm
from app.web.money import VndField
from app.web.paging import MAX_LIMIT

_SHORT = _l("Ghi rõ hơn, ít nhất 5 ký tự.")
_CHOOSE = _l("Chọn một dòng.")


def words(message: object) -> list[object]:
    """The validators of a text that is needed."""
    return [InputRequired(message), Length(5, 2000, _SHORT)]


class StepForm(BaseForm):
    """A form that stands beside others on one page: its names begin with that of its step."""

    next = HiddenField()  # the list beside which it stood

    def __init__(self, step: str, **kwargs: object) -> None:
        super().__init__(prefix=f"{step}-", **kwargs)
        self.step = step

    def typed(self) -> list[tuple[str, str]]:
        """(label, words) of what was typed: shown again where it could not be sent."""
        texts = (field for field in self if isinstance(field, TextAreaField) and field.data)
        return [(str(field.label.text), field.data) for field in texts]


class AcceptForm(StepForm):
    pass


class AskForm(StepForm):
    question = TextAreaField(_l("Bạn cần biết thêm điều gì"), words(_l("Ghi điều cần hỏi.")))


class DeclineForm(StepForm):
    code = ChoiceSelectField(_l("Vì sao không nhận"), [InputRequired(_CHOOSE)])
    suggested = ChoiceSelectField(_l("Việc này thuộc cơ quan nào"))
    note = TextAreaField(_l("Nói rõ để nơi gửi biết phải làm gì"), words(_l("Ghi lý do.")))

    def __init__(self, step: str, **kwargs: object) -> None:
        super().__init__(step, **kwargs)
        self.code.offer(code_list("referral_declines").choices())
        self.suggested.offer((kind.value, agency_name(kind.value)) for kind in UnitKind)

    def validate_suggested(self, field: Field) -> None:
        if self.code.data == NOT_OURS and not field.data:
            raise ValidationError(_("Chọn loại cơ quan có thẩm quyền."))

    def values(self) -> Declined:
        """For a form that is valid."""
        is_foreign = self.code.data == NOT_OURS and self.suggested.data
        return Declined(
            code=str(self.code.data),
            note=self.note.data,
            suggested=UnitKind(is_foreign) if is_foreign else None,
        )


class ContactForm(StepForm):
    happened_at = VnDateTimeField(
        _l("Gặp trẻ em lúc"), [InputRequired(_l("Ghi ngày giờ."))], default=clock.now
    )
    note = TextAreaField(_l("Ghi chú cho nơi gửi"))

    @property
    def moment(self) -> datetime:
        return self.happened_at.data or clock.now()


class DeliverForm(StepForm):
    happened_at = VnDateTimeField(
        _l("Làm lúc"), [InputRequired(_l("Ghi ngày giờ."))], default=clock.now
    )
    note = TextAreaField(_l("Đã làm gì cho trẻ em"), words(_l("Ghi việc đã làm.")))
    quantity = IntegerField(
        _l("Số lượng"), [Optional(), NumberRange(1, 100_000, _l("Ghi một số từ 1 đến 100.000."))]
    )
    quantity_unit = ChoiceSelectField(_l("Đơn vị tính"))
    amount = VndField(_l("Số tiền (đồng)"))
    fund_source = ChoiceSelectField(_l("Nguồn kinh phí"))

    def __init__(self, step: str, **kwargs: object) -> None:
        super().__init__(step, **kwargs)
        self.quantity_unit.offer(code_list("support_units").choices())
        self.fund_source.offer(code_list("fund_sources").choices())

    def values(self) -> Delivered:
        """For a form that is valid."""
        return Delivered(
            happened_at=self.happened_at.data or clock.now(),
            note=self.note.data,
            quantity=self.quantity.data,
            quantity_unit=self.quantity_unit.data,
            amount=self.amount.data,
            fund_source=self.fund_source.data,
        )


class CompleteForm(StepForm):
    outcome = ChoiceSelectField(_l("Kết quả"), [InputRequired(_CHOOSE)])
    note = TextAreaField(_l("Nói rõ kết quả cho nơi gửi"), words(_l("Ghi kết quả.")))

    def __init__(self, step: str, **kwargs: object) -> None:
        super().__init__(step, **kwargs)
        self.outcome.offer(code_list("referral_outcomes").choices())


class TickedForm(BaseForm):
    """The cards of the list that were ticked."""

    referral = SelectMultipleField(validate_choice=False)
    next = HiddenField()

    @property
    def ids(self) -> list[uuid.UUID]:
        """What is no id is nothing; at most a page of them."""
        found = [one for text in self.referral.data or () if (one := as_id(text)) is not None]
        return found[:MAX_LIMIT]


class AssignForm(BaseForm):
    officer_id = ChoiceSelectField(_l("Giao cho"), [InputRequired(_l("Chọn một người."))])

    next = HiddenField()

    def __init__(self, people: Iterable[OfficerLoad]) -> None:
        super().__init__()
        self.officer_id.offer((str(one.id), _load(one)) for one in people)

    @property
    def chosen(self) -> uuid.UUID:
        """For a form that is valid."""
        return uuid.UUID(self.officer_id.data)


def as_id(text: str | None) -> uuid.UUID | None:
    """None for what is no id."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _load(one: OfficerLoad) -> str:
    count = f"{MOST}+" if one.open > MOST else str(one.open)
    return str(_("%(name)s (%(n)s phiếu đang mở)", name=one.name, n=count))
