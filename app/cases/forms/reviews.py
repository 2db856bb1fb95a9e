"""Mẫu số 06 as a form, the Chair's answer, the check after closing and the reopening."""

from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Optional

from app.cases.enums import RiskLevel
from app.cases.forms.editing import EditForm
from app.cases.models.reviews import Proposal
from app.cases.reviewing import FORM, closing_rule
from app.cases.services.after_closing import CheckData, ReopeningData
from app.cases.services.closing_decision import ClosingAnswer
from app.cases.services.reviews import ReviewData
from app.core import clock
from app.core.dates import months_after
from app.reference.form_definition import FormDefinition, RatedItem, StateItem
from app.reference.library import code_list, form_definition
from app.web.fields import ChoiceRadioField, VnDateField, VnDateTimeField
from app.web.forms import BaseForm

_LEVELS = {level.value: level for level in RiskLevel}


def _next_review() -> date:
    rule = closing_rule(form_definition(FORM))
    return months_after(clock.today(), rule.review_after_months)


def _check_day() -> date:
    rule = closing_rule(form_definition(FORM))
    return months_after(clock.today(), rule.check_after_months)


class ReviewForm(EditForm):
    """`review_form` adds one radio field for each rated item, named by its code, and for each
    factor a radio field `<code>_state` and a text `<code>`."""

    definition: FormDefinition
    _fields: dict[str, Any]

    happened_at = VnDateTimeField(_l("Rà soát lúc"), [InputRequired()], default=clock.now)
    proposal = ChoiceRadioField(_l("Đề xuất"), [InputRequired(_l("Chọn một đề xuất."))])
    next_on = VnDateField(_l("Rà soát lại ngày"), [Optional()], default=_next_review)
    conclusion = TextAreaField(
        _l("Kết luận của cán bộ rà soát"), [InputRequired(_l("Ghi kết luận."))]
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.proposal.offer(code_list("review_proposals").choices())
        items = [item.code for item in self.definition.items]
        states = [n for s in self.definition.states for n in (f"{s.code}_state", s.code)]
        first = [*items, *states, "proposal", "next_on", "conclusion", "happened_at"]
        order = [*first, *(name for name in self._fields if name not in first)]
        fields: dict[str, Any] = self._fields
        self._fields = {name: fields[name] for name in order}  # errors stand as on the page

    @property
    def wants_to_send(self) -> bool:
        """Sent for good, and not only to see the result."""
        return bool(self.is_submitted()) and not request.form.get("preview")

    def answers(self) -> dict[str, RiskLevel]:
        """The rated items, as far as rated; a forged code is left to the validation."""
        rated = ((i.code, _LEVELS.get(self[i.code].data or "")) for i in self.definition.items)
        return {code: level for code, level in rated if level is not None}

    def states(self) -> dict[str, str]:
        """The factors, as far as stated."""
        known = code_list("stability")
        said = ((s.code, self[f"{s.code}_state"].data) for s in self.definition.states)
        return {code: state for code, state in said if state in known}

    def to_data(self) -> ReviewData:
        """For a form that is valid."""
        return ReviewData(
            answers=self.answers(),
            states=self.states(),
            words={s.code: self[s.code].data or None for s in self.definition.states},
            conclusion=self.conclusion.data,
            proposal=Proposal(str(self.proposal.data)),
            happened_at=self.happened_at.data or clock.now(),
            next_on=self.next_on.data,
        )


def review_form(definition: FormDefinition) -> type[ReviewForm]:
    """The form of one version of the definition."""
    fields: dict[str, object] = {item.code: _rating(item) for item in definition.items}
    for state in definition.states:
        fields[f"{state.code}_state"] = _stability(state)
        fields[state.code] = TextAreaField(_l("%(factor)s: nhận xét", factor=state.label))
    return type("RatedReviewForm", (ReviewForm,), {"definition": definition, **fields})


def _rating(item: RatedItem) -> ChoiceRadioField:
    choices = [(level.value, getattr(item.levels, level.value)) for level in RiskLevel]
    return ChoiceRadioField(
        item.label, [InputRequired(_l("Chọn Cao, Trung bình hoặc Thấp."))], choices=choices
    )


def _stability(state: StateItem) -> ChoiceRadioField:
    items = code_list("stability").items
    return ChoiceRadioField(
        state.label,
        [InputRequired(_l("Chọn ổn định hoặc chưa ổn định."))],
        choices=[(item.code, item.label) for item in items],
    )


class ClosingForm(EditForm):
    """The Chair's answer."""

    decision = ChoiceRadioField(
        _l("Bạn quyết định"),
        [InputRequired(_l("Chọn một trong hai."))],
        choices=[
            ("agreed", _l("Đồng ý kết thúc kế hoạch, đóng hồ sơ")),
            ("refused", _l("Chưa đồng ý, tiếp tục thực hiện")),
        ],
    )
    check_on = VnDateField(_l("Kiểm tra lại trẻ em ngày"), [Optional()], default=_check_day)
    reason = TextAreaField(_l("Lý do chưa đồng ý"))

    def validate_check_on(self, field: VnDateField) -> None:
        if self.decision.data == "agreed" and field.data is None:
            raise ValidationError(_("Ghi ngày kiểm tra lại sau khi đóng."))

    def validate_reason(self, field: TextAreaField) -> None:
        if self.decision.data == "refused" and not field.data:
            raise ValidationError(_("Ghi lý do chưa đồng ý đóng hồ sơ."))

    def answer(self) -> ClosingAnswer:
        """For a form that is valid."""
        return ClosingAnswer(
            is_agreed=self.decision.data == "agreed",
            check_on=self.check_on.data,
            reason=self.reason.data or None,
        )


class CheckForm(BaseForm):
    """How the child was found after closing."""

    is_safe = ChoiceRadioField(
        _l("Trẻ em"),
        [InputRequired(_l("Chọn an toàn hoặc không an toàn."))],
        choices=[("safe", _l("An toàn, ổn định")), ("unsafe", _l("Không an toàn"))],
    )
    words = TextAreaField(_l("Đã thấy gì, gặp ai"), [InputRequired(_l("Ghi điều bạn thấy."))])
    happened_at = VnDateTimeField(_l("Kiểm tra lúc"), [InputRequired()], default=clock.now)
    next_on = VnDateField(_l("Kiểm tra tiếp ngày"), [Optional()])

    def to_data(self) -> CheckData:
        """For a form that is valid."""
        return CheckData(
            is_safe=self.is_safe.data == "safe",
            words=self.words.data,
            happened_at=self.happened_at.data or clock.now(),
            next_on=self.next_on.data,
        )


class ReopeningForm(BaseForm):
    reason = TextAreaField(_l("Vì sao mở lại"), [InputRequired(_l("Ghi lý do mở lại."))])
    is_present_danger = BooleanField(_l("Trẻ em đang gặp nguy hiểm"))
    received_at = VnDateTimeField(_l("Biết tin lúc"), [InputRequired()], default=clock.now)
    event_at = VnDateTimeField(_l("Vụ việc mới xảy ra lúc nào"))

    def to_data(self) -> ReopeningData:
        """For a form that is valid."""
        return ReopeningData(
            reason=self.reason.data,
            received_at=self.received_at.data or clock.now(),
            is_present_danger=self.is_present_danger.data,
            event_at=self.event_at.data,
        )
