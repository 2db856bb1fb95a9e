"""Asking for more time."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired

from app.core import clock
from app.web.fields import VnDateTimeField
from app.web.forms import BaseForm


class ExtensionForm(BaseForm):
    until = VnDateTimeField(_l("Xin gia hạn đến"), [InputRequired()])
    reason = TextAreaField(
        _l("Lý do"), [InputRequired(_l("Ghi lý do: người duyệt cần biết vì sao."))]
    )

    @property
    def chosen_until(self) -> datetime:
        """For a form that is valid."""
        return self.until.data or clock.now()
