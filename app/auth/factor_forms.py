"""Forms of passkeys, recovery codes, the lock of the screen, and a reset by two people."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, PasswordField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, StopValidation

from app.auth.factor_models import Check
from app.auth.forms import CODE_LABEL, CODE_SHAPE
from app.auth.labels import CHECK_LABELS
from app.auth.passkeys import LONGEST
from app.web.fields import ChoiceRadioField
from app.web.forms import BaseForm, SubForm

_NEEDED = _l("Mục này cần điền.")


class NeededWithoutPasskey:
    """What is typed where no passkey signed: marked as required, for it is what most people do."""

    field_flags = {"required": True}  # noqa: RUF012  # WTForms reads it from the instance

    def __call__(self, form: Any, field: Field) -> None:
        if form.credential.data:
            field.errors = []
            raise StopValidation
        if not field.data:
            raise StopValidation(str(_NEEDED))


def _credential() -> HiddenField:
    """What the browser's passkey signed, as JSON; filled in by static/js/passkeys.js."""
    return HiddenField(_l("Khóa truy cập"), [Length(max=LONGEST)])


class UnlockForm(SubForm):
    """The password, or a passkey. It may come inside another form, which carries the CSRF token;
    `again`: that form is then to be sent on to `next`."""

    password = PasswordField(_l("Mật khẩu"), [NeededWithoutPasskey(), Length(max=512)])
    credential = _credential()
    next = HiddenField()
    again = HiddenField()


class ConfirmForm(SubForm):
    """The password, and a code where the account has one, or a passkey; only a passkey where the
    password is not enough."""

    password = PasswordField(_l("Mật khẩu"), [NeededWithoutPasskey(), Length(max=512)])
    code = StringField(CODE_LABEL, [NeededWithoutPasskey(), CODE_SHAPE])
    credential = _credential()
    next = HiddenField()

    def __init__(
        self, *args: Any, with_password: bool = True, with_code: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not with_code or not with_password:
            del self.code
        if not with_password:
            del self.password
            needed = InputRequired(_l("Bấm nút khóa truy cập để xác nhận."))
            self.credential.validators = [*self.credential.validators, needed]


class PasskeySignInForm(BaseForm):
    """Signing in, or the second step, with what a passkey signed."""

    credential = HiddenField(validators=[InputRequired(_NEEDED), Length(max=LONGEST)])
    next = HiddenField()


class RecoveryForm(BaseForm):
    recovery = StringField(_l("Mã dự phòng"), [InputRequired(_NEEDED), Length(max=40)])
    next = HiddenField()


class PasskeyForm(BaseForm):
    """A new passkey: what its owner calls it, and what the browser made."""

    name = StringField(_l("Tên để nhận ra"), [InputRequired(_NEEDED), Length(max=60)])
    credential = HiddenField(validators=[Length(max=LONGEST)])


class AskResetForm(BaseForm):
    checked = ChoiceRadioField(
        _l("Bạn đã chắc đúng người bằng cách nào?"), [InputRequired(_l("Chọn một cách."))]
    )

    def __init__(self) -> None:
        super().__init__()
        self.checked.offer([(one.value, CHECK_LABELS[one]) for one in Check])

    @property
    def check(self) -> Check:
        return Check(str(self.checked.data))


class DecideResetForm(BaseForm):
    """Which button was pressed: `approve` or `refuse`."""

    decision = HiddenField(validators=[AnyOf(("approve", "refuse"))])
