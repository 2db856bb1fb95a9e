"""A child entered straight into the register: the child, the group, the evidence."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from app.cases.forms.intake import ChildFields
from app.cases.forms.official import official
from app.cases.report_data import ReportedChild, ReportedParent
from app.core import clock
from app.people.duplicates import Candidate
from app.people.identifiers import national_id_of
from app.reference.library import code_list
from app.register.data_types import EntryData
from app.register.forms.membership import MembershipFields
from app.web.cleaning import AtMost
from app.web.fields import ChoiceSelectField
from app.web.forms import BaseForm


class EntryForm(ChildFields, MembershipFields, BaseForm):
    child_name = StringField(official("child_name"), [InputRequired(_l("Ghi họ và tên trẻ em."))])
    national_id = StringField(_l("Số định danh cá nhân"))
    ethnicity = ChoiceSelectField(_l("Dân tộc"))
    residence_text = StringField(_l("Nơi ở"), [AtMost(500)])
    father_name = StringField(official("father_name"))
    mother_name = StringField(official("mother_name"))
    circumstances = TextAreaField(_l("Hoàn cảnh của trẻ em"))
    confirm_new = BooleanField(_l("Là trẻ em khác: vẫn ghi mới"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_sex()
        self.offer_codes()
        self.ethnicity.offer(code_list("ethnic_groups").choices())

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        self.check_child(None)
        return is_valid and not self.errors

    def validate_national_id(self, field: Field) -> None:
        if field.data and national_id_of(field.data) is None:
            raise ValidationError(_("Số định danh cá nhân gồm 12 chữ số."))

    def child(self) -> ReportedChild:
        return replace(
            super().child(),
            national_id=national_id_of(self.national_id.data or ""),
            ethnicity=self.ethnicity.data,
            residence_text=self.residence_text.data or None,
        )

    def entry(self) -> EntryData:
        """For a form that is valid."""
        return EntryData(
            child=self.child(),
            membership=self.membership(),
            parents=tuple(
                ReportedParent(relation, full_name=self[f"{relation}_name"].data)
                for relation in ("father", "mother")
                if self[f"{relation}_name"].data
            ),
            circumstances=self.circumstances.data or None,
        )

    def candidate(self, commune: str | None) -> Candidate:
        """To be compared with the children already known."""
        child, today = self.child(), clock.today()
        parents = tuple(n for n in (self.father_name.data, self.mother_name.data) if n)
        return Candidate(
            full_name=child.full_name,
            birth_year=child.birth_year(today),
            dob=child.dob.value if child.dob and child.dob_precision == "day" else None,
            sex=child.sex,
            parent_names=parents,
            commune=commune,
            national_id=child.national_id,
        )
