"""Forms about children."""

import re
import uuid
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FormField, HiddenField, IntegerField, StringField
from wtforms import TextAreaField as Text
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.core import clock
from app.core.dates import DatePrecision, PartialDate
from app.people import fields
from app.people.duplicates import Candidate
from app.people.edit import CarerData, ChildData
from app.people.identifiers import national_id_of, phone_of
from app.people.models import Carer, Child, Sex
from app.reference.communes import commune_choices
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField, ChoiceSelectField, GroupList, PartialDateField
from app.web.filters import phone
from app.web.forms import BaseForm, SubForm

FIRST_BIRTH_YEAR = 1990
_FOREIGN_PHONE = re.compile(r"\+[0-9]{8,15}")
_GAPS = re.compile(r"[\s.\-()]+")


class SearchForm(BaseForm):
    q = StringField(
        _l("Tên trẻ em, số định danh, số điện thoại hoặc mã hồ sơ"),
        [InputRequired(_l("Hãy gõ tên hoặc số cần tìm."))],
    )

    def __init__(self, *args: Any, names: bool = True, **kwargs: Any) -> None:
        """`names` False: of a reader who searches by case number only."""
        super().__init__(*args, **kwargs)
        if not names:
            self.q.label.text = _("Mã hồ sơ, ví dụ HY-2026-000123")


class PossibleBirth:
    """Refuses a birth in the future or before 1990: nobody born then is a child."""

    def __call__(self, form: object, field: Field) -> None:
        born: PartialDate | None = field.data
        if born is None:
            return
        if born.value > clock.today():
            raise ValidationError(_("Ngày sinh ở tương lai. Hãy xem lại."))
        if born.value.year < FIRST_BIRTH_YEAR:
            raise ValidationError(
                _("Năm sinh trước %(year)s không phải của trẻ em.", year=FIRST_BIRTH_YEAR)
            )


