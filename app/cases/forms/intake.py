"""Mẫu số 01 as a form. Unknown is allowed everywhere the law allows it."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FormField, IntegerField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from app.cases.enums import Category
from app.cases.forms.official import form01, official
from app.cases.report_data import (
    ReportData,
    ReportedChild,
    ReportedInformant,
    ReportedParent,
    ReportTexts,
)
from app.core import clock
from app.people.ages import years_between
from app.people.duplicates import Candidate
from app.people.models import Sex
from app.reference.communes import commune_choices
from app.reference.library import code_list
from app.web.cleaning import AtMost
from app.web.fields import (
    CheckboxesField,
    ChoiceRadioField,
    ChoiceSelectField,
    GroupList,
    PartialDateField,
    VnDateTimeField,
)
from app.web.forms import BaseForm, SubForm

LAW_IN_FORCE = datetime(2017, 6, 1, tzinfo=UTC)  # Law on Children; Decree 56 followed in July
CHILD_BELOW = 16
MAX_MORE_CHILDREN = 9
LONG = 20_000
GROUPS_IF_KNOWN = _l("Nhóm hoàn cảnh đặc biệt, nếu biết")

# It is kept in clear, so it must have no room for a name: a number, then the capitals of a sign.
_DOCUMENT_NUMBER = re.compile(r"[0-9]{1,7}(?:[./-](?:[0-9]{1,4}|[A-ZĐƯ]{1,8}))*")
_AGE = (Optional(), NumberRange(0, 120, _l("Tuổi phải từ 0 đến 120.")))
_CODES = {
    "category": "report_categories",
    "channel": "channels",
    "abuse_forms": "abuse_forms",
    "sc_groups": "sc_groups",
    "abuse_setting": "abuse_settings",
    "perpetrator_relation": "perpetrator_relations",
}


def _as_sign(text: str | None) -> str | None:
    """“05 / bc-ubnd” is meant as 05/BC-UBND."""
    return "".join((text or "").split()).upper() or None


def _number_and_sign(_form: object, field: Field) -> None:
    if not _DOCUMENT_NUMBER.fullmatch(_as_sign(field.data) or ""):
        raise ValidationError(_("Ghi số và ký hiệu của văn bản, ví dụ 05/BC-UBND."))


class ChildFields:
    """What Mẫu số 01 asks about one child."""

    child_name = StringField(official("child_name"))
    dob = PartialDateField(official("dob"))
    est_age = IntegerField(official("est_age"), _AGE)
    sex = ChoiceRadioField(official("sex"))

    def offer_sex(self) -> None:
        self.sex.offer(code_list("sex").choices())

    @property
    def is_blank(self) -> bool:
        return not (self.child_name.data or self.dob.data or self.sex.data) and (
            self.est_age.data is None
        )

    def check_child(self, received: datetime | None) -> None:
        """What no single field can know. Adds its findings to the fields."""
        day = clock.local(received or clock.now()).date()
        born, age = self.dob.data, self.est_age.data
        if born is None:
            return
        if born.value > day:
            _add(self.dob, _("Ngày sinh sau ngày nhận tin. Hãy xem lại."))
        elif age is not None and abs(years_between(born.value, day) - age) > 1:
            _add(self.est_age, _("Tuổi không khớp với ngày sinh. Chỉ cần ghi một trong hai."))

    def child(self) -> ReportedChild:
        return ReportedChild(
            full_name=self.child_name.data or None,
            dob=self.dob.data,
            estimated_age=None if self.dob.data else self.est_age.data,
            sex=Sex(self.sex.data or Sex.UNKNOWN),
        )


class OtherChildForm(ChildFields, SubForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_sex()


class OtherChildren(GroupList):
    """The second and further children; the button is `add_child`."""

    @property
    def singular(self) -> str:
        return "child"


class MomentOrNow(VnDateTimeField):
    """A form that does not say when means now; an emptied field is asked for."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist or [clock.now().isoformat()])


