"""Forms of the child population: one commune's year, and a workbook."""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict
from wtforms import BooleanField, Field, IntegerField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange

from app.cases.forms.editing import EditForm
from app.core import clock
from app.indicators.definitions import AgeGroup
from app.indicators.population_sheet import MOST_CHILDREN
from app.indicators.services.population import NEEDS_REASON, PopulationData
from app.web.fields import VnDateField
from app.web.forms import BaseForm

SEX_WORDS = {"male": _l("Nam"), "female": _l("Nữ")}
_NEEDS_SOURCE = _l("Ghi số liệu lấy từ đâu, ví dụ: báo cáo dân số năm 2026 của xã.")
_NEEDS_DAY = _l("Ghi ngày, ví dụ 01/01/2026.")


class _SourceForm(EditForm):
    source = StringField(
        _l("Nguồn số liệu"), [InputRequired(_NEEDS_SOURCE), Length(min=3, max=200)]
    )
    source_on = VnDateField(_l("Số liệu của ngày"), [InputRequired(_NEEDS_DAY)])

    @property
    def day(self) -> date:
        return cast(date, self.source_on.data)  # InputRequired

    def validate_source_on(self, field: Field) -> None:
        if field.data and field.data > clock.today():
            raise ValidationError(_("Ngày này còn ở phía trước. Hãy xem lại."))


class EntryForm(_SourceForm):
    """Six numbers, made by `entry_form`; `reason` is asked for where a figure stands already."""

    reason = StringField(_l("Vì sao sửa số trước đó"), [Length(max=200)])

    def data_for(self, year: int, commune: str, groups: Iterable[AgeGroup]) -> PopulationData:
        """For a form that is valid."""
        counts = {
            f"{sex}|{group.code}": self[name_of(sex, group)].data
            for sex in SEX_WORDS
            for group in groups
        }
        return PopulationData(
            year, commune, counts, self.source.data, self.day, self.reason.data or None
        )


class WorkbookForm(_SourceForm):
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


class ConfirmForm(BaseForm):
    """Why numbers that count are replaced, and that what is doubtful was looked at: where there is
    any."""

    reason = StringField(
        _l("Vì sao sửa số đang dùng"),
        [InputRequired(NEEDS_REASON), Length(max=200)],
    )
    is_sure = BooleanField(
        _l("Tôi đã xem lại các số này, đúng là như vậy"),
        [InputRequired(_l("Có số đổi nhiều hoặc bằng 0. Xem lại, rồi đánh dấu vào đây."))],
    )

    def __init__(self, *, is_replacing: bool, is_doubtful: bool) -> None:
        super().__init__()
        if not is_replacing:
            del self.reason
        if not is_doubtful:
            del self.is_sure

    @property
    def why(self) -> str | None:
        return self.reason.data if "reason" in self else None


def name_of(sex: str, group: AgeGroup) -> str:
    return f"{sex}_{group.first}_{group.last}"


def entry_form(groups: Iterable[AgeGroup], values: dict[str, object]) -> EntryForm:
    """The form of one commune's year, with what stands now."""
    fields = {
        name_of(sex, group): IntegerField(
            _l("%(sex)s, %(first)s-%(last)s tuổi", sex=word, first=group.first, last=group.last),
            [
                InputRequired(_l("Ghi một số; không có trẻ em nào thì ghi 0.")),
                NumberRange(0, MOST_CHILDREN),
            ],
        )
        for sex, word in SEX_WORDS.items()
        for group in groups
    }
    made: EntryForm = type("EntryForm", (EntryForm,), fields)(data=values)
    return made
