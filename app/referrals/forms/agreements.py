"""An agreement between agencies, as it is entered in the register."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from app.auth.labels import kind_choices
from app.cases.forms.editing import EditForm
from app.cases.labels import SECTIONS
from app.core import clock
from app.referrals.models import Agreement
from app.referrals.rules import rules
from app.referrals.services.agreements import AgreementData
from app.web.fields import CheckboxesField, VnDateField

_NAMES = ("title", "number", "parties", "sections", "signed_on", "expires_on")


class AgreementForm(EditForm):
    title = StringField(
        _l("Tên quy chế, thỏa thuận"), [InputRequired(_l("Ghi tên.")), Length(max=200)]
    )
    number = StringField(_l("Số, ký hiệu"), [InputRequired(_l("Ghi số.")), Length(max=60)])
    parties = CheckboxesField(_l("Các bên tham gia"))
    sections = CheckboxesField(_l("Những phần của hồ sơ được chia sẻ"))
    signed_on = VnDateField(_l("Ngày ký"), [InputRequired(_l("Ghi ngày ký."))])
    expires_on = VnDateField(_l("Có hiệu lực đến hết ngày"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parties.offer(kind_choices())
        self.sections.offer((one.value, SECTIONS[one]) for one in rules().shareable())

    @property
    def agreement(self) -> AgreementData:
        """For a form that is valid."""
        return AgreementData(
            title=self.title.data,
            number=self.number.data,
            parties=tuple(self.parties.data or ()),
            sections=tuple(self.sections.data or ()),
            signed_on=self.signed_on.data or clock.today(),
            expires_on=self.expires_on.data,
        )


def stated(agreement: Agreement) -> dict[str, Any]:
    """The form as an agreement stands."""
    return {name: getattr(agreement, name) for name in _NAMES}
