"""Mẫu số 02 as a form: its rated items come from the form's definition."""

from collections.abc import Iterator
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FormField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from app.cases.enums import RiskLevel
from app.cases.forms.editing import EditForm
from app.cases.scoring import UnratedItems
from app.cases.services.assessment import AssessmentData, Held, NeedRow, conclude
from app.core import clock
from app.core.errors import InvalidInput
from app.reference.form_definition import FormDefinition, RatedItem
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField, ChoiceSelectField, GroupList, VnDateTimeField
from app.web.forms import BaseForm, SubForm

NOTHING = Held()
_LEVELS = {level.value: level for level in RiskLevel}


class NeedForm(SubForm):
    need = ChoiceSelectField(_l("Nhu cầu của trẻ em"))
    service = StringField(_l("Dịch vụ cung cấp"))
    provider = StringField(_l("Đơn vị cung cấp"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.need.offer(code_list("needs").choices())

    def validate_need(self, field: ChoiceSelectField) -> None:
        if field.data is None and (self.service.data or self.provider.data):
            raise ValidationError(_("Chọn nhu cầu của dòng này."))


class AssessmentForm(EditForm):
    """One radio field for each rated item, named by its code, is added by `assessment_form`.

    `held` is what counts in the case now: less than that needs a reason too (for the result).
    """

    definition: FormDefinition
    _fields: dict[str, Any]

    happened_at = VnDateTimeField(_l("Đánh giá lúc"), [InputRequired()], default=clock.now)
    is_life_threatening = BooleanField(_l("Trẻ em đang bị đe dọa tính mạng"))
    wanted_level = ChoiceRadioField(_l("Mức nguy cơ kết luận"))
    is_emergency = BooleanField(_l("Kết luận là trường hợp khẩn cấp, dù kết quả tính chưa đến mức"))
    override_reason = TextAreaField(_l("Lý do hạ mức nguy cơ"))
    needs = GroupList(FormField(NeedForm), _l("Nhu cầu"), max_entries=12)
    comment = TextAreaField(_l("Nhận xét của cán bộ đánh giá"))

    def __init__(self, *args: object, held: Held = NOTHING, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.held = held
        levels = code_list("risk_levels").choices()
        self.wanted_level.offer([("", _l("Theo kết quả tính")), *levels])
        first = ["happened_at", *(item.code for item in self.definition.items)]
        order = [*first, *(name for name in self._fields if name not in first)]
        fields: dict[str, Any] = self._fields
        self._fields = {name: fields[name] for name in order}  # errors stand as on the page

    def validate_override_reason(self, field: TextAreaField) -> None:
        """Asked for here too, so that it stands among the other things to correct.

        What counts in the case is left to the service: on a stale page the conflict comes first.
        """
        try:
            is_lowered = conclude(self.definition, self.state(), NOTHING).is_lowered
        except (UnratedItems, InvalidInput):
            return
        if is_lowered and not field.data:
            raise ValidationError(_("Ghi lý do hạ mức nguy cơ."))

    @property
    def wants_to_send(self) -> bool:
        """Sent for good, and not only to add a row or to see the result."""
        return bool(self.is_submitted()) and not self.needs.grown() and not self.wants_preview

    @property
    def wants_preview(self) -> bool:
        return bool(request.form.get("preview"))

    def answers(self) -> dict[str, RiskLevel]:
        """The rated items, as far as rated."""
        rated = ((item.code, _level(self[item.code].data)) for item in self.definition.items)
        return {code: level for code, level in rated if level is not None}

    def state(self) -> AssessmentData:
        return AssessmentData(
            answers=self.answers(),
            happened_at=self.happened_at.data or clock.now(),
            is_life_threatening=self.is_life_threatening.data,
            wanted_level=_level(self.wanted_level.data),
            is_emergency=self.is_emergency.data,
            override_reason=self.override_reason.data or None,
            comment=self.comment.data or None,
            needs=tuple(self._needs()),
        )

    def _needs(self) -> Iterator[NeedRow]:
        for entry in self.needs:
            row = entry.form
            if row.need.data:
                yield NeedRow(row.need.data, row.service.data or None, row.provider.data or None)


def assessment_form(definition: FormDefinition) -> type[AssessmentForm]:
    """The form of one version of the definition."""
    ratings = {item.code: _rating(item) for item in definition.items}
    return type("RatedAssessmentForm", (AssessmentForm,), {"definition": definition, **ratings})


def _level(code: str | None) -> RiskLevel | None:
    """None for nothing chosen, and for a forged code that the validation names."""
    return _LEVELS.get(code or "")


def _rating(item: RatedItem) -> ChoiceRadioField:
    texts = item.levels
    choices = [(level.value, getattr(texts, level.value)) for level in RiskLevel]
    return ChoiceRadioField(
        item.label, [InputRequired(_l("Chọn Cao, Trung bình hoặc Thấp."))], choices=choices
    )


class DecisionForm(BaseForm):
    """A yes or no by another person, with a note."""

    decision = ChoiceRadioField(
        _l("Quyết định"),
        [InputRequired(_l("Chọn đồng ý hoặc không đồng ý."))],
        choices=[("approved", _l("Đồng ý")), ("refused", _l("Không đồng ý"))],
    )
    note = TextAreaField(_l("Ý kiến"))

    def validate_note(self, field: TextAreaField) -> None:
        if self.decision.data == "refused" and not field.data:
            raise ValidationError(_("Ghi lý do không đồng ý."))

    @property
    def is_approved(self) -> bool:
        return bool(self.decision.data == "approved")
