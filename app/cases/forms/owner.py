"""Who is responsible for the case."""

import uuid
from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from app.cases.forms.editing import EditForm
from app.cases.queries.owner import Worker
from app.web.fields import ChoiceRadioField


class OwnerForm(EditForm):
    owner_id = ChoiceRadioField(_l("Người phụ trách"), [InputRequired(_l("Chọn một người."))])

    def __init__(self, workers: Iterable[Worker]) -> None:
        super().__init__()
        self.owner_id.offer(
            (str(worker.id), _l("%(name)s (đang có %(n)s hồ sơ)", name=worker.name, n=worker.cases))
            for worker in workers
        )

    @property
    def chosen(self) -> uuid.UUID:
        return uuid.UUID(self.owner_id.data)
