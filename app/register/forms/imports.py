"""Forms of an import: the workbook, the columns, a decision, a button."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict
from wtforms import Field, HiddenField, StringField, ValidationError
from wtforms.validators import InputRequired

from app.core import clock
from app.register.groups import choices
from app.register.models import Decision, SheetChoices
from app.register.sheets.columns import Column
from app.register.sheets.vocabulary import vocabulary
from app.web.fields import ChoiceSelectField, VnDateField
from app.web.forms import BaseForm

PREFIX = "column_"


class UploadForm(BaseForm):
    class Meta(BaseForm.Meta):
        def wrap_formdata(self, form: object, formdata: Any) -> Any:
            """This form takes a file too."""
            given = super().wrap_formdata(form, formdata)
            return CombinedMultiDict([request.files, request.form]) if given else given

    file = FileField(_l("Bảng tính Excel (.xlsx)"))

    def validate_file(self, field: Field) -> None:
        if not field.data or not field.data.filename:
            raise ValidationError(_("Chọn một tệp."))

    def content(self) -> bytes:
        """The bytes of the chosen file, for a form that is valid."""
        return bytes(self.file.data.stream.read())

    @property
    def file_name(self) -> str:
        return str(self.file.data.filename or "")


class ColumnsForm(BaseForm):
    """What each column is: a field `column_N` for the column at place N, made by `columns_form`."""

    sheet = HiddenField()
    heading = HiddenField()
    columns = StringField(_l("Các cột"))  # only to carry what is wrong with all of them
    since = VnDateField(
        _l("Thuộc nhóm từ ngày, cho dòng không ghi"),
        [InputRequired(_l("Ghi ngày, ví dụ 05/02/2026."))],
        default=clock.today,
    )
    group = ChoiceSelectField(_l("Nhóm, cho dòng không ghi"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group.offer(choices())

    def chosen(self, *, sheet: int, heading: int) -> SheetChoices:
        """For a form that is valid."""
        fields = {
            int(name.removeprefix(PREFIX)): str(field.data or "")
            for name, field in self._fields.items()
            if name.startswith(PREFIX)
        }
        return SheetChoices(
            sheet=sheet,
            heading=heading,
            columns=fields,
            since=self.since.data,
            group=str(self.group.data or ""),
        )


def columns_form(columns: Iterable[Column], proposed: Mapping[int, str]) -> ColumnsForm:
    """The form with one drop-down for each column, filled in with what is proposed."""
    offered = [(field.code, field.label) for field in vocabulary().fields]
    fields = {
        f"{PREFIX}{column.place}": ChoiceSelectField(column.heading or column.letter)
        for column in columns
    }
    form = type("SheetColumnsForm", (ColumnsForm,), fields)(
        data={f"{PREFIX}{place}": field for place, field in proposed.items()}
    )
    for name in fields:
        form[name].offer(offered)
    made: ColumnsForm = form
    return made


class DecisionForm(BaseForm):
    """`decision`: other, leave, or the id of the child that it is."""

    decision = HiddenField(_l("Quyết định"))
    show = HiddenField()
    after = HiddenField()

    @property
    def chosen(self) -> Decision | None:
        """None for a child's id and for what is no decision."""
        known = {one.value: one for one in (Decision.OTHER, Decision.LEAVE)}
        return known.get(str(self.decision.data or ""))


class ButtonForm(BaseForm):
    """A button that needs nothing but the token."""
