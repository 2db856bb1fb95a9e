"""A document for a case: the file, what it is, which part of the case it belongs to."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from app.auth.permissions import Section
from app.cases.labels import SECTIONS
from app.core import clock
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField, ChoiceSelectField, VnDateTimeField
from app.web.forms import BaseForm

# the part proposed for each kind of document; the officer may choose another one
PROPOSED = {
    "injury_photo": Section.HEALTH,
    "medical": Section.HEALTH,
    "signed_decision": Section.PLAN,
    "identity_paper": Section.IDENTITY,
    "school": Section.EDUCATION,
    "police": Section.POLICE_JUSTICE,
}


class FileForm(BaseForm):
    class Meta(BaseForm.Meta):
        def wrap_formdata(self, form: object, formdata: Any) -> Any:
            """This form takes a file too."""
            given = super().wrap_formdata(form, formdata)
            return CombinedMultiDict([request.files, request.form]) if given else given

    file = FileField(_l("Tệp"))
    kind = ChoiceSelectField(_l("Loại tài liệu"), [InputRequired(_l("Chọn loại tài liệu."))])
    title = StringField(
        _l("Tài liệu nói về gì"), [InputRequired(_l("Ghi tài liệu nói về gì.")), Length(max=300)]
    )
    section = ChoiceRadioField(_l("Thuộc phần nào của hồ sơ"))
    happened_at = VnDateTimeField(_l("Chụp hoặc ký lúc"), [InputRequired()], default=clock.now)

    def __init__(self, *args: object, sections: Iterable[Section], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.kind.offer(code_list("file_kinds").choices())
        known = set(sections)
        offered = [(s.value, SECTIONS[s]) for s in Section if s in known]
        self.section.offer([("", _l("Theo loại tài liệu")), *offered])

    def validate_file(self, field: Field) -> None:
        if not field.data or not field.data.filename:
            raise ValidationError(_("Chọn một tệp."))

    @property
    def chosen_section(self) -> Section:
        """As chosen, else as the kind proposes, else with the event."""
        if self.section.data:
            return Section(self.section.data)
        return PROPOSED.get(str(self.kind.data), Section.EVENT)

    def content(self) -> bytes:
        """The bytes of the chosen file, for a form that is valid."""
        return bytes(self.file.data.stream.read())


class RemoveFileForm(BaseForm):
    reason = TextAreaField(_l("Lý do gỡ"), [InputRequired(_l("Ghi lý do."))])
