"""Fields as people here fill them: dates as dd/mm/yyyy, times in 24 hours, choices from data.

A native date input shows mm/dd/yyyy in a browser set to English, which turns 05/02 into May 2nd
unseen; so dates are text inputs, read in Vietnamese order whatever the browser (ADR 0010).
Use `InputRequired` or `Optional` with them, not `DataRequired`, which hides the date's own message.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from wtforms import Field, FieldList, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget, TextInput, html_params

from app.core.clock import local
from app.core.dates import DatePrecision, PartialDate
from app.web.dates import (
    parse_date,
    parse_datetime,
    parse_iso_datetime,
    parse_partial,
    parse_time,
    split_partial,
)

Choices = Iterable[tuple[str, Any]]

_INDEX = re.compile(r"[0-9]{1,3}")
_SINGULAR = {"children": "child"}


class VnDateField(Field):  # type: ignore[misc]
    """A date typed as dd/mm/yyyy (also d/m/yyyy, ddmmyyyy, yyyy-mm-dd)."""

    widget = TextInput()
    data: date | None

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.raw_data = [text]
        self.data = None
        if text:
            self.data = parse_date(text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.strftime("%d/%m/%Y") if self.data else ""


class VnDateTimeField(Field):  # type: ignore[misc]
    """A moment in UTC from a date and a time of day in Vietnam, two inputs of the same name.

    One input that holds both ("05/02/2026 14:30", or ISO) is read too.
    """

    widget = TextInput()
    data: datetime | None

    def process_formdata(self, valuelist: list[str]) -> None:
        date_text, time_text = self.parts = self._split(valuelist)
        self.raw_data = [f"{date_text} {time_text}".strip()]
        self.data = None
        if not self.raw_data[0]:
            return
        iso = parse_iso_datetime(self.raw_data[0])
        self.data = iso or parse_datetime(date_text, time_text)
        if iso:
            self.parts = self._parts_of(iso)

    def process_data(self, value: datetime | None) -> None:
        self.data = value
        self.parts = self._parts_of(value)

    def _value(self) -> str:
        return " ".join(self.parts).strip()

    @staticmethod
    def _split(valuelist: list[str]) -> tuple[str, str]:
        texts = [text.strip() for text in valuelist[:2]]
        if len(texts) == 2:
            return texts[0], texts[1]
        head, _blank, tail = (texts[0] if texts else "").partition(" ")
        return head, tail.strip()

    @staticmethod
    def _parts_of(moment: datetime | None) -> tuple[str, str]:
        if moment is None:
            return "", ""
        there = local(moment)
        return there.strftime("%d/%m/%Y"), there.strftime("%H:%M")


class VnTimeField(Field):  # type: ignore[misc]
    """A time of day in 24 hours: 07:30, 7h30, 730 or 7h."""

    widget = TextInput()
    data: time | None

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.raw_data = [text]
        self.data = None
        if text:
            self.data = parse_time(text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.strftime("%H:%M") if self.data else ""


class PartialDateField(Field):  # type: ignore[misc]
    """A `PartialDate` from three inputs of the same name: day, month, year; the first may be empty.

    One input that holds all ("05/02/2017", "02/2017", "2017", ISO) is read too.
    """

    widget = TextInput()
    data: PartialDate | None

    def process_formdata(self, valuelist: list[str]) -> None:
        texts = [text.strip() for text in valuelist[:3]]
        typed = "/".join(texts)
        self.raw_data = [typed.strip("/")]
        self.parts = (texts[0], texts[1], texts[2]) if len(texts) == 3 else ("", "", typed)
        self.data = None
        if not self.raw_data[0]:
            return
        if len(texts) != 3:
            self.parts = split_partial(typed)
        self.data = parse_partial(*self.parts)

    def process_data(self, value: PartialDate | None) -> None:
        self.data = value
        if value is None:
            self.parts = ("", "", "")
            return
        day, month, year = value.value.strftime("%d/%m/%Y").split("/")
        known = value.precision
        self.parts = (
            day if known is DatePrecision.DAY else "",
            month if known is not DatePrecision.YEAR else "",
            year,
        )

    def _value(self) -> str:
        return "/".join(part for part in self.parts if part)


def choices_of(pairs: Choices) -> list[SelectChoice]:
    """(code, label) pairs, labels perhaps lazy, as WTForms wants them."""
    return [SelectChoice(value=code, label=label) for code, label in pairs]


def _code_or_none(value: object) -> str | None:
    return str(value) if value not in (None, "") else None


class _ChoiceFromData:
    """Takes (code, label) pairs at the class or later by `offer`; nothing chosen is None."""

    data: str | None

    def __init__(
        self, label: Any = None, validators: Any = None, choices: Choices = (), **kwargs: Any
    ) -> None:
        kwargs.setdefault("coerce", _code_or_none)
        super().__init__(label, validators, choices=self.listed(choices), **kwargs)  # type: ignore[call-arg]

    def offer(self, pairs: Choices) -> None:
        """Set the choices, of this form only."""
        self.choices = self.listed(pairs)

    def listed(self, pairs: Choices) -> list[SelectChoice]:
        return choices_of(pairs)

    def pre_validate(self, form: object) -> None:
        if self.data is not None:
            super().pre_validate(form)  # type: ignore[misc]


class PlainSelect:
    """A drop-down drawn in one go: a list of all communes costs no more than its text."""

    validation_attrs = ("required", "disabled")

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs.setdefault("id", field.id)
        if field.flags.required:
            kwargs.setdefault("required", True)
        chosen = field.data or ""
        options = "".join(
            f'<option value="{escape(choice.value)}"'
            f"{' selected' if choice.value == chosen else ''}>{escape(choice.label)}</option>"
            for choice in field.choices
        )
        attributes = html_params(name=field.name, **kwargs)
        return Markup(f"<select {attributes}>{options}</select>")  # noqa: S704  # escaped above


class ChoiceSelectField(_ChoiceFromData, SelectField):  # type: ignore[misc]
    """A drop-down with an empty first line."""

    widget = PlainSelect()

    def listed(self, pairs: Choices) -> list[SelectChoice]:
        return [SelectChoice(value="", label=_l("Chọn")), *choices_of(pairs)]


class ChoiceRadioField(_ChoiceFromData, RadioField):  # type: ignore[misc]
    """One of a few, drawn as large targets (`field(f, segmented=True)`: side by side)."""


class CheckboxesField(SelectMultipleField):  # type: ignore[misc]
    """Any number of (code, label) pairs, drawn as checkboxes; the data is a list of codes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(
        self, label: Any = None, validators: Any = None, choices: Choices = (), **kwargs: Any
    ) -> None:
        super().__init__(label, validators, choices=choices_of(choices), **kwargs)

    def offer(self, pairs: Choices) -> None:
        """Set the choices, of this form only."""
        self.choices = choices_of(pairs)


