"""Forms of a membership: recording and correcting it, ending it."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Optional

from app.cases.forms.editing import EditForm
from app.core import clock
from app.reference.library import code_list
from app.register.data_types import EndData, MembershipData
from app.register.groups import choices
from app.register.rules import UNKNOWN
from app.register.words import FIELDS
from app.web.cleaning import AtMost
from app.web.fields import ChoiceRadioField, ChoiceSelectField, VnDateField

GROUP = _l("Nhóm hoàn cảnh đặc biệt")


class MembershipFields:
    """A group with its evidence; the names are those of MembershipData."""

    code = ChoiceSelectField(GROUP, [InputRequired(_l("Chọn một nhóm."))])
    since = VnDateField(FIELDS["since"], [InputRequired(_l("Ghi ngày, ví dụ 05/02/2026."))])
    poverty = ChoiceRadioField(
        FIELDS["poverty"], [InputRequired(_l("Chọn một mục."))], default=UNKNOWN
    )
    evidence_kind = ChoiceSelectField(FIELDS["evidence_kind"])
    evidence_number = StringField(FIELDS["evidence_number"], [AtMost(100)])
    issuer = StringField(FIELDS["issuer"], [AtMost(200)])
    issued_on = VnDateField(FIELDS["issued_on"], [Optional()])
    expires_on = VnDateField(FIELDS["expires_on"], [Optional()])

    def offer_codes(self, keep: str | None = None) -> None:
        self.code.offer(choices())
        self.poverty.offer(code_list("household_poverty").choices())
        self.evidence_kind.offer(code_list("evidence_kinds").choices(keep=keep))

    def membership(self) -> MembershipData:
        """For a form that is valid."""
        return MembershipData(
            code=str(self.code.data),
            since=self.since.data or clock.today(),
            poverty=self.poverty.data or UNKNOWN,
            evidence_kind=self.evidence_kind.data,
            evidence_number=self.evidence_number.data or None,
            issuer=self.issuer.data or None,
            issued_on=self.issued_on.data,
            expires_on=self.expires_on.data,
        )


class MembershipForm(MembershipFields, EditForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_codes()


class CorrectionForm(MembershipFields, EditForm):
    """Within one group: only its parts are offered."""

    def __init__(self, group: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_codes(keep=self.evidence_kind.data)
        self.code.offer([pair for pair in choices() if pair[0].partition(".")[0] == group])


class EndForm(EditForm):
    until = VnDateField(
        _l("Ra khỏi nhóm từ ngày"),
        [InputRequired(_l("Ghi ngày, ví dụ 05/02/2026."))],
        default=clock.today,
    )
    reason = ChoiceRadioField(_l("Lý do"), [InputRequired(_l("Chọn lý do."))])
    note = TextAreaField(_l("Ghi rõ thêm"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.offer(code_list("group_end_reasons").choices())

    def validate_note(self, field: Field) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(_("Ghi rõ lý do."))

    def end(self) -> EndData:
        """For a form that is valid."""
        return EndData(
            self.until.data or clock.today(), str(self.reason.data), self.note.data or None
        )
