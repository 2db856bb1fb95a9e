"""Why somebody wants the complete dossier."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.web.forms import BaseForm


class DossierForm(BaseForm):
    reason = TextAreaField(
        _l("Dùng để làm gì"),
        [InputRequired(_l("Ghi bản hồ sơ này dùng để làm gì.")), Length(max=500)],
        description=_l("Ví dụ: gửi Tòa án theo yêu cầu, họp liên ngành. Ghi vào hồ sơ."),
    )
