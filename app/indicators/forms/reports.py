"""Forms of a report: what is said and entered, why it is returned or corrected, that it is sent."""

from typing import cast

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.cases.forms.editing import EditForm
from app.indicators.forms.numbers import CountField
from app.indicators.models import PeriodicReport, ReportVersion
from app.indicators.services.reporting import WORDS, DraftData
from app.web.forms import BaseForm

LONGEST = 10_000


class DraftForm(EditForm):
    """Made by `draft_form`, with a field for each number of table 6."""

    results = TextAreaField(_l("Kết quả thực hiện"), [Length(max=LONGEST)])
    difficulties = TextAreaField(_l("Khó khăn, vướng mắc"), [Length(max=LONGEST)])
    proposals = TextAreaField(_l("Đề xuất, kiến nghị"), [Length(max=LONGEST)])
    staff_codes: tuple[str, ...] = ()

    @property
    def staff_fields(self) -> list[CountField]:
        return [self._fields[code] for code in self.staff_codes]

    def typed(self) -> DraftData:
        """For a form that is valid."""
        return DraftData(
            results=self.results.data or None,
            difficulties=self.difficulties.data or None,
            proposals=self.proposals.data or None,
            staff={field.name: field.data for field in self.staff_fields},
        )


def draft_form(
    report: PeriodicReport, draft: ReportVersion | None, *, asks_staff: bool
) -> DraftForm:
    """With what was written last."""
    asked = report.rules.staff if asks_staff else ()
    fields = {one.code: CountField(str(one.label)) for one in asked}
    values: dict[str, object] = {}
    if draft is not None:
        values = {name: getattr(draft, name) for name in WORDS} | dict(draft.staff)
    codes = {"staff_codes": tuple(fields)}
    made = type("DraftFormOfReport", (DraftForm,), {**fields, **codes})
    return cast(DraftForm, made(data=values))


class SeenForm(BaseForm):
    """`version`: of the report that the page showed."""

    version = HiddenField()

    @property
    def expected(self) -> int:
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class AnswerForm(SeenForm):
    """What a letter from above is called, that takes note of the province's report."""

    note = StringField(_l("Số, ngày của văn bản trả lời (nếu có)"), [Length(max=300)])


class ReasonForm(SeenForm):
    reason = TextAreaField(_l("Lý do"), [InputRequired(_l("Ghi lý do.")), Length(max=2000)])
