"""The base of every form: Vietnamese messages, and text cleaned and checked in one place."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import request
from flask_babel import LazyString, get_domain
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import (
    DecimalField,
    Field,
    FieldList,
    FloatField,
    FormField,
    IntegerField,
    PasswordField,
    StringField,
    TextAreaField,
)
from wtforms.fields.core import UnboundField
from wtforms.validators import InputRequired, Length

from app.web.cleaning import (
    MAX_LINE,
    MAX_TEXT,
    AtMost,
    NotBlank,
    PlainText,
    SaneNumber,
    clean_line,
    clean_text,
)

_UNTOUCHED = (FieldList, FormField, FileField, MultipleFileField)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NUMBERS = (IntegerField, DecimalField, FloatField)


class _OurTranslations:
    """WTForms ships no Vietnamese catalogue, so its messages come from ours.

    They are returned unformatted: WTForms fills in their values, which Flask-Babel's ngettext
    would try before it.
    """

    def gettext(self, string: str) -> str:
        return str(get_domain().get_translations().gettext(string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return str(get_domain().get_translations().ngettext(singular, plural, n))


class BaseForm(FlaskForm):  # type: ignore[misc]
    """Every text is stripped, composed (NFC), limited in length and free of hidden characters.

    A `FormField` or `FieldList` inside takes a form derived from `SubForm`.
    """

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, form: object) -> _OurTranslations:
            return _OurTranslations()

        def wrap_formdata(self, form: object, formdata: Any) -> Any:
            """Only what a page's form sends as text: FlaskForm takes JSON and files for it too."""
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata  # given by the view: a draft, or nothing
            return request.form if request.method not in _SAFE and request.form else None

        def bind_field(
            self, form: object, unbound_field: UnboundField, options: dict[str, Any]
        ) -> Field:
            return _bind_clean(unbound_field, {"form": form, **options})


class SubForm(BaseForm):
    """A group of fields inside another form, which carries the CSRF token for it."""

    class Meta(BaseForm.Meta):
        csrf = False


class FieldError(NamedTuple):
    """One line of the error summary; `anchor` is the id of the input to jump to."""

    anchor: str
    label: str
    message: str


def form_errors(form: BaseForm) -> list[FieldError]:
    """All errors of a form in the order of its fields, those of nested groups included."""
    found = [FieldError("", "", str(message)) for message in form.form_errors]
    for field in form:
        found += _field_errors(field)
    return found


def _bind_clean(unbound: UnboundField, options: dict[str, Any]) -> Field:
    cls = unbound.field_class
    if issubclass(cls, _UNTOUCHED):
        return unbound.bind(**options)
    if issubclass(cls, StringField) and not issubclass(cls, PasswordField):
        clean = clean_text if issubclass(cls, TextAreaField) else clean_line
        options["filters"] = [clean, *unbound.kwargs.get("filters", ())]
    field = unbound.bind(**options)
    field.validators = [*_default_validators(field), *field.validators]
    return field


def _default_validators(field: Field) -> Iterator[Any]:
    if isinstance(field, _NUMBERS):
        yield SaneNumber()
    yield PlainText()
    required = [v for v in field.validators if isinstance(v, InputRequired)]
    if required and isinstance(field, StringField):
        yield NotBlank(required[0].message)
    limited = any(isinstance(v, Length) and v.max > 0 for v in field.validators)
    if isinstance(field, StringField) and not limited:
        yield AtMost(MAX_TEXT if isinstance(field, TextAreaField) else MAX_LINE)


def _field_errors(field: Field) -> Iterator[FieldError]:
    if isinstance(field, FormField):
        for inner in field.form:
            yield from _field_errors(inner)
    elif isinstance(field, FieldList):
        for entry in field:
            yield from _field_errors(entry)
        own = [error for error in field.errors if isinstance(error, str | LazyString)]
        yield from (FieldError(field.id, str(field.label.text), str(error)) for error in own)
    else:
        yield from (
            FieldError(field.id, str(field.label.text), str(message)) for message in field.errors
        )
