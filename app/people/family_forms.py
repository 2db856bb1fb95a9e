"""Linking two children of a household, and merging two records of one child."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired

from app.people.links import LinkKind
from app.web.fields import ChoiceRadioField
from app.web.forms import BaseForm

OTHER = _l("Mã một hồ sơ của trẻ em kia")
_NUMBER = _l("Ghi mã hồ sơ, ví dụ HY-2026-000123.")


class LinkForm(BaseForm):
    other = StringField(OTHER, [InputRequired(_NUMBER)])
    kind = ChoiceRadioField(
        _l("Quan hệ"),
        [InputRequired(_l("Chọn một quan hệ."))],
        choices=[
            (LinkKind.SIBLING.value, _l("Anh, chị, em")),
            (LinkKind.HOUSEHOLD.value, _l("Sống cùng nhà")),
        ],
    )


class MergeForm(BaseForm):
    other = StringField(OTHER, [InputRequired(_NUMBER)])
    reason = TextAreaField(
        _l("Căn cứ: vì sao là cùng một trẻ em"), [InputRequired(_l("Ghi căn cứ."))]
    )
    is_sure = BooleanField(_l("Tôi đã so sánh hai bản ghi dưới đây"))
