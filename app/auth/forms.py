"""Forms of signing in, of one's own account, and of the administrator's pages."""

import unicodedata
import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from app.auth.accounts import UnitFields, UserFields
from app.auth.labels import LEVEL_LABELS, kind_choices, role_choices
from app.auth.models import Role, UnitKind, UnitLevel
from app.reference.communes import commune_choices
from app.web.fields import ChoiceSelectField
from app.web.forms import BaseForm

_MOST = 512  # of a password as typed: composed, it is at most 128
_NEEDED = _l("Mục này cần điền.")


def lowered(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _password(label: Any) -> PasswordField:
    return PasswordField(label, [InputRequired(_NEEDED), Length(max=_MOST)])


class SignInForm(BaseForm):
    username = StringField(_l("Tên đăng nhập"), [InputRequired(_NEEDED)], filters=[lowered])
    password = _password(_l("Mật khẩu"))
    next = HiddenField()


CODE_LABEL = _l("Mã 6 chữ số")
CODE_SHAPE = Regexp(r"^[0-9 ]{6,8}$", message=_l("Mã gồm 6 chữ số."))


class CodeForm(BaseForm):
    code = StringField(CODE_LABEL, [InputRequired(_NEEDED), CODE_SHAPE])
    next = HiddenField()


class NewPasswordForm(BaseForm):
    """A new password, typed twice."""

    password = _password(_l("Mật khẩu mới"))
    again = _password(_l("Nhập lại mật khẩu mới"))

    def validate_again(self, field: PasswordField) -> None:
        if unicodedata.normalize("NFC", field.data) != unicodedata.normalize(
            "NFC", self.password.data or ""
        ):
            raise ValidationError(_l("Hai lần nhập không giống nhau."))


class ChangePasswordForm(NewPasswordForm):
    old_password = _password(_l("Mật khẩu đang dùng"))


class UserSearchForm(BaseForm):
    q = StringField(_l("Tên đăng nhập hoặc họ tên"), [InputRequired(_NEEDED), Length(max=80)])


class UserForm(BaseForm):
    """What an administrator edits of a user. The units are offered by the view."""

    username = StringField(
        _l("Tên đăng nhập"),
        [
            InputRequired(_NEEDED),
            Regexp(
                r"^[a-z][a-z0-9._-]{2,39}$",
                message=_l(
                    "Từ 3 đến 40 ký tự: chữ thường không dấu, số, dấu chấm, gạch; bắt đầu bằng chữ."
                ),
            ),
        ],
        filters=[lowered],
    )
    name = StringField(_l("Họ và tên"), [InputRequired(_NEEDED), Length(min=2, max=120)])
    unit_id = ChoiceSelectField(_l("Đơn vị"), [InputRequired(_NEEDED)])
    role = ChoiceSelectField(_l("Vai trò"), [InputRequired(_NEEDED)])
    email = StringField(
        _l("Thư điện tử"),
        [
            Optional(),
            Length(max=200),
            Regexp(r"^[^@\s<>\",;]+@[^@\s<>\",;]+\.[a-z]{2,}$", message=_l("Địa chỉ chưa đúng.")),
        ],
        filters=[lowered],
    )
    version = IntegerField(_l("Phiên bản"), [Optional()])

    def __init__(self, *args: Any, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit_id.offer(units)
        self.role.offer(role_choices())

    @property
    def values(self) -> UserFields:
        return UserFields(
            name=self.name.data,
            role=Role(str(self.role.data)),
            unit_id=uuid.UUID(self.unit_id.data),
            email=self.email.data or None,
        )


class EditUserForm(UserForm):
    """A username is for life: the log names it."""

    username = None


class UnitForm(BaseForm):
    name = StringField(_l("Tên đơn vị"), [InputRequired(_NEEDED), Length(min=3, max=200)])
    short_name = StringField(_l("Tên ngắn"), [InputRequired(_NEEDED), Length(min=2, max=60)])
    kind = ChoiceSelectField(_l("Loại đơn vị"), [InputRequired(_NEEDED)])
    level = ChoiceSelectField(_l("Cấp"), [InputRequired(_NEEDED)])
    commune_code = ChoiceSelectField(_l("Địa bàn (xã, phường)"), [Optional()])
    phone = StringField(
        _l("Điện thoại"),
        [Optional(), Regexp(r"^[0-9 +().-]{3,20}$", message=_l("Chỉ gồm chữ số, 3 đến 20 ký tự."))],
    )
    is_active = BooleanField(_l("Đang hoạt động"), default=True)
    version = IntegerField(_l("Phiên bản"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.offer(kind_choices())
        self.level.offer([(level.value, LEVEL_LABELS[level]) for level in UnitLevel])
        self.commune_code.offer(commune_choices())

    @property
    def values(self) -> UnitFields:
        return UnitFields(
            kind=UnitKind(str(self.kind.data)),
            level=UnitLevel(str(self.level.data)),
            name=self.name.data,
            short_name=self.short_name.data,
            commune_code=self.commune_code.data,
            phone=self.phone.data or None,
            is_active=self.is_active.data,
        )
