"""What a unit's lead enters in the directory of services."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from app.cases.forms.editing import EditForm
from app.reference.communes import commune_choices
from app.referrals.models import ServiceOffer
from app.referrals.models.directory import CHILDHOOD
from app.referrals.offer_words import DAYS, FIELDS, SEXES, service_label
from app.referrals.services.directory import MOST_PLACES, OfferData
from app.web.fields import CheckboxesField, ChoiceRadioField, ChoiceSelectField, VnTimeField

ANY = "any"
_AGE = NumberRange(0, CHILDHOOD, message=_l("Ghi một số tuổi từ 0 đến 18."))
_PLACES = NumberRange(0, MOST_PLACES, message=_l("Ghi một số từ 0 đến 999."))
_WEEKDAYS = ["1", "2", "3", "4", "5"]


class OfferForm(EditForm):
    """One service; `service` is offered by the view where it is a new one."""

    service = ChoiceSelectField(_l("Việc đơn vị làm"), [InputRequired(_l("Chọn một việc."))])
    is_active = BooleanField(FIELDS["is_active"], default=True)
    days = CheckboxesField(FIELDS["days"], choices=DAYS.items(), default=_WEEKDAYS)
    opens = VnTimeField(FIELDS["opens"], [Optional()])
    closes = VnTimeField(FIELDS["closes"], [Optional()])
    is_emergency = BooleanField(FIELDS["is_emergency"])
    phone = StringField(
        FIELDS["phone"],
        [Optional(), Regexp(r"^[0-9 +().-]{3,20}$", message=_l("Chỉ gồm chữ số, 3 đến 20 ký tự."))],
    )
    places = IntegerField(FIELDS["places"], [Optional(), _PLACES])
    age_from = IntegerField(
        FIELDS["age_from"], [InputRequired(_l("Ghi một số tuổi từ 0 đến 18.")), _AGE], default=0
    )
    age_to = IntegerField(
        FIELDS["age_to"],
        [InputRequired(_l("Ghi một số tuổi từ 0 đến 18.")), _AGE],
        default=CHILDHOOD,
    )
    sex = ChoiceRadioField(
        FIELDS["sex"],
        [InputRequired(_l("Chọn một."))],
        choices=[(ANY, _l("Cả nam và nữ")), *SEXES.items()],
        default=ANY,
    )
    communes = CheckboxesField(FIELDS["communes"])
    note = TextAreaField(FIELDS["note"], [Optional(), Length(max=500)])

    def __init__(self, *args: Any, services: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.communes.offer(commune_choices())
        if services is None:
            del self.service
        else:
            self.service.offer((code, service_label(code)) for code in services)

    @property
    def offer(self) -> OfferData:
        """For a form that is valid."""
        return OfferData(
            age_from=self.age_from.data,
            age_to=self.age_to.data,
            sex=None if self.sex.data == ANY else self.sex.data,
            days=tuple(self.days.data),
            opens=self.opens.data,
            closes=self.closes.data,
            is_emergency=self.is_emergency.data,
            places=self.places.data,
            communes=tuple(self.communes.data),
            phone=self.phone.data or None,
            note=self.note.data or None,
            is_active=self.is_active.data,
        )


class PlacesForm(EditForm):
    """One tap: a button says the number (`tap`); or it is typed."""

    tap = IntegerField(_l("Còn nhận được mấy em"), [Optional(), _PLACES])
    places = IntegerField(_l("Số khác"), [Optional(), _PLACES], render_kw={"inputmode": "numeric"})

    @property
    def said(self) -> int:
        """For a form that is valid."""
        number: int = self.tap.data if self.tap.data is not None else self.places.data
        return number

    def validate(self, extra_validators: Any = None) -> bool:
        """One of the two."""
        is_valid = bool(super().validate(extra_validators))
        if is_valid and self.tap.data is None and self.places.data is None:
            self.places.errors = [_("Bấm một nút, hoặc ghi một số.")]
            return False
        return is_valid


def stated(offer: ServiceOffer) -> dict[str, Any]:
    """The form as an offer stands."""
    names = ("age_from", "age_to", "days", "opens", "closes", "is_emergency", "places", "communes")
    values = {name: getattr(offer, name) for name in (*names, "phone", "note", "is_active")}
    return values | {"sex": offer.sex or ANY}
