"""The needs meeting as a form: the call for it, and the minutes."""

from collections.abc import Iterator

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FormField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Optional

from app.cases.forms.editing import EditForm
from app.cases.models import CaseConference
from app.cases.services.conferences import ActionData, ConferenceData, PersonData
from app.core import clock
from app.reference.library import code_list
from app.web.fields import (
    ChoiceRadioField,
    ChoiceSelectField,
    GroupList,
    VnDateField,
    VnDateTimeField,
)
from app.web.forms import SubForm

CALLED, HELD = "called", "held"
_TEXTS = (
    *("place", "situation", "child_view", "child_represented_by", "family_view"),
    *("decisions", "dissent"),
)


class PersonForm(SubForm):
    role = ChoiceSelectField(_l("Tư cách"))
    name = StringField(_l("Họ và tên"))
    agency = StringField(_l("Cơ quan, chức vụ"))
    is_present = BooleanField(_l("Có mặt"))
    input = TextAreaField(_l("Ý kiến của cơ quan trước cuộc họp"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.role.offer(code_list("conference_roles").choices())

    @property
    def is_empty(self) -> bool:
        """A capacity alone is only a proposal: nobody was named in it."""
        return not (self.name.data or self.agency.data or self.input.data)

    def validate_role(self, field: Field) -> None:
        if not field.data and not self.is_empty:
            raise ValidationError(_("Chọn tư cách của người này."))

    def validate_name(self, field: Field) -> None:
        if not field.data and not self.is_empty:
            raise ValidationError(_("Ghi họ và tên."))


class ActionForm(SubForm):
    what = StringField(_l("Việc phải làm"))
    unit = StringField(_l("Đơn vị"))
    owner = StringField(_l("Người làm"))
    due_on = VnDateField(_l("Đến ngày"), [Optional()])

    def validate_what(self, field: Field) -> None:
        if not field.data and (self.unit.data or self.owner.data or self.due_on.data):
            raise ValidationError(_("Ghi việc phải làm."))


class ConferenceForm(EditForm):
    step = ChoiceRadioField(
        _l("Bạn ghi lại"),
        [InputRequired(_l("Chọn một trong hai."))],
        choices=[
            (HELD, _l("Biên bản cuộc họp đã diễn ra")),
            (CALLED, _l("Lịch họp, thành phần mời")),
        ],
        default=HELD,
    )
    happened_at = VnDateTimeField(_l("Họp lúc"), [InputRequired()], default=clock.now)
    place = StringField(_l("Họp ở đâu"))
    people = GroupList(FormField(PersonForm), _l("Thành phần"), max_entries=20)
    situation = TextAreaField(_l("Tình hình của trẻ em được trình bày"))
    child_view = TextAreaField(_l("Ý kiến, nguyện vọng của trẻ em"))
    child_represented_by = StringField(_l("Ai nói thay trẻ em"))
    family_view = TextAreaField(_l("Ý kiến của gia đình"))
    decisions = TextAreaField(_l("Kết luận, quyết định của cuộc họp"))
    dissent = TextAreaField(_l("Ý kiến khác"))
    actions = GroupList(FormField(ActionForm), _l("Việc giao"), max_entries=20)

    @property
    def wants_to_send(self) -> bool:
        grown = [group.grown() for group in (self.people, self.actions)]
        return bool(self.is_submitted()) and not any(grown)

    def state(self) -> ConferenceData:
        """For a form that is valid."""
        return ConferenceData(
            happened_at=self.happened_at.data or clock.now(),
            is_held=self.step.data == HELD,
            people=tuple(self._people()),
            actions=tuple(self._actions()),
            **{name: self[name].data or None for name in _TEXTS},
        )

    def _people(self) -> Iterator[PersonData]:
        for entry in self.people:
            row = entry.form
            if not row.is_empty:
                yield PersonData(
                    role=row.role.data,
                    name=row.name.data,
                    agency=row.agency.data or None,
                    is_present=row.is_present.data,
                    input=row.input.data or None,
                )

    def _actions(self) -> Iterator[ActionData]:
        for entry in self.actions:
            row = entry.form
            if row.what.data:
                yield ActionData(
                    row.what.data, row.unit.data or None, row.owner.data or None, row.due_on.data
                )


def stated(conference: CaseConference) -> dict[str, object]:
    """What a recorded meeting puts into the form."""
    return {
        "step": HELD if conference.is_held else CALLED,
        "happened_at": conference.happened_at,
        "people": [
            {
                "role": person.role,
                "name": person.name,
                "agency": person.agency,
                "is_present": person.is_present,
                "input": person.input,
            }
            for person in conference.people
        ],
        "actions": [
            {
                "what": action.what,
                "unit": action.unit,
                "owner": action.owner,
                "due_on": action.due_on,
            }
            for action in conference.actions
        ],
        **{name: getattr(conference, name) for name in _TEXTS},
    }
