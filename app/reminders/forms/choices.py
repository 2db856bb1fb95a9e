"""How one wants to be reminded."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import AnyOf, InputRequired, Length, Optional

from app.cases.forms.editing import EditForm
from app.reminders.models import Channel, ReminderChoice
from app.reminders.rules import Limits
from app.reminders.services.choices import REST
from app.reminders.services.own_choices import LABELS, ChoiceData
from app.web.fields import CheckboxesField, ChoiceSelectField
from app.web.forms import BaseForm

_NEEDED = _l("Chọn một giờ.")
HOURS = [(str(hour), f"{hour:02}:00") for hour in range(24)]


class ChoicesForm(EditForm):
    """Kinds that go by each channel; a channel that this installation lacks has no field."""

    mail = CheckboxesField(_l("Thư điện tử"))
    sms = CheckboxesField(_l("Tin nhắn"))
    push = CheckboxesField(_l("Thông báo của trình duyệt"))
    digest_hour = ChoiceSelectField(LABELS["digest_hour"], [InputRequired(_NEEDED)], choices=HOURS)
    quiet_from = ChoiceSelectField(LABELS["quiet_from"], [InputRequired(_NEEDED)], choices=HOURS)
    quiet_to = ChoiceSelectField(LABELS["quiet_to"], [InputRequired(_NEEDED)], choices=HOURS)
    phone = StringField(LABELS["phone"], [Optional(), Length(max=20)])

    def __init__(self, *args: Any, kinds: list[str], channels: set[Channel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds, self.channels = [*kinds, REST], channels
        for channel in (Channel.MAIL, Channel.SMS, Channel.PUSH):
            if channel in channels:
                self[channel.value].offer([(kind, kind) for kind in self.kinds])
            else:
                del self[channel.value]
        if Channel.SMS not in channels:
            del self.phone

    def chosen(self, kept: Mapping[str, list[str]]) -> ChoiceData:
        """What was sent; a channel that could not be chosen here keeps what it had."""
        offered = {channel.value for channel in self.channels}
        channels = {
            kind: [
                *(one for one in kept.get(kind, ()) if one not in offered),
                *(name for name in sorted(offered) if kind in (self[name].data or ())),
            ]
            for kind in self.kinds
        }
        return ChoiceData(
            channels={**kept, **channels},
            digest_hour=int(self.digest_hour.data or 0),
            quiet_from=int(self.quiet_from.data or 0),
            quiet_to=int(self.quiet_to.data or 0),
            has_phone=Channel.SMS in self.channels,
            phone=self.phone.data if Channel.SMS in self.channels else None,
        )


class MailForm(BaseForm):
    """The answer to the question on the first page."""

    wants = StringField(validators=[AnyOf(("0", "1"))])


def stated(choice: ReminderChoice | None, kinds: list[str], limits: Limits) -> dict[str, Any]:
    """What the page shows first: what was chosen; of the hours, else what the rules say."""
    known = choice.channels if choice else {}
    rest = known.get(REST, [])
    ways = {kind: known.get(kind, rest) for kind in (*kinds, REST)}
    by_channel = {
        channel.value: [kind for kind, names in ways.items() if channel.value in names]
        for channel in (Channel.MAIL, Channel.SMS, Channel.PUSH)
    }
    hours = {
        name: str(getattr(limits, name) if (own := getattr(choice, name, None)) is None else own)
        for name in ("digest_hour", "quiet_from", "quiet_to")
    }
    return {**by_channel, **hours, "phone": choice.phone if choice else None}