class CarerForm(SubForm):
    """A parent or another person around the child."""

    carer_id = HiddenField()
    relation = ChoiceSelectField(fields.CARER[0].label)
    full_name = StringField(_l("Họ và tên"))
    birth_year = IntegerField(
        _l("Năm sinh"),
        [Optional(), NumberRange(1900, 2100, _l("Ghi đủ bốn chữ số của năm, ví dụ 1985."))],
    )
    occupation = StringField(_l("Nghề nghiệp"))
    phone = StringField(_l("Số điện thoại"))
    address = Text(_l("Địa chỉ"), [Length(max=1000)])
    is_caregiver = BooleanField(_l("Đang chăm sóc trẻ em"))
    is_suspected = BooleanField(_l("Là đối tượng bị cho là gây tổn hại"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.relation.offer(code_list("carer_relations").choices(keep=self.relation.data))

    def is_blank(self) -> bool:
        """Nothing but perhaps the relation was filled in, and it is nobody known."""
        typed = (self.full_name, self.birth_year, self.occupation, self.phone, self.address)
        return not self.carer_id.data and not any(field.data for field in typed)

    def validate_relation(self, field: Field) -> None:
        if not field.data and not self.is_blank():
            raise ValidationError(_("Chọn quan hệ với trẻ em."))

    def validate_birth_year(self, field: Field) -> None:
        if field.data and field.data > clock.today().year:
            raise ValidationError(_("Năm sinh ở tương lai. Hãy xem lại."))

    def validate_phone(self, field: Field) -> None:
        if field.data and self.phone_number() is None:
            raise ValidationError(
                _("Số điện thoại gồm 10 chữ số, ví dụ 0912 345 678; số nước ngoài bắt đầu bằng +.")
            )

    def validate_carer_id(self, field: Field) -> None:
        if field.data and self.known_id() is None:
            raise ValidationError(_("Biểu mẫu gửi lên không đầy đủ. Hãy tải lại trang."))

    def known_id(self) -> uuid.UUID | None:
        try:
            return uuid.UUID(self.carer_id.data or "")
        except ValueError:
            return None

    def phone_number(self) -> str | None:
        typed = _GAPS.sub("", self.phone.data or "")
        foreign = typed if _FOREIGN_PHONE.fullmatch(typed) else None
        return phone_of(typed) or (None if typed.startswith("+84") else foreign)

    def to_data(self) -> CarerData:
        return CarerData(
            id=self.known_id(),
            relation=self.relation.data or "other",
            full_name=self.full_name.data or None,
            birth_year=self.birth_year.data,
            occupation=self.occupation.data or None,
            phone=self.phone_number(),
            address=self.address.data or None,
            is_caregiver=self.is_caregiver.data,
            is_suspected=self.is_suspected.data,
        )


class ChildForm(BaseForm):
    """Everything that is known of a child; nothing is required, for nothing may be known yet."""

    version = IntegerField()
    full_name = StringField(_l("Họ và tên"))
    aliases = StringField(_l("Tên gọi khác"))
    birth = PartialDateField(_l("Ngày sinh"), [PossibleBirth()])
    estimated_age = IntegerField(
        _l("Tuổi ước lượng"), [Optional(), NumberRange(0, 25, _l("Ghi số tuổi từ 0 đến 25."))]
    )
    sex = ChoiceRadioField(_l("Giới tính"))
    national_id = StringField(_l("Số định danh cá nhân"))
    ethnicity = ChoiceSelectField(_l("Dân tộc"))
    residence_commune = ChoiceSelectField(_l("Xã, phường thường trú"))
    residence_text = Text(_l("Địa chỉ thường trú"), [Length(max=1000)])
    stay_commune = ChoiceSelectField(_l("Xã, phường đang ở"))
    stay_text = Text(_l("Nơi đang ở"), [Length(max=1000)])
    school = StringField(_l("Trường, lớp"))
    carers = GroupList(FormField(CarerForm), _l("Cha, mẹ, người chăm sóc"), min_entries=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sex.offer(code_list("sex").choices())
        self.ethnicity.offer(code_list("ethnic_groups").choices(keep=self.ethnicity.data))
        self.residence_commune.offer(commune_choices())
        self.stay_commune.offer(commune_choices())

    def validate_estimated_age(self, field: Field) -> None:
        if field.data is not None and self.birth.data is not None:
            raise ValidationError(_("Đã có ngày sinh: hãy bỏ trống tuổi ước lượng."))

    def validate_national_id(self, field: Field) -> None:
        if field.data and national_id_of(field.data) is None:
            raise ValidationError(_("Số định danh cá nhân gồm 12 chữ số."))

    def to_data(self) -> ChildData:
        return ChildData(
            full_name=self.full_name.data or None,
            aliases=self.aliases.data or None,
            birth=self.birth.data,
            estimated_age=self.estimated_age.data,
            sex=Sex(self.sex.data or Sex.UNKNOWN),
            national_id=national_id_of(self.national_id.data or ""),
            ethnicity=self.ethnicity.data,
            residence_commune=self.residence_commune.data,
            residence_text=self.residence_text.data or None,
            stay_commune=self.stay_commune.data,
            stay_text=self.stay_text.data or None,
            school=self.school.data or None,
            carers=[entry.form.to_data() for entry in self.carers if not entry.form.is_blank()],
        )


def stored(child: Child, carers: list[Carer]) -> dict[str, Any]:
    """The values that a fresh `ChildForm` shows."""
    names = (
        "version full_name aliases estimated_age sex national_id ethnicity residence_commune"
        " residence_text stay_commune stay_text school"
    )
    values = {name: getattr(child, name) for name in names.split()}
    return {
        **values,
        "birth": fields.birth_of(child),
        "carers": [_stored_carer(carer) for carer in carers],
    }


def _stored_carer(carer: Carer) -> dict[str, Any]:
    names = "relation full_name birth_year occupation address is_caregiver is_suspected"
    values = {name: getattr(carer, name) for name in names.split()}
    return {**values, "carer_id": str(carer.id), "phone": phone(carer.phone)}


class CandidateForm(SubForm):
    """One child of the intake form, as far as typed; what is not valid yet is passed over."""

    child_name = StringField()
    dob = PartialDateField()
    est_age = StringField()
    sex = StringField()
    national_id = StringField()
    residence_commune = StringField()
    event_commune = StringField()
    father_name = StringField()
    mother_name = StringField()

    def to_candidate(self) -> Candidate:
        self.validate()
        for field in self:
            if field.errors:  # half typed, or nothing that a form would keep
                field.data = None
        born = self.dob.data
        age = self.est_age.data or ""
        estimate = clock.today().year - int(age) if re.fullmatch(r"[0-9]{1,2}", age) else None
        return Candidate(
            full_name=self.child_name.data or None,
            birth_year=born.value.year if born else estimate,
            dob=born.value if born and born.precision is DatePrecision.DAY else None,
            sex=Sex(self.sex.data) if self.sex.data in set(Sex) else None,
            parent_names=tuple(n.data for n in (self.father_name, self.mother_name) if n.data),
            commune=self.residence_commune.data or self.event_commune.data or None,
            national_id=national_id_of(self.national_id.data or ""),
        )


def candidate_prefix(names: list[str]) -> str:
    """What stands before `child_name` in the posted fields: "children-0-" of the intake form."""
    found = next((name for name in names if name.endswith("child_name")), "child_name")
    return found.removesuffix("child_name")
