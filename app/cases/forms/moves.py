"""Offering a case to another unit, answering, giving all cases of one person to another, keeping a
person out."""

import uuid
from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Regexp

from app.cases.queries.owner import Worker
from app.cases.services.moves import OWN_PROVINCE, Receipt, Target
from app.core import clock
from app.reference.communes import commune_choices
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField, ChoiceSelectField, VnDateField
from app.web.forms import BaseForm

INSIDE, PROVINCE, OUTSIDE = "inside", "province", "outside"
ACCEPT, DECLINE = "accept", "decline"


class OfferForm(BaseForm):
    where = ChoiceRadioField(
        _l("Chuyển đi đâu"),
        [InputRequired(_l("Chọn nơi nhận."))],
        choices=[
            (INSIDE, _l("Xã, phường khác trong tỉnh")),
            (PROVINCE, _l("Đơn vị cấp tỉnh")),
            (OUTSIDE, _l("Tỉnh, thành phố khác")),
        ],
        default=INSIDE,
    )
    commune = ChoiceSelectField(_l("Xã, phường nhận"))
    unit = ChoiceSelectField(_l("Đơn vị cấp tỉnh nhận"))
    province = ChoiceSelectField(_l("Tỉnh, thành phố nhận"))
    to_body = StringField(_l("Cơ quan ngoài tỉnh"))
    reason = TextAreaField(_l("Lý do chuyển"), [InputRequired(_l("Ghi lý do chuyển."))])
    note = TextAreaField(
        _l("Bàn giao"), [InputRequired(_l("Ghi những gì bên nhận phải biết ngay."))]
    )

    def __init__(
        self, served: Iterable[str], own: str | None, units: Iterable[tuple[uuid.UUID, str]]
    ) -> None:
        """`own`: the commune of the unit that has the case; `units`: those of the province."""
        super().__init__()
        known = set(served) - {own}
        self.commune.offer((code, label) for code, label in commune_choices() if code in known)
        self.unit.offer((str(unit_id), name) for unit_id, name in units)
        others = code_list("provinces").choices()
        self.province.offer((code, label) for code, label in others if code != OWN_PROVINCE)

    def validate_commune(self, field: Field) -> None:
        if self.where.data == INSIDE and not field.data:
            raise ValidationError(_("Chọn xã, phường nhận."))

    def validate_unit(self, field: Field) -> None:
        if self.where.data == PROVINCE and not field.data:
            raise ValidationError(_("Chọn đơn vị cấp tỉnh nhận."))

    def validate_province(self, field: Field) -> None:
        if self.where.data == OUTSIDE and not field.data:
            raise ValidationError(_("Chọn tỉnh, thành phố nhận."))

    def validate_to_body(self, field: Field) -> None:
        if self.where.data == OUTSIDE and not field.data:
            raise ValidationError(_("Ghi tên cơ quan nhận."))

    def target(self) -> Target:
        """For a form that is valid."""
        if self.where.data == INSIDE:
            return Target(commune_code=self.commune.data)
        if self.where.data == PROVINCE:
            return Target(unit_id=uuid.UUID(str(self.unit.data)))
        return Target(province=self.province.data, body=self.to_body.data)


class AnswerForm(BaseForm):
    decision = ChoiceRadioField(
        _l("Trả lời"),
        [InputRequired(_l("Chọn nhận hoặc không nhận."))],
        choices=[(ACCEPT, _l("Nhận hồ sơ")), (DECLINE, _l("Không nhận"))],
    )
    owner_id = ChoiceRadioField(_l("Người phụ trách"))
    answer = TextAreaField(_l("Ý kiến"))

    def __init__(self, workers: Sequence[Worker]) -> None:
        """Who is the only one is chosen already."""
        super().__init__()
        self.owner_id.offer((str(worker.id), worker.name) for worker in workers)
        if len(workers) == 1 and not self.is_submitted():
            self.owner_id.data = str(workers[0].id)

    @property
    def is_accepted(self) -> bool:
        return bool(self.decision.data == ACCEPT)

    def validate_owner_id(self, field: Field) -> None:
        if self.is_accepted and not field.data:
            raise ValidationError(
                _("Chọn người phụ trách: hồ sơ không được để không ai phụ trách.")
            )

    def validate_answer(self, field: Field) -> None:
        if self.decision.data == DECLINE and not field.data:
            raise ValidationError(_("Ghi lý do không nhận."))


class OutsideForm(BaseForm):
    receipt_number = StringField(
        _l("Số văn bản tiếp nhận"),
        [
            InputRequired(_l("Ghi số văn bản của bên nhận.")),
            # a number and a sign: no room for a name in clear
            Regexp(
                r"^[0-9]{1,6}(/[0-9A-ZĐ]+([-/][0-9A-ZĐ]+)*)?$", message=_l("Ghi như 15/CV-UBND.")
            ),
        ],
    )
    receipt_on = VnDateField(_l("Ngày của văn bản"), [InputRequired(_l("Ghi ngày."))])
    answer = TextAreaField(
        _l("Ai nhận trẻ em, ai phụ trách bên đó"), [InputRequired(_l("Ghi người, bộ phận nhận."))]
    )

    def receipt(self) -> Receipt:
        """For a form that is valid."""
        day = self.receipt_on.data or clock.today()
        return Receipt(self.receipt_number.data, day, self.answer.data)


class ReassignForm(BaseForm):
    from_id = ChoiceSelectField(_l("Của ai"), [InputRequired(_l("Chọn một người."))])
    to_id = ChoiceSelectField(_l("Giao cho ai"), [InputRequired(_l("Chọn một người."))])

    def __init__(self, holders: Sequence[Worker], workers: Sequence[Worker]) -> None:
        super().__init__()
        self.from_id.offer(
            (str(one.id), _l("%(name)s (đang có %(n)s hồ sơ)", name=one.name, n=one.cases))
            for one in holders
        )
        self.to_id.offer((str(one.id), one.name) for one in workers)

    def ids(self) -> tuple[uuid.UUID, uuid.UUID]:
        """For a form that is valid."""
        return uuid.UUID(self.from_id.data), uuid.UUID(self.to_id.data)


class DenyForm(BaseForm):
    user_id = ChoiceSelectField(_l("Ai"), [InputRequired(_l("Chọn một người."))])
    reason = TextAreaField(_l("Vì sao"), [InputRequired(_l("Ghi lý do."))])

    def __init__(self, people: Iterable[tuple[uuid.UUID, str, str]]) -> None:
        super().__init__()
        self.user_id.offer((str(one), f"{name} · {unit}") for one, name, unit in people)

    @property
    def chosen(self) -> uuid.UUID:
        return uuid.UUID(self.user_id.data)
