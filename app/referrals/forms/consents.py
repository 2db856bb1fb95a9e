"""The consent of a family to sharing, and its withdrawal."""

import uuid
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from app.cases.labels import SECTIONS
from app.core import clock
from app.reference.library import code_list
from app.referrals.offer_words import service_label
from app.referrals.rules import rules
from app.referrals.services.consents import ConsentData
from app.web.fields import CheckboxesField, ChoiceRadioField, ChoiceSelectField, VnDateField
from app.web.forms import BaseForm

ALL, SOME = "all", "some"


class ConsentForm(BaseForm):
    giver = ChoiceRadioField(_l("Ai đồng ý"), [InputRequired(_l("Chọn người đồng ý."))])
    name = StringField(
        _l("Họ và tên người đồng ý"), [InputRequired(_l("Ghi họ và tên.")), Length(max=200)]
    )
    scope = ChoiceRadioField(
        _l("Đồng ý cho những việc nào"),
        [InputRequired(_l("Chọn một."))],
        choices=[(ALL, _l("Mọi việc giúp em trong hồ sơ này")), (SOME, _l("Chỉ một số việc"))],
        default=ALL,
    )
    services = CheckboxesField(_l("Những việc được đồng ý"))
    sections = CheckboxesField(_l("Những phần của hồ sơ được chia sẻ"))
    given_on = VnDateField(_l("Đồng ý ngày"), [InputRequired(_l("Ghi ngày."))], default=clock.today)
    until = VnDateField(_l("Đến hết ngày"), [Optional()])
    file_id = ChoiceSelectField(_l("Văn bản, bản ghi âm đã lưu"), [Optional()])
    note = TextAreaField(_l("Ghi chú"), [Optional(), Length(max=2_000)])

    def __init__(self, *args: Any, files: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.giver.offer(code_list("consent_givers").choices())
        self.services.offer((code, service_label(code)) for code in rules().offered())
        self.sections.offer((one.value, SECTIONS[one]) for one in rules().shareable())
        self.file_id.offer(files)

    def validate_services(self, field: Field) -> None:
        if self.scope.data == SOME and not field.data:
            raise ValidationError(_("Chọn ít nhất một việc."))

    @property
    def consent(self) -> ConsentData:
        """For a form that is valid."""
        chosen = self.services.data if self.scope.data == SOME else ()
        return ConsentData(
            giver=str(self.giver.data),
            name=self.name.data,
            services=tuple(chosen or ()),
            sections=tuple(self.sections.data or ()),
            given_on=self.given_on.data or clock.today(),
            until=self.until.data,
            file_id=uuid.UUID(self.file_id.data) if self.file_id.data else None,
            note=self.note.data or None,
        )


class WithdrawForm(BaseForm):
    reason = TextAreaField(
        _l("Ai rút lại, vì sao"), [InputRequired(_l("Ghi lý do.")), Length(max=2_000)]
    )
