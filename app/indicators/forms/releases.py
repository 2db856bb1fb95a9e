"""Forms of releases: which period, why one is dropped or withdrawn."""

from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.indicators.periods import Period, PeriodKind
from app.web.forms import BaseForm

_YEARS, _SHORTER = 3, 4  # how many periods back are offered
_OFFERED = ((PeriodKind.YEAR, _YEARS), (PeriodKind.HALF, _SHORTER), (PeriodKind.QUARTER, _SHORTER))


class NewReleaseForm(BaseForm):
    period = SelectField(_l("Kỳ"), [InputRequired(_l("Chọn kỳ."))])
    note = TextAreaField(_l("Ghi chú, hoặc vì sao cần bản mới"), [Length(max=1000)])

    def __init__(self, today: date) -> None:
        super().__init__()
        self.period.choices = [(str(one), str(one.label)) for one in offered(today)]

    @property
    def wanted(self) -> Period:
        """For a form that is valid."""
        return Period.parse(str(self.period.data))


class ReasonForm(BaseForm):
    reason = TextAreaField(_l("Lý do"), [InputRequired(_l("Ghi lý do.")), Length(max=1000)])


def offered(today: date) -> list[Period]:
    """Periods that are over, of each kind the last ones."""
    found = []
    for kind, count in _OFFERED:
        period = Period.containing(kind, today)
        for _ in range(count):
            period = period.previous()
            found.append(period)
    return found
