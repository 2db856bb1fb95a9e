"""A note, a task, its result, in the shared room of a case."""

import uuid
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired

from app.core import clock
from app.referrals.queries.room import Member
from app.referrals.services.room import TaskData
from app.web.fields import CheckboxesField, ChoiceSelectField, VnDateField
from app.web.forms import BaseForm


class NoteForm(BaseForm):
    text = TextAreaField(_l("Ghi chú"), [InputRequired(_l("Ghi điều các bên cần biết."))])
    unit_ids = CheckboxesField(_l("Nơi phụ trách hồ sơ luôn đọc. Cơ quan nào cùng đọc?"))

    def __init__(self, others: Sequence[Member]) -> None:
        super().__init__()
        agencies = [one for one in others if not one.is_case_unit]
        self.unit_ids.offer((str(one.unit_id), one.name) for one in agencies)
        if not agencies:
            del self.unit_ids

    @property
    def chosen(self) -> list[uuid.UUID]:
        """For a form that is valid."""
        field = self.unit_ids if "unit_ids" in self else None
        return [uuid.UUID(value) for value in field.data or ()] if field else []


class TaskForm(BaseForm):
    to_unit_id = ChoiceSelectField(_l("Nhờ cơ quan"), [InputRequired(_l("Chọn một cơ quan."))])
    what = TextAreaField(_l("Việc cần làm"), [InputRequired(_l("Ghi việc cần làm cho em."))])
    due_on = VnDateField(_l("Trước ngày"), [InputRequired(_l("Ghi ngày cần xong."))])

    def __init__(self, others: Sequence[Member]) -> None:
        super().__init__()
        self.to_unit_id.offer((str(one.unit_id), one.name) for one in others)

    def data_of(self) -> TaskData:
        """For a form that is valid."""
        return TaskData(
            to_unit_id=uuid.UUID(str(self.to_unit_id.data)),
            what=self.what.data,
            due_on=self.due_on.data or clock.today(),
        )


class ResultForm(BaseForm):
    result = TextAreaField(_l("Kết quả"), [InputRequired(_l("Ghi đã làm gì, kết quả ra sao."))])
