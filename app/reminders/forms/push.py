"""What a browser says of itself when it agrees to be pushed to."""

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.web.forms import BaseForm


class PushForm(BaseForm):
    """Filled in by the page's script; nobody types here."""

    endpoint = StringField(validators=[InputRequired(), Length(max=1000)])
    p256dh = StringField(validators=[InputRequired(), Length(max=120)])
    auth = StringField(validators=[InputRequired(), Length(max=60)])


class StopForm(BaseForm):
    """Nothing to fill in but the button."""
