"""Putting back what did not arrive."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from app.reminders.models import Channel
from app.reminders.pages.channel_words import CHANNELS
from app.web.fields import ChoiceRadioField
from app.web.forms import BaseForm


class ResendForm(BaseForm):
    """Nothing to fill in but the button."""


class ResendAllForm(BaseForm):
    channel = ChoiceRadioField(
        _l("Kênh"),
        [InputRequired(_l("Chọn một kênh."))],
        choices=[(code.value, words) for code, words in CHANNELS.items()],
    )

    @property
    def chosen(self) -> Channel:
        return Channel(str(self.channel.data))
