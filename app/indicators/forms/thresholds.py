"""The form of the thresholds."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from app.cases.forms.editing import RulesForm
from app.indicators.protection.rules import HIGHEST, LOWEST, ROUNDINGS, Thresholds
from app.indicators.services.thresholds import NewThresholds
from app.web.fields import choices_of


def _number(label: object, name: str) -> IntegerField:
    low, high = getattr(LOWEST, name), getattr(HIGHEST, name)
    words = _l("Ghi một số từ %(low)s đến %(high)s.", low=low, high=high)
    return IntegerField(label, [InputRequired(words), NumberRange(low, high, words)])


class ThresholdsForm(RulesForm):
    agency_hide = _number(_l("Nội bộ cơ quan: ẩn các số từ 1 đến"), "agency_hide")
    public_hide = _number(_l("Công khai: ẩn các số từ 1 đến"), "public_hide")
    public_round = SelectField(
        _l("Công khai: làm tròn đến bội số của"),
        [InputRequired(_l("Chọn một số."))],
        choices=choices_of([(str(one), str(one)) for one in ROUNDINGS]),
    )
    reason = TextAreaField(
        _l("Lý do, văn bản làm căn cứ"),
        [InputRequired(_l("Ghi lý do.")), Length(5, 500, _l("Ghi từ 5 đến 500 ký tự."))],
    )

    def __init__(self, now: Thresholds) -> None:
        super().__init__(data={**now.model_dump(), "public_round": str(now.public_round)})

    @property
    def values(self) -> NewThresholds:
        """For a form that is valid."""
        thresholds = Thresholds(
            agency_hide=int(self.agency_hide.data or 0),
            public_hide=int(self.public_hide.data or 0),
            public_round=int(self.public_round.data),
        )
        return NewThresholds(thresholds, self.reason.data)
