"""Correcting a report, and asking to see its informant."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app.cases.corrections import CORRECTABLE
from app.cases.enums import Category
from app.cases.forms.intake import GROUPS_IF_KNOWN, LONG
from app.cases.forms.official import official
from app.cases.labels import label_of
from app.core import clock
from app.reference.library import code_list
from app.web.cleaning import AtMost
from app.web.fields import CheckboxesField, ChoiceRadioField, ChoiceSelectField, VnDateTimeField
from app.web.forms import BaseForm


class CorrectionForm(BaseForm):
    version = IntegerField(_l("Phiên bản"))
    category = ChoiceRadioField(official("category"), [InputRequired(_l("Chọn một loại."))])
    is_present_danger = BooleanField(official("is_present_danger"))
    is_caregiver_suspected = BooleanField(official("is_caregiver_suspected"))
    child_condition = TextAreaField(official("child_condition"), [AtMost(LONG)])
    event_place = StringField(official("event_place"), [AtMost(500)])
    child_location = StringField(official("child_location"), [AtMost(500)])
    event_at = VnDateTimeField(_l("Vụ việc xảy ra lúc nào"))
    abuse_forms = CheckboxesField(official("abuse_forms"))
    sc_groups = CheckboxesField(GROUPS_IF_KNOWN)
    perpetrator_relation = ChoiceSelectField(official("perpetrator_relation"))
    abuse_setting = ChoiceSelectField(official("abuse_setting"))
    current_caregiver = StringField(official("current_caregiver"), [AtMost(500)])
    family_context = TextAreaField(official("family_context"), [AtMost(LONG)])
    likely_consequence = TextAreaField(official("likely_consequence"), [AtMost(LONG)])
    prior_actions = TextAreaField(official("prior_actions"), [AtMost(LONG)])

    def __init__(self, *, known: Mapping[str, Any], **kwargs: Any) -> None:
        """`known`: what the report says now."""
        super().__init__(data=known, **kwargs)
        self.category.offer(code_list("report_categories").choices(keep=known["category"]))
        self.abuse_forms.offer(code_list("abuse_forms").choices())
        self.sc_groups.offer(_groups(known["sc_groups"]))
        self.abuse_setting.offer(code_list("abuse_settings").choices(keep=known["abuse_setting"]))
        self.perpetrator_relation.offer(
            code_list("perpetrator_relations").choices(keep=known["perpetrator_relation"])
        )

    def validate_event_at(self, field: VnDateTimeField) -> None:
        if field.data and field.data > clock.now():
            raise ValidationError(_("Giờ này ở tương lai. Hãy xem lại."))

    def values(self) -> dict[str, Any]:
        """Typed values under the names of CORRECTABLE; what is empty is None."""
        typed = {name: self[name].data for name in CORRECTABLE}
        kept = {
            name: value if isinstance(value, bool | list) else value or None
            for name, value in typed.items()
        }
        return kept | {"category": Category(str(self.category.data))}


def _groups(known: Iterable[str]) -> list[tuple[str, str]]:
    """The main groups, and what the report names besides them (a sub-group, a retired code)."""
    main = code_list("sc_groups").choices()
    codes = {code for code, _label in main}
    return [*main, *((code, label_of("sc_groups", code)) for code in known if code not in codes)]


class RevealForm(BaseForm):
    reason = TextAreaField(
        _l("Vì sao cần xem"),
        [InputRequired(_l("Ghi lý do.")), Length(10, 1000, _l("Ghi rõ hơn, ít nhất 10 ký tự."))],
    )
