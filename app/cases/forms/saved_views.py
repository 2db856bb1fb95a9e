"""The name of a kept view of the list."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from app.cases.services.saved_views import LONGEST_NAME
from app.web.forms import BaseForm


class ViewNameForm(BaseForm):
    name = StringField(_l("Tên"), [InputRequired(_l("Đặt một tên.")), Length(max=LONGEST_NAME)])


class NewViewForm(ViewNameForm):
    query = HiddenField()
