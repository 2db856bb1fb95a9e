"""The steps of one kind, as an administrator types them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, cast

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    FormField,
    HiddenField,
    IntegerField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import TextInput

from app.cases.forms.editing import RulesForm
from app.core.errors import StaleEdit
from app.reminders.pages.rule_words import WHOM
from app.reminders.rules import FURTHEST, MOST_STEPS, Step, Whom
from app.web.fields import CheckboxesField, ChoiceSelectField, GroupList
from app.web.forms import SubForm

MOST_PERCENT = 300


class When(StrEnum):
    START = "start"
    PART = "part"
    BEFORE = "before"
    DUE = "due"
    AFTER = "after"


WHEN: Mapping[When, LazyString] = {
    When.START: _l("Ngay khi bắt đầu"),
    When.PART: _l("Khi qua … phần trăm thời hạn"),
    When.BEFORE: _l("… giờ trước hạn"),
    When.DUE: _l("Đúng lúc hết hạn"),
    When.AFTER: _l("… giờ sau hạn"),
}
COUNTED = frozenset({When.PART, When.BEFORE, When.AFTER})


class StepFields(SubForm):
    """Below the fields of `_step_form`: how they make a step."""

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        is_good = super().validate(*args, **kwargs)
        return self._check_amount() and is_good

    def _check_amount(self) -> bool:
        """A number that could not be read has its own error."""
        when, amount = self["when"].data, self["amount"]
        if when not in COUNTED or amount.errors:
            return not amount.errors
        least, most = (0, MOST_PERCENT) if when == When.PART else (1, FURTHEST)
        if amount.data is None or not least <= amount.data <= most:
            text = _l("Ghi một số nguyên từ %(least)s đến %(most)s.", least=least, most=most)
            amount.errors = [*amount.errors, text]
            return False
        return True

    @property
    def step(self) -> Step:
        """Of fields that are valid."""
        whom = tuple(Whom(code) for code in self["whom"].data)
        escalates = bool(self["escalates"].data)
        when, amount = When(str(self["when"].data)), cast(int, self["amount"].data)
        if when is When.BEFORE:
            return Step(before=amount, whom=whom, escalates=escalates)
        if when is When.AFTER:
            return Step(after=amount, whom=whom, escalates=escalates)
        part = {When.START: 0.0, When.DUE: 1.0}.get(when)
        return Step(part=amount / 100 if part is None else part, whom=whom, escalates=escalates)


class RuleFields(RulesForm):
    """`seen` tells which steps the preview on the page was made of: others are previewed anew."""

    seen = HiddenField()
    save = SubmitField()

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        is_good = super().validate(*args, **kwargs)
        return is_good and self._check_times()

    def _check_times(self) -> bool:
        keys: set[str] = set()
        for entry in self["steps"]:
            key = entry.form.step.key
            if key in keys:
                entry.form["when"].errors = [_l("Đã có một bước vào lúc này.")]
                self["steps"].errors = [*self["steps"].errors, entry.errors]
            keys.add(key)
        return len(keys) == len(self["steps"].entries)

    @property
    def steps_typed(self) -> tuple[Step, ...]:
        """Of a form that is valid."""
        return tuple(entry.form.step for entry in self["steps"])

    @property
    def reason_typed(self) -> str:
        return str(self["reason"].data)

    @property
    def is_previewed(self) -> bool:
        return bool(self.save.data) and self.seen.data == fingerprint(self.steps_typed)

    @property
    def is_changed_since(self) -> bool:
        """Saved, but with other steps than those of the preview. Of a form that is valid."""
        return bool(self.save.data and self.seen.data) and not self.is_previewed


def fingerprint(steps: Sequence[Step]) -> str:
    return ";".join(f"{one.key}:{','.join(one.whom)}:{one.escalates:d}" for one in steps)


def rule_form(
    whom: tuple[Whom, ...], steps: Sequence[Step], conflict: StaleEdit | None = None
) -> RuleFields:
    form = _form_of(whom)(data={"steps": [_typed(step) for step in steps]})
    form.conflict = conflict
    return form


@cache
def _form_of(offered: tuple[Whom, ...]) -> type[RuleFields]:
    """The form of the kinds whose steps may name these."""

    class StepForm(StepFields):
        when = ChoiceSelectField(
            _l("Nhắc lúc nào"), [InputRequired(_l("Chọn lúc nhắc."))], choices=WHEN.items()
        )
        amount = _number(_l("Con số (phần trăm hoặc giờ)"))
        whom = CheckboxesField(
            _l("Nhắc ai"),
            [InputRequired(_l("Chọn ít nhất một người."))],
            choices=[(code.value, WHOM[code]) for code in offered],
        )
        escalates = BooleanField(_l("Ghi lên dòng thời gian của hồ sơ: việc đã được báo lên trên"))

    class RuleForm(RuleFields):
        steps = GroupList(
            FormField(StepForm), _l("Các bước"), min_entries=1, max_entries=MOST_STEPS
        )
        reason = TextAreaField(
            _l("Lý do, văn bản làm căn cứ"),
            [InputRequired(_l("Ghi lý do.")), Length(5, 500, _l("Ghi từ 5 đến 500 ký tự."))],
        )

    return RuleForm


def _number(label: LazyString) -> Field:
    return IntegerField(label, [Optional()], widget=TextInput())


def _typed(step: Step) -> dict[str, Any]:
    """As `StepFields.step` reads it again."""
    fields: dict[str, Any] = {"whom": [*step.whom], "escalates": step.escalates}
    if step.part is None:
        when = When.BEFORE if step.before else When.AFTER
        return {**fields, "when": when.value, "amount": step.before or step.after}
    if step.part in (0.0, 1.0):
        return {**fields, "when": (When.DUE if step.part else When.START).value}
    return {**fields, "when": When.PART.value, "amount": round(step.part * 100)}
