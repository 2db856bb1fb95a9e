"""The page of one's own choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.reminders.channels.vapid import Vapid
from app.reminders.forms.choices import ChoicesForm, stated
from app.reminders.models import Channel, Message, PushSubscription, ReminderChoice
from app.reminders.pages.reach import kinds_for
from app.reminders.queries.own import bounced_mail
from app.reminders.queries.rules import rules_in_force
from app.reminders.rules import Kind, Limits
from app.reminders.services.choices import REST
from app.reminders.services.own_choices import choice_of
from app.reminders.services.pushing import subscriptions_of
from app.web.page import locale_code
from app.web.words import _
from config import Settings


@dataclass(frozen=True, slots=True)
class ChoicesPage:
    """`kinds` one chooses for, `urgent` ones that always come at once; `email` where mail goes."""

    choice: ReminderChoice | None
    kinds: dict[str, Kind]
    urgent: dict[str, Kind]
    limits: Limits
    email: str | None
    bounced: Message | None
    channels: set[Channel]
    is_mailing: bool
    browsers: Sequence[PushSubscription]
    push_key: str

    @property
    def version(self) -> int:
        return self.choice.version if self.choice else 0

    @property
    def kept(self) -> dict[str, Any]:
        return self.choice.channels if self.choice else {}

    @property
    def is_reminded(self) -> bool:
        """Whether anything can be due for this role at all."""
        return bool(self.kinds or self.urgent)

    @property
    def has_feed(self) -> bool:
        return self.choice is not None and self.choice.feed_hash is not None

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(kind, words), the rest last."""
        named = [(key, kind.words.in_locale(locale_code())) for key, kind in self.kinds.items()]
        return [*named, (REST, _("Mọi việc khác"))]

    @property
    def urgent_words(self) -> list[str]:
        return [kind.words.in_locale(locale_code()) for kind in self.urgent.values()]

    def form(self) -> ChoicesForm:
        kinds = list(self.kinds)
        return ChoicesForm(
            data=stated(self.choice, kinds, self.limits), kinds=kinds, channels=self.channels
        )


def choices_page(session: Session, actor: Actor, settings: Settings) -> ChoicesPage:
    """Six statements."""
    rules = rules_in_force(session)
    reached = kinds_for(actor.role, rules)
    return ChoicesPage(
        choice=choice_of(session, actor.id),
        kinds={key: kind for key, kind in reached.items() if not kind.is_urgent},
        urgent={key: kind for key, kind in reached.items() if kind.is_urgent},
        limits=rules.limits,
        email=session.get_one(User, actor.id).email,
        bounced=bounced_mail(session, actor.id),
        channels=channels_here(settings),
        is_mailing=settings.mail_url is not None,
        browsers=subscriptions_of(session, actor.id),
        push_key=Vapid.kept_in(settings.instance_dir, settings.base_url).public,
    )


def channels_here(settings: Settings) -> set[Channel]:
    """What may be chosen: without a gateway nobody is asked for a number."""
    here = {Channel.MAIL, Channel.PUSH}
    return here | {Channel.SMS} if settings.sms_url is not None else here
