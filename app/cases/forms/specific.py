"""Mẫu số 03 as a form: texts, rated items and domains of needs come from the form's definition."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import Field, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from app.cases.enums import RiskLevel
from app.cases.forms.assessment import level_of, rating_field
from app.cases.forms.editing import EditForm
from app.cases.models.specific import GOAL_DEMANDED
from app.cases.scoring import UnratedItems
from app.cases.services.specific import NeedData, SpecificData, find
from app.core import clock
from app.core.errors import InvalidInput
from app.reference.form_definition import FormDefinition, FormField
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField, VnDateTimeField

NO_PROBLEM = "none"
ALL = "all"


class SpecificForm(EditForm):
    """`specific_form` adds a text field for each field of the definition, a radio field for each
    rated item, and `need_<domain>`, `problem_<domain>` for each domain."""

    definition: FormDefinition
    _fields: dict[str, Any]

    wanted_level = ChoiceRadioField(_l("Mức nguy cơ kết luận"))
    happened_at = VnDateTimeField(_l("Đánh giá lúc"), [InputRequired()], default=clock.now)
    comment = TextAreaField(_l("Nhận xét của cán bộ đánh giá"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        levels = dict(code_list("risk_levels").choices())
        del levels[RiskLevel.LOW.value]  # nothing is raised to the lowest
        self.wanted_level.offer([("", _l("Theo kết quả tính")), *levels.items()])
        fields = self._fields
        self._fields = {name: fields[name] for name in self._order()}  # errors stand as on the page

    def validate_wanted_level(self, field: Field) -> None:
        """Asked here too, so that it stands among the other things to correct."""
        try:
            find(self.definition, self.state())
        except UnratedItems:
            return
        except InvalidInput as error:
            raise ValidationError(error.text) from error

    @property
    def wants_to_send(self) -> bool:
        """Sent for good, and not only to see the result or to use an earlier text again."""
        asked = request.form.get("preview") or self.wanted_again
        return bool(self.is_submitted()) and not asked

    @property
    def wanted_again(self) -> str:
        """The field whose earlier text is wanted again, `ALL`, or ""."""
        return request.form.get("reuse", "")

    def use_again(self, texts: Mapping[str, str]) -> None:
        """Put the earlier texts that were asked for where nothing stands yet."""
        for field in text_fields(self.definition):
            is_wanted = self.wanted_again in (ALL, field.name)
            if is_wanted and not self[field.name].data:
                self[field.name].data = texts.get(field.name, "")

    def state(self) -> SpecificData:
        return SpecificData(
            answers=self._answers(),
            happened_at=self.happened_at.data or clock.now(),
            texts={
                field.name: self[field.name].data
                for field in text_fields(self.definition)
                if self[field.name].data
            },
            needs=tuple(self._needs()),
            wanted_level=level_of(self.wanted_level.data),
            comment=self.comment.data or None,
        )

    def _answers(self) -> dict[str, RiskLevel]:
        """The rated items, as far as rated."""
        rated = ((item.code, level_of(self[item.code].data)) for item in self.definition.items)
        return {code: level for code, level in rated if level is not None}

    def _needs(self) -> Iterator[NeedData]:
        for domain in domains(self.definition):
            severity = level_of(self[f"need_{domain}"].data)
            if severity is not None:
                yield NeedData(domain, severity, self[f"problem_{domain}"].data or None)

    def _order(self) -> list[str]:
        first = [field.name for field in text_fields(self.definition)]
        first += [item.code for item in self.definition.items]
        first.append("wanted_level")
        for domain in domains(self.definition):
            first += [f"need_{domain}", f"problem_{domain}"]
        return [*first, *(name for name in self._fields if name not in first)]


def text_fields(definition: FormDefinition) -> tuple[FormField, ...]:
    """The information that the paper asks for in words; `number` is the part it stands in."""
    return tuple(f for f in definition.fields if f.type == "long_text" and f.is_on_paper)


def domains(definition: FormDefinition) -> tuple[str, ...]:
    """The domains of needs, one to each printed row."""
    return tuple(row.needs[0] for row in definition.needs)


def specific_form(definition: FormDefinition) -> type[SpecificForm]:
    """The form of one version of the definition."""
    fields: dict[str, Any] = {f.name: TextAreaField(f.label) for f in text_fields(definition)}
    fields |= {item.code: rating_field(item) for item in definition.items}
    for row in definition.needs:
        fields[f"need_{row.needs[0]}"] = _severity(row.needs[0], row.label)
        fields[f"problem_{row.needs[0]}"] = TextAreaField(
            _l("%(domain)s: vấn đề, nhu cầu của trẻ em", domain=row.label),
            [_words_with(row.needs[0])],
        )
    return type("FilledSpecificForm", (SpecificForm,), {"definition": definition, **fields})


def _severity(domain: str, label: object) -> ChoiceRadioField:
    """Each domain is answered: one that was left out would look like one without a problem."""
    choices = [(NO_PROBLEM, _l("Không có vấn đề")), *code_list("ratings").choices()]
    answered = InputRequired(_l("Chọn mức độ, hoặc chọn không có vấn đề."))
    return ChoiceRadioField(label, [answered, _none_without_words(domain)], choices=choices)


def _none_without_words(domain: str) -> Any:
    def check(form: SpecificForm, field: Field) -> None:
        if field.data == NO_PROBLEM and form[f"problem_{domain}"].data:
            raise ValidationError(
                _l("Bạn đã ghi vấn đề ở lĩnh vực này: chọn mức độ, hoặc xóa phần đã ghi.")
            )

    return check


def _words_with(domain: str) -> Any:
    def check(form: SpecificForm, field: Field) -> None:
        if level_of(form[f"need_{domain}"].data) in GOAL_DEMANDED and not field.data:
            raise ValidationError(_l("Mức Cao hoặc Trung bình: ghi vấn đề của trẻ em."))

    return check
