"""The commune that an unrouted report goes to."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from app.cases.forms.official import official
from app.reference.communes import commune_choices
from app.web.fields import ChoiceSelectField
from app.web.forms import BaseForm


class RouteForm(BaseForm):
    event_commune = ChoiceSelectField(
        official("event_commune"), [InputRequired(_l("Chọn xã, phường nơi xảy ra vụ việc."))]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event_commune.offer(commune_choices())