class ReportForm(ChildFields, BaseForm):
    """The first child's fields stand under their plain names, the others in `more_children`."""

    category = ChoiceRadioField(official("category"), [InputRequired(_l("Chọn một loại."))])
    abuse_forms = CheckboxesField(official("abuse_forms"))
    sc_groups = CheckboxesField(GROUPS_IF_KNOWN)
    channel = ChoiceSelectField(
        official("channel"), [InputRequired(_l("Chọn tin đến bằng cách nào."))]
    )
    received_at = MomentOrNow(
        official("received_at"),
        [InputRequired(_l("Ghi ngày và giờ nhận tin."))],
        default=clock.now,
    )
    doc_no = StringField(official("doc_no"), [Optional(), AtMost(50), _number_and_sign])
    more_children = OtherChildren(
        FormField(OtherChildForm), _l("Trẻ em khác"), min_entries=0, max_entries=MAX_MORE_CHILDREN
    )
    event_commune = ChoiceSelectField(official("event_commune"))
    event_place = StringField(official("event_place"), [AtMost(500)])
    event_at = VnDateTimeField(_l("Vụ việc xảy ra lúc nào"))
    is_present_danger = BooleanField(official("is_present_danger"))
    is_caregiver_suspected = BooleanField(official("is_caregiver_suspected"))
    abuse_setting = ChoiceSelectField(official("abuse_setting"))
    perpetrator_relation = ChoiceSelectField(official("perpetrator_relation"))
    child_condition = TextAreaField(official("child_condition"), [AtMost(LONG)])
    likely_consequence = TextAreaField(official("likely_consequence"), [AtMost(LONG)])
    child_location = StringField(official("child_location"), [AtMost(500)])
    father_name = StringField(official("father_name"))
    father_age = IntegerField(official("father_age"), _AGE)
    father_occupation = StringField(official("father_occupation"))
    mother_name = StringField(official("mother_name"))
    mother_age = IntegerField(official("mother_age"), _AGE)
    mother_occupation = StringField(official("mother_occupation"))
    family_context = TextAreaField(official("family_context"), [AtMost(LONG)])
    current_caregiver = StringField(official("current_caregiver"), [AtMost(500)])
    prior_actions = TextAreaField(official("prior_actions"), [AtMost(LONG)])
    reporter_consents = BooleanField(official("reporter_consents"))
    reporter_name = StringField(official("reporter_name"))
    reporter_phone = StringField(official("reporter_phone"), [AtMost(30)])
    reporter_address = StringField(official("reporter_address"), [AtMost(500)])
    reporter_notes = TextAreaField(official("reporter_notes"), [AtMost(LONG)])
    confirm_new = BooleanField(_l("Vẫn gửi tin báo mới"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_sex()
        for name, key in _CODES.items():
            self[name].offer(code_list(key).choices())
        self.event_commune.offer(commune_choices())
        self.event_commune.choices[0] = SelectChoice(value="", label=_l("Chưa rõ"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Every field first, then what several of them say together."""
        is_valid = super().validate(extra_validators)
        self._check_moments()
        self._check_consent()
        for block in self._children_blocks():
            block.check_child(self.received_at.data)
        if is_valid and self._is_empty():
            _add(
                self.child_condition,
                _("Ghi ít nhất một điều về trẻ em: tên, tuổi, giới tính, tình trạng hoặc nơi ở."),
            )
        return is_valid and not self.errors

    @property
    def oddest_age(self) -> int | None:
        """An age for which the Law on Children no longer speaks; worth a warning, no refusal."""
        day = self._day_received
        ages = [block.child().age_on(day) for block in self._children_blocks()]
        return max((age for age in ages if age is not None and age >= CHILD_BELOW), default=None)

    def candidates(self) -> list[Candidate]:
        """The named children, to be compared with those already known."""
        day = self._day_received
        parents = tuple(name for name in (self.father_name.data, self.mother_name.data) if name)
        children = (block.child() for block in self._children_blocks())
        return [
            Candidate(
                full_name=child.full_name,
                birth_year=child.birth_year(day),
                dob=child.dob.value if child.dob and child.dob_precision == "day" else None,
                sex=child.sex,
                parent_names=parents,
                commune=self.event_commune.data,
            )
            for child in children
            if child.full_name
        ]

    @property
    def _moment_received(self) -> datetime:
        return self.received_at.data or clock.now()

    @property
    def _day_received(self) -> date:
        return clock.local(self._moment_received).date()

    def report_data(self) -> ReportData:
        """What was typed, for the service. Without consent nothing about the informant is in it."""
        return ReportData(
            category=Category(str(self.category.data)),
            channel=str(self.channel.data),
            received_at=self._moment_received,
            children=tuple(block.child() for block in self._children_blocks()),
            form_version=form01().version,
            doc_no=_as_sign(self.doc_no.data),
            event_commune=self.event_commune.data,
            event_at=self.event_at.data,
            abuse_forms=tuple(self.abuse_forms.data or ()),
            sc_groups=tuple(self.sc_groups.data or ()),
            abuse_setting=self.abuse_setting.data,
            perpetrator_relation=self.perpetrator_relation.data,
            is_present_danger=self.is_present_danger.data,
            is_caregiver_suspected=self.is_caregiver_suspected.data,
            texts=self._texts(),
            parents=(self._parent("father"), self._parent("mother")),
            informant=self._informant() if self.reporter_consents.data else None,
        )

    def _texts(self) -> ReportTexts:
        return ReportTexts(
            **{name: self[name].data or None for name in ReportTexts.__dataclass_fields__}
        )

    def _parent(self, relation: str) -> ReportedParent:
        return ReportedParent(
            relation=relation,
            full_name=self[f"{relation}_name"].data or None,
            age=self[f"{relation}_age"].data,
            occupation=self[f"{relation}_occupation"].data or None,
        )

    def _informant(self) -> ReportedInformant:
        return ReportedInformant(
            name=self.reporter_name.data or None,
            phone=self.reporter_phone.data or None,
            address=self.reporter_address.data or None,
            notes=self.reporter_notes.data or None,
        )

    def _children_blocks(self) -> Iterator[ChildFields]:
        """The first child, and each further one of whom something is known."""
        yield self
        yield from (e.form for e in self.more_children if not e.form.is_blank)

    def _check_moments(self) -> None:
        received, now = self.received_at.data, clock.now()
        if received is None:
            return
        if received > now + timedelta(minutes=1):
            _add(self.received_at, _("Giờ nhận tin ở tương lai. Hãy xem lại ngày và giờ."))
        elif received < LAW_IN_FORCE:
            _add(self.received_at, _("Ngày này quá xa. Hãy xem lại năm."))
        if self.event_at.data and self.event_at.data > received:
            _add(self.event_at, _("Vụ việc không thể xảy ra sau lúc nhận tin."))

    def _check_consent(self) -> None:
        """What is typed of an informant is not kept without consent, and not dropped unseen."""
        typed = [
            self.reporter_name,
            self.reporter_phone,
            self.reporter_address,
            self.reporter_notes,
        ]
        if any(field.data for field in typed) and not self.reporter_consents.data:
            _add(
                self.reporter_consents,
                _("Người này đồng ý cho ghi tên thì đánh dấu; không thì xóa các ô bên dưới."),
            )

    def _is_empty(self) -> bool:
        """Not one fact by which the commune could begin."""
        sexes = {self.sex.data, *(e.form.sex.data for e in self.more_children)}
        named = any(not block.is_blank for block in self._children_blocks() if block is not self)
        return not (
            named
            or sexes & {Sex.MALE, Sex.FEMALE}
            or self.child_name.data
            or self.dob.data
            or self.est_age.data is not None
            or self.child_condition.data
            or self.event_place.data
            or self.event_commune.data
        )


def _add(field: Any, message: str) -> None:
    field.errors = [*field.errors, message]
