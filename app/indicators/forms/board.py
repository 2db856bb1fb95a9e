"""Forms of the board: a value of a year, why one is returned, the baseline and milestones."""

from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.cases.forms.editing import EditForm
from app.core import clock
from app.indicators.forms.numbers import CountField, VnDecimalField
from app.indicators.models import BoardPath, BoardValue
from app.indicators.services.board import ValueData
from app.indicators.services.board_paths import PathData, milestone_years
from app.web.fields import VnDateField
from app.web.forms import BaseForm

MILESTONE = "milestone_"


class ValueForm(EditForm):
    """`version` is the newest one the page showed, 0 before the first."""

    class Meta(EditForm.Meta):
        def wrap_formdata(self, form: object, formdata: Any) -> Any:
            """This form takes a file too."""
            given = super().wrap_formdata(form, formdata)
            return CombinedMultiDict([request.files, request.form]) if given else given

    year = HiddenField()  # only to carry what is wrong with it
    value = VnDecimalField(_l("Giá trị"))
    numerator = CountField(_l("Tử số (nếu có)"))
    denominator = CountField(_l("Mẫu số (nếu có)"))
    source = StringField(
        _l("Nguồn số liệu"),
        [InputRequired(_l("Ghi nguồn: văn bản, điều tra hoặc sổ theo dõi nào.")), Length(max=300)],
    )
    source_on = VnDateField(
        _l("Ngày của nguồn"), [InputRequired(_l("Ghi ngày, ví dụ 05/02/2026."))]
    )
    reason = TextAreaField(_l("Vì sao sửa"), [Length(max=1000)])
    file = FileField(_l("Tệp minh chứng"))

    def content(self) -> bytes | None:
        """The bytes of the chosen file; None where none was chosen."""
        chosen = self.file.data
        return bytes(chosen.stream.read()) if chosen and chosen.filename else None

    def first(self, last: BoardValue | None) -> None:
        """Begin with what was saved last; the reason is each time a new one."""
        if last is None or self.is_submitted():
            return
        self.value.data, self.source.data = last.value, last.source
        self.numerator.data, self.denominator.data = last.numerator, last.denominator
        self.source_on.data = last.source_on

    def typed(self, year: int) -> ValueData:
        """For a form that is valid."""
        return ValueData(
            year=year,
            value=self.value.data,
            numerator=self.numerator.data,
            denominator=self.denominator.data,
            source=str(self.source.data),
            source_on=self.source_on.data or clock.today(),  # required: never empty here
            reason=self.reason.data or None,
        )


class ReturnForm(BaseForm):
    answer = TextAreaField(
        _l("Cần sửa gì"), [InputRequired(_l("Ghi cần sửa gì.")), Length(max=1000)]
    )


class PathForm(EditForm):
    """Made by `path_form`, with a field for each year that may have a milestone."""

    baseline_year = CountField(_l("Năm của mốc gốc"))
    baseline_value = VnDecimalField(_l("Giá trị của mốc gốc"))
    source = StringField(
        _l("Căn cứ"),
        [InputRequired(_l("Ghi căn cứ: văn bản nào, ngày nào.")), Length(max=300)],
    )

    def milestones(self) -> dict[int, Decimal]:
        named = {year: self._fields.get(f"{MILESTONE}{year}") for year in milestone_years()}
        return {
            year: one.data
            for year, one in named.items()
            if one is not None and one.data is not None
        }

    def typed(self) -> PathData:
        """For a form that is valid."""
        return PathData(
            baseline_year=self.baseline_year.data,
            baseline_value=self.baseline_value.data,
            source=str(self.source.data),
            milestones=self.milestones(),
        )


def path_form(last: BoardPath | None, *, is_yearly: bool) -> PathForm:
    """With what was set last; a part whose target is a fall each year has no milestones."""
    years = [] if is_yearly else list(milestone_years())
    fields = {
        f"{MILESTONE}{year}": VnDecimalField(_("Mốc năm %(year)s", year=year)) for year in years
    }
    values: dict[str, object] = {}
    if last is not None:
        values = {f"{MILESTONE}{year}": value for year, value in last.milestone_values.items()}
        values |= {"baseline_year": last.baseline_year, "baseline_value": last.baseline_value}
        values["source"] = last.source
    made: PathForm = type("PathFormOfPart", (PathForm,), fields)(data=values)
    return made
