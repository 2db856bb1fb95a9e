"""The request to prosecute: drafted, signed, the procuracy told, the result."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Regexp

from app.cases.forms.editing import EditForm
from app.cases.models import CaseFile
from app.core import clock
from app.reference.library import code_list
from app.referrals.models import ProsecutionRequest
from app.referrals.services.prosecution import DraftText, ResultData
from app.web.fields import CheckboxesField, ChoiceRadioField, ChoiceSelectField, VnDateField
from app.web.forms import BaseForm

SIGN, RETURN = "sign", "return"
LONGEST_NUMBER = 40
# a number and a sign: no room for a name in clear
_NUMBER = Regexp(r"^[0-9]{1,6}(/[0-9A-ZĐ]+([-/][0-9A-ZĐ]+)*)?$", message=_l("Ghi như 12/TB-CSĐT."))


def _number(label: Any) -> StringField:
    needed = InputRequired(_l("Ghi số văn bản."))
    return StringField(label, [needed, Length(max=LONGEST_NUMBER), _NUMBER])


class DraftForm(EditForm):
    to_unit_id = ChoiceSelectField(
        _l("Cơ quan điều tra nhận"), [InputRequired(_l("Chọn đơn vị công an."))]
    )
    facts = TextAreaField(
        _l("Sự việc: điều gì xảy ra, khi nào, ở đâu, biết qua đâu"),
        [InputRequired(_l("Ghi sự việc."))],
    )
    suspect = TextAreaField(_l("Người bị cho là đã thực hiện hành vi (nếu biết)"))
    procuracy = StringField(
        _l("Viện kiểm sát được thông báo"),
        [InputRequired(_l("Ghi tên Viện kiểm sát nhân dân có thẩm quyền."))],
    )
    file_ids = CheckboxesField(_l("Tài liệu gửi kèm"))

    def __init__(
        self,
        units: Iterable[tuple[str, str]],
        files: Sequence[CaseFile],
        known: ProsecutionRequest | None,
    ) -> None:
        super().__init__(data=_kept(known))
        self.to_unit_id.offer(units)
        self.file_ids.offer((str(file.id), file.title or "") for file in files)
        if not files:
            del self.file_ids

    def draft(self) -> DraftText:
        """For a form that is valid."""
        chosen = self.file_ids.data if "file_ids" in self else ()
        return DraftText(
            to_unit_id=uuid.UUID(str(self.to_unit_id.data)),
            facts=self.facts.data,
            suspect=self.suspect.data or None,
            procuracy=self.procuracy.data,
            file_ids=tuple(uuid.UUID(value) for value in chosen or ()),
            version=self.expected_version,
        )


def _kept(known: ProsecutionRequest | None) -> dict[str, Any]:
    if known is None:
        return {"version": "0"}
    return {
        "version": str(known.version),
        "to_unit_id": str(known.to_unit_id),
        "facts": known.facts,
        "suspect": known.suspect,
        "procuracy": known.procuracy,
        "file_ids": known.file_ids,
    }


class SignForm(EditForm):
    decision = ChoiceRadioField(
        _l("Quyết định"),
        [InputRequired(_l("Chọn một trong hai."))],
        choices=[(SIGN, _l("Ký và gửi ngay")), (RETURN, _l("Trả lại để sửa"))],
    )
    number = StringField(_l("Số văn bản"), [Length(max=LONGEST_NUMBER)])
    reason = TextAreaField(_l("Vì sao trả lại"))

    def __init__(self, known: ProsecutionRequest, number: str) -> None:
        super().__init__(data={"version": str(known.version), "number": number})

    @property
    def is_signed(self) -> bool:
        return bool(self.decision.data == SIGN)

    def validate_reason(self, field: Field) -> None:
        if self.decision.data == RETURN and not field.data:
            raise ValidationError(_("Ghi điều cần sửa."))


class ProcuracyForm(BaseForm):
    informed_on = VnDateField(_l("Ngày thông báo"), [InputRequired(_l("Ghi ngày."))])
    number = _number(_l("Số văn bản thông báo"))

    def __init__(self) -> None:
        super().__init__(data={"informed_on": clock.today()})


class ProsecutionResultForm(BaseForm):
    code = ChoiceRadioField(_l("Kết quả"), [InputRequired(_l("Chọn một kết quả."))])
    decided_on = VnDateField(_l("Ngày của văn bản"), [InputRequired(_l("Ghi ngày."))])
    number = _number(_l("Số văn bản của cơ quan điều tra"))
    note = TextAreaField(_l("Lý do không khởi tố, tạm đình chỉ; hoặc chuyển đến cơ quan nào"))

    def __init__(self) -> None:
        super().__init__()
        self.code.offer(code_list("prosecution_results").choices())

    def result(self) -> ResultData:
        """For a form that is valid."""
        return ResultData(
            code=str(self.code.data),
            decided_on=self.decided_on.data or clock.today(),
            number=self.number.data,
            note=self.note.data or None,
        )