class GroupList(FieldList):  # type: ignore[misc]
    """A repeated group ("children"), grown by the submit button `add_<name>` without JavaScript.

    A view calls `form.children.grown()` before validating and shows the form again when it is true.
    """

    entries: list[Any]
    last_index: int

    def __init__(self, unbound_field: Any, label: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("min_entries", 1)
        kwargs.setdefault("max_entries", 20)
        super().__init__(unbound_field, label, **kwargs)

    def grown(self) -> bool:
        """Whether the user pressed "add one more" (a blank entry is added) or "remove this one"."""
        if request.form.get(f"add_{self.singular}"):
            if len(self.entries) < self.max_entries:
                self.append_entry()
            return True
        remove = request.form.get(f"remove_{self.singular}", "")
        if _INDEX.fullmatch(remove) and int(remove) < len(self.entries):
            if len(self.entries) > self.min_entries:
                self.pop_entry(int(remove))
            return True
        return False

    def blank(self) -> Any:
        """An empty group whose names hold `__index__`, for the page's <template>."""
        kept, last = self.entries, self.last_index
        self.entries = []
        entry = self._add_entry(index="__index__")
        self.entries, self.last_index = kept, last
        return entry

    @property
    def singular(self) -> str:
        """What one entry is called in the buttons: `children` -> `child`."""
        name = str(self.short_name)
        return _SINGULAR.get(name, name.removesuffix("s"))

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        for key in formdata:
            index, dash, _rest = key.removeprefix(f"{prefix}-").partition("-")
            if dash and key.startswith(f"{prefix}-") and _INDEX.fullmatch(index):
                yield int(index)
