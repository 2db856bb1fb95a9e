"""Offering a case to another unit, answering, giving all cases of one person to another, keeping a
person out."""

import uuid
from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from app.cases.queries.owner import Worker
from app.reference.communes import commune_choices
from app.web.fields import ChoiceRadioField, ChoiceSelectField
from app.web.forms import BaseForm

INSIDE, OUTSIDE = "inside", "outside"
ACCEPT, DECLINE = "accept", "decline"


class OfferForm(BaseForm):
    where = ChoiceRadioField(
        _l("Chuyển đi đâu"),
        [InputRequired(_l("Chọn một trong hai."))],
        choices=[(INSIDE, _l("Xã, phường khác trong tỉnh")), (OUTSIDE, _l("Ngoài tỉnh"))],
        default=INSIDE,
    )
    commune = ChoiceSelectField(_l("Xã, phường nhận"))
    to_body = StringField(_l("Cơ quan ngoài tỉnh"))
    reason = TextAreaField(_l("Lý do chuyển"), [InputRequired(_l("Ghi lý do chuyển."))])
    note = TextAreaField(
        _l("Bàn giao"), [InputRequired(_l("Ghi những gì bên nhận phải biết ngay."))]
    )

    def __init__(self, served: Iterable[str], own: str | None) -> None:
        super().__init__()
        known = set(served) - {own}
        self.commune.offer((code, label) for code, label in commune_choices() if code in known)

    def validate_commune(self, field: Field) -> None:
        if self.where.data == INSIDE and not field.data:
            raise ValidationError(_("Chọn xã, phường nhận."))

    def validate_to_body(self, field: Field) -> None:
        if self.where.data == OUTSIDE and not field.data:
            raise ValidationError(_("Ghi tên cơ quan nhận."))

    @property
    def commune_code(self) -> str | None:
        return self.commune.data if self.where.data == INSIDE else None


class AnswerForm(BaseForm):
    decision = ChoiceRadioField(
        _l("Trả lời"),
        [InputRequired(_l("Chọn nhận hoặc không nhận."))],
        choices=[(ACCEPT, _l("Nhận hồ sơ")), (DECLINE, _l("Không nhận"))],
    )
    owner_id = ChoiceRadioField(_l("Người phụ trách"))
    answer = TextAreaField(_l("Ý kiến"))

    def __init__(self, workers: Iterable[Worker]) -> None:
        super().__init__()
        self.owner_id.offer((str(worker.id), worker.name) for worker in workers)

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
    answer = TextAreaField(
        _l("Ai nhận, văn bản số mấy, ngày nào"),
        [InputRequired(_l("Ghi văn bản xác nhận của bên nhận."))],
    )


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
