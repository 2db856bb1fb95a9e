"""The carriers of this installation, from its settings; what is not set carries nothing."""

import logging
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.reminders.channels.answers import Refused
from app.reminders.channels.mail import BOUNCED, Smtp
from app.reminders.channels.push import push_carrier
from app.reminders.channels.sms import Gateway
from app.reminders.channels.texts import body_of, short_of, subject_of
from app.reminders.channels.vapid import Vapid
from app.reminders.models import Channel, ReminderChoice
from app.reminders.services.messages import Carrier, Letter
from config import Settings

log = logging.getLogger("vongtay.reminders")


def carriers_of(settings: Settings) -> Mapping[Channel, Carrier]:
    """A channel whose setting is broken is left out, and said in the log: the others work, and in
    the application everybody is told all the same."""
    found: dict[Channel, Carrier] = {}
    for channel, make in (
        (Channel.MAIL, _mail_of),
        (Channel.SMS, _sms_of),
        (Channel.PUSH, _push_of),
    ):
        try:
            carrier = make(settings)
        except Exception:
            log.exception("reminder.channel_unusable", extra={"kind": channel.value})
            continue
        if carrier is not None:
            found[channel] = carrier
    return found


def _mail_of(settings: Settings) -> Carrier | None:
    if settings.mail_url is None:
        return None
    host = str(urlsplit(settings.base_url).hostname)
    url, certificate = settings.mail_url.get_secret_value(), settings.client_certificate
    smtp = Smtp(url, f"vongtay@{host}", certificate)
    return mail_carrier(smtp, settings.base_url)


def _sms_of(settings: Settings) -> Carrier | None:
    if settings.sms_url is None:
        return None
    gateway = Gateway(settings.sms_url.get_secret_value(), settings.client_certificate)
    return sms_carrier(gateway, settings.base_url)


def _push_of(settings: Settings) -> Carrier | None:
    vapid = Vapid.kept_in(settings.instance_dir, settings.base_url)
    return push_carrier(vapid, settings.base_url)


def mail_carrier(smtp: Smtp, base_url: str) -> Carrier:
    host = str(urlsplit(base_url).hostname)

    def carry(session: Session, letter: Letter) -> None:
        address = session.scalar(select(User.email).where(User.id == letter.user_id))
        if not address:
            raise Refused("no address")
        message = EmailMessage()
        message["To"] = _recipient(address)
        message["Message-ID"] = f"<{letter.message_id}@{host}>"
        message["Subject"] = subject_of(letter)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body_of(letter, base_url))
        smtp.send(message)

    return carry


def _recipient(address: str) -> Address:
    """One address and nothing else: what an administrator typed opens no further header. Raises
    Refused."""
    try:
        return Address(addr_spec=address)
    except (ValueError, HeaderParseError):
        raise Refused(f"{BOUNCED} address") from None


def sms_carrier(gateway: Gateway, base_url: str) -> Carrier:
    def carry(session: Session, letter: Letter) -> None:
        choice = session.scalars(
            select(ReminderChoice).where(ReminderChoice.user_id == letter.user_id)
        ).one_or_none()
        if choice is None or not choice.phone:
            raise Refused("no number")
        gateway.send(
            to=choice.phone, text=short_of(letter, base_url), message_id=str(letter.message_id)
        )

    return carry
